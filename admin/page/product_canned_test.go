package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func product(id uint64, title string) page.ProductRow {
	return page.ProductRow{
		ID: id, SKU: "HH-KET-16", Title: title, Vendor: "Harbour & Hill", Price: ui.Money{Minor: 3_990, Currency: "EUR"}, State: page.ProductActive, Changed: now,
		Picture: ui.Picture{URL: "/images/0123456789abcdef0123456789abcdef.jpg"},
	}
}

// productSamples are the list of products, one product in each state and with each form wrong, and imports in each state.
func productSamples() []uitest.Sample {
	plain, odd, sold := product(7, "Enamel kettle, 1.6 litres"), product(6, `"><script>alert(1)</script>`), product(5, "Unterwassertaschenlampenbatteriefachdeckel")
	odd.Picture, odd.Vendor, odd.SKU = ui.Picture{URL: "javascript:alert(1)"}, "", `"><b>`
	sold.List, sold.Picture = ui.Money{Minor: 5_990, Currency: "EUR"}, ui.Picture{}
	drafts := []page.DraftRow{{ID: 12, Title: "Friday kitchen doorbuster"}, {ID: 11, Title: "</option><b>"}}
	list := page.ProductListView{
		Frame: in("/products", "products"), State: page.ProductActive, Products: []page.ProductRow{plain, odd, sold}, More: "/products?before=5", MayChange: true,
		ToSale: page.ToSaleView{Drafts: drafts},
	}
	viewer, archived, found, none, wrong, noDraft := list, list, list, list, list, list
	viewer.MayChange = false
	archived.Frame, archived.State, archived.Products = in("/products?state=archived", "products"), page.ProductArchived, nil
	found.Search, found.Products = `"><script>`, nil
	none.Products = nil
	wrong.ToSale = page.ToSaleView{
		Drafts: drafts, Typed: true, Sale: 11, Units: "-3", Price: "200%", Limit: "0", Hold: "soon", Picked: map[uint64]bool{6: true}, Search: "k", Before: 9,
		Errors: ui.FieldErrors{
			{Code: page.ToSalePick},
			{Field: "to-sale", Code: page.ToSaleThere},
			{Field: "to-units", Code: page.UnitsBad},
			{Field: "to-price", Code: page.ToSalePrice},
			{Field: "to-limit", Code: page.ToSaleLimit},
			{Field: "to-hold", Code: page.ToSaleHold},
		},
	}
	noDraft.ToSale.Drafts = nil
	archivedNone := none
	archivedNone.MayChange = false
	all := []uitest.Sample{
		{Name: "product_list", Page: page.ProductList(list)},
		{Name: "product_list_viewer", Page: page.ProductList(viewer)},
		{Name: "product_list_archived", Page: page.ProductList(archived)},
		{Name: "product_list_none_found", Page: page.ProductList(found)},
		{Name: "product_list_empty", Page: page.ProductList(none)},
		{Name: "product_list_empty_viewer", Page: page.ProductList(archivedNone)},
		{Name: "product_list_wrong", Page: page.ProductList(wrong)},
		{Name: "product_list_no_draft", Page: page.ProductList(noDraft)},
	}
	all = append(all, productShowSamples(plain, sold, drafts)...)
	return append(all, importSamples()...)
}

func productShowSamples(plain, sold page.ProductRow, drafts []page.DraftRow) []uitest.Sample {
	words := page.ProductWords{SKU: "HH-KET-16", Title: plain.Title, Body: "Holds two pots.\n\n• enamelled\n• <b>", Vendor: "Harbour & Hill", Price: "39.90", Currency: "EUR"}
	show := page.ProductView{
		Frame: in("/products/7", "products"), Product: plain, Body: words.Body, Typed: words, Version: 3, MayChange: true, ToSale: page.ToSaleView{Drafts: drafts},
	}
	viewer, archived, changed, wrong, picture, toSale, odd := show, show, show, show, show, show, show
	viewer.MayChange, viewer.Product.List = false, ui.Money{Minor: 4_990, Currency: "EUR"}
	archived.Product.State, archived.Product.Picture, archived.Told = page.ProductArchived, ui.Picture{}, "archived"
	theirs := words
	theirs.Title, theirs.Price, theirs.Body, theirs.List = `"><script>`, "37.00", "Holds three pots.", "49.00"
	changed.Theirs, changed.Errors = &theirs, ui.FieldErrors{{Code: page.ProductChanged}}
	wrong.Typed = page.ProductWords{SKU: `"><b>`, Body: "</textarea><script>", Price: "cheap", List: "1", Currency: "Euro"}
	for _, one := range [][2]string{
		{"title", page.ProductTitleMissing},
		{"sku", page.ProductSKUTaken},
		{"price", page.ProductPriceBad},
		{"list", page.ProductListLow},
		{"currency", page.ProductCurrencyBad},
		{"vendor", page.ProductVendorBad},
		{"body", page.ProductBodyLong},
	} {
		wrong.Errors = append(wrong.Errors, ui.FieldError{Field: one[0], Code: one[1]})
	}
	picture.Errors = ui.FieldErrors{{Field: "picture", Code: page.PictureKind}}
	toSale.Product, toSale.ToSale = sold, page.ToSaleView{Drafts: drafts, Typed: true, Sale: 12, Units: "", Errors: ui.FieldErrors{{Field: "to-units", Code: page.UnitsBad}}}
	odd.Told, odd.ToSale.Drafts = "<evil>", nil
	var every ui.FieldErrors
	for _, code := range page.ProductErrorCodes {
		every = append(every, ui.FieldError{Code: code})
	}
	fresh := page.ProductView{Frame: in("/products/new", "products"), MayChange: true, Typed: page.ProductWords{Currency: "EUR"}}
	bad := fresh
	bad.Errors = every
	all := []uitest.Sample{
		{Name: "product_show", Page: page.ProductShow(show)},
		{Name: "product_show_viewer", Page: page.ProductShow(viewer)},
		{Name: "product_show_archived", Page: page.ProductShow(archived)},
		{Name: "product_show_changed", Page: page.ProductShow(changed)},
		{Name: "product_show_wrong", Page: page.ProductShow(wrong)},
		{Name: "product_show_picture_wrong", Page: page.ProductShow(picture)},
		{Name: "product_show_to_sale_wrong", Page: page.ProductShow(toSale)},
		{Name: "product_show_told_by_anybody", Page: page.ProductShow(odd)},
		{Name: "product_new", Page: page.ProductShow(fresh)},
		{Name: "product_new_every_error", Page: page.ProductShow(bad)},
	}
	for _, told := range page.ProductTold {
		one := show
		one.Told = told
		all = append(all, uitest.Sample{Name: "product_told_" + told, Page: page.ProductShow(one)})
	}
	return all
}

func importSamples() []uitest.Sample {
	one := page.ImportRow{ID: 4, File: `products_"><b>.csv`, State: page.ImportReady, Read: 1_204, New: 3, Changed: 40, Bad: 2, Skipped: 7, Actor: "Mei Lin", Made: now.Add(-time.Minute)}
	with := func(state string, done int) page.ImportRow {
		i := one
		i.State, i.Done = state, done
		return i
	}
	show := func(i page.ImportRow) page.ProductImportView {
		return page.ProductImportView{
			Frame: in("/products/imports/4?verdict=changed", "products"), Import: i, Verdict: "changed", MayChange: true,
			Problems: badRows(),
		}
	}
	ready := show(one)
	ready.More = "/products/imports/4?after=50&verdict=changed"
	ready.Rows = []page.WaitingRow{
		{Line: 2, SKU: "A", Title: "Kettle", Price: ui.Money{Minor: 1_999, Currency: "EUR"}, OldTitle: "Old kettle", OldPrice: ui.Money{Minor: 2_999, Currency: "EUR"}},
		{Line: 3, SKU: "B", Title: "</th>", Price: ui.Money{Minor: 1_999, Currency: "CNY"}},
	}
	fresh, viewer, late, empty := ready, ready, ready, show(page.ImportRow{ID: 5, File: "x", State: page.ImportReady, Bad: 1, Actor: "Mei Lin", Made: now})
	fresh.Verdict, fresh.Rows[1].OldTitle = "new", ""
	viewer.MayChange, viewer.Rows, viewer.More = false, nil, ""
	late.Import, late.Told = with(page.ImportDropped, 0), "not_ready"
	bare := show(with(page.ImportDone, 1_204))
	bare.Problems = nil
	ask := page.ImportAskView{Frame: in("/products/import", "products"), Currency: "EUR"}
	wrong := ask
	wrong.Currency, wrong.Errors = `"><b>`, ui.FieldErrors{{Field: "file", Code: page.ImportFileMissing}, {Field: "currency", Code: page.ProductCurrencyBad}}
	for _, state := range page.ImportStates {
		wrong.Imports = append(wrong.Imports, with(state, 12))
	}
	return []uitest.Sample{
		{Name: "import_ask", Page: page.ImportAsk(ask)},
		{Name: "import_ask_wrong", Page: page.ImportAsk(wrong)},
		{Name: "import_ready", Page: page.ImportShow(ready)},
		{Name: "import_ready_new", Page: page.ImportShow(fresh)},
		{Name: "import_ready_viewer", Page: page.ImportShow(viewer)},
		{Name: "import_empty", Page: page.ImportShow(empty)},
		{Name: "import_reading", Page: page.ImportShow(show(with(page.ImportReading, 0)))},
		{Name: "import_running", Page: page.ImportShow(show(with(page.ImportRunning, 600)))},
		{Name: "import_done", Page: page.ImportShow(bare)},
		{Name: "import_dropped", Page: page.ImportShow(late)},
	}
}
