package admin

import (
	"net/http"
	"strconv"
	"time"

	"doorbuster/catalog"
	"doorbuster/store"
	"doorbuster/web/wire"
)

// exportChunk is how many products are read at a time.
const exportChunk = 500

// exportProducts sends all products of the shop as CSV, in the columns of an import, as they are read: nothing of it is kept.
func (s *Server) exportProducts(a *reply, r *http.Request) error {
	var f store.ProductFilter
	products, err := s.store.ListProducts(r.Context(), a.by(), f, exportChunk)
	if err != nil {
		return err
	}
	h := a.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="products.csv"`)
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodHead {
		return nil
	}
	w, err := catalog.NewWriter(a)
	if err != nil {
		return err
	}
	for {
		for _, p := range products {
			if err := w.Write(exported(p)); err != nil {
				return err
			}
		}
		if len(products) < exportChunk {
			return w.Flush()
		}
		// Each part has the time that a whole answer has: what matters is that it goes on.
		if err := http.NewResponseController(a).SetWriteDeadline(time.Now().Add(wire.WriteTime)); err != nil {
			return err
		}
		f.Before = products[len(products)-1].ID
		if products, err = s.store.ListProducts(r.Context(), a.by(), f, exportChunk); err != nil {
			return err
		}
	}
}

// exported is a product as a row of a file. Its handle is its number: each is a product of its own.
func exported(p store.Product) catalog.Item {
	i := catalog.Item{
		Handle: "product-" + strconv.FormatUint(p.ID, 10), SKU: p.SKU, Title: p.Title, Body: p.Body, Vendor: p.Vendor, ImageURL: p.ImageURL,
		PriceCents: p.PriceCents, Currency: p.Currency, Archived: p.State == store.ProductArchived,
	}
	if p.ListPriceCents != nil {
		i.ListPriceCents = *p.ListPriceCents
	}
	return i
}
