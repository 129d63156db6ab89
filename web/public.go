package web

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"doorbuster/store"
	"doorbuster/web/page"
	"doorbuster/web/ui"
)

// Bounds of what is kept. A page takes about 25 KB in each language, packed three ways.
const (
	mostItems     = 1000
	mostSalePages = 200
	listedSales   = 100 // on the front page, those that close last
	listedOver    = 10
	itemsPerPage  = 100 // of a sale
)

// itemFacts is what the page of an item needs of the database.
type itemFacts struct {
	item store.Item
	sale store.Sale
}

// liveSale is the sale as it was read last; for one that ended more than a day ago, as the database had it.
func (f *itemFacts) liveSale(live *store.Live) store.LiveSale {
	if sale, ok := live.Sales[f.item.SaleID]; ok {
		return sale
	}
	return f.sale.LiveSale
}

// stateOf is what an item is to shoppers, and how many units they can have. An item that the last reading did not know yet has all
// its units.
func stateOf(live *store.Live, sale store.LiveSale, item store.Item, now time.Time) (ui.State, store.LiveItem) {
	stock, known := live.Items[item.ID]
	if !known {
		stock.UnitsLeft = item.UnitsAllotted
	}
	return stateIn(live, sale.Phase(now), item.ID, stock), stock
}

// stateIn is the state of an item in a phase of its sale; stock is what there is of it.
func stateIn(live *store.Live, phase string, item uint64, stock store.LiveItem) ui.State {
	switch {
	case phase == "soon" || phase == "over":
		return ui.State(phase)
	case live.On(store.SoldOutPage, item):
		return ui.Closed
	case phase == "paused":
		return ui.Paused
	case live.On(store.StopNewHolds, item):
		return ui.Paused
	case stock.UnitsLeft <= 0:
		return ui.SoldOut
	case phase == "early":
		return ui.Early
	default:
		return ui.Live
	}
}

func (s *Server) newItemShelf() *shelf[uint64, itemFacts] {
	h := newShelf[uint64, itemFacts](s, "item", mostItems, 0)
	h.load = func(ctx context.Context, id uint64) (*itemFacts, error) {
		item, err := s.store.Item(ctx, id)
		if err != nil {
			return nil, err
		}
		sale, err := s.store.Sale(ctx, item.SaleID)
		return &itemFacts{item: item, sale: sale}, err
	}
	h.stale = func(f *itemFacts, live *store.Live) bool {
		sale, ok := live.Sales[f.item.SaleID]
		return ok && sale.ChangedAt.After(f.item.ChangedAt)
	}
	h.mark = func(f *itemFacts, live *store.Live, now time.Time) mark {
		sale := f.liveSale(live)
		state, stock := stateOf(live, sale, f.item, now)
		told, _ := ui.LeftFloor(int64(stock.UnitsLeft))
		return mark{main: sum(uint64(f.item.ChangedAt.UnixMicro()), text(string(state)), text(strconv.FormatBool(first(sale, now)))), numbers: uint64(told)}
	}
	h.page = func(f *itemFacts, live *store.Live, now time.Time, _ ui.Lang) templ.Component {
		return page.ItemShow(s.itemView(f, live, now))
	}
	return h
}

func (s *Server) itemView(f *itemFacts, live *store.Live, now time.Time) page.ItemView {
	sale := f.liveSale(live)
	state, stock := stateOf(live, sale, f.item, now)
	v := page.ItemView{
		Chrome:  s.chrome(itemPath(f.item.ID)),
		Message: f.sale.Message,
		ID:      f.item.ID, SaleID: f.item.SaleID, SalePage: pageOf(f.item.Position), SaleTitle: f.sale.Title, Title: f.item.Title, Vendor: f.item.Vendor,
		Body: paragraphs(f.item.Body), Picture: picture(f.item.ImageURL),
		State: state, Opens: sale.OpensAt, Closes: sale.ClosesAt, Zone: f.sale.TimeZone, Members: moment(sale.MembersOpenAt),
		Price: ui.Money{Minor: f.item.PriceCents, Currency: f.item.Currency}, List: listPrice(f.item),
		Left: int64(max(stock.UnitsLeft, 0)), Units: int64(f.item.UnitsAllotted), Version: int64(stock.StockVersion),
		Limit: f.item.LimitPerUser, Fairness: f.item.Fairness,
	}
	v.First = first(sale, now)
	v.Early = v.First && !now.Before(v.Members)
	if f.sale.TakesPayment {
		v.HoldMinutes = f.item.HoldMinutes
	}
	return v
}

func listPrice(item store.Item) ui.Money {
	if item.ListPriceCents == nil {
		return ui.Money{}
	}
	return ui.Money{Minor: *item.ListPriceCents, Currency: item.Currency}
}

// paragraphs splits plain text at its line ends.
func paragraphs(body string) []string {
	var out []string
	for line := range strings.SplitSeq(body, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// salePage is one page of a sale's items, from 1.
type salePage struct {
	sale   uint64
	number int
}

// saleFacts is what a page of a sale needs of the database.
type saleFacts struct {
	salePage
	sale  store.Sale
	items []store.Item
}

// pageOf is the page of its sale on which an item stands. Positions run from 1 without a gap: items are added, never removed.
func pageOf(position int) int { return (position-1)/itemsPerPage + 1 }

// pages is how many pages a sale's items fill; a sale without any has one.
func pages(sale store.Sale) int { return max(pageOf(sale.ItemCount), 1) }

func (s *Server) newSaleShelf() *shelf[salePage, saleFacts] {
	h := newShelf[salePage, saleFacts](s, "sale", mostSalePages, time.Second)
	h.load = func(ctx context.Context, at salePage) (*saleFacts, error) {
		sale, err := s.store.Sale(ctx, at.sale)
		if err != nil {
			return nil, err
		}
		if at.number > pages(sale) {
			return nil, store.ErrNotFound
		}
		items, err := s.store.Items(ctx, at.sale, (at.number-1)*itemsPerPage, itemsPerPage)
		return &saleFacts{salePage: at, sale: sale, items: items}, err
	}
	h.stale = func(f *saleFacts, live *store.Live) bool {
		sale, ok := live.Sales[f.sale.ID]
		return ok && sale.ChangedAt.After(f.sale.ChangedAt)
	}
	h.mark = func(f *saleFacts, live *store.Live, now time.Time) mark {
		sale := currentSale(live, f.sale)
		parts := []uint64{uint64(f.sale.ChangedAt.UnixMicro()), text(sale.Phase(now))}
		for _, item := range f.items {
			state, stock := stateOf(live, sale, item, now)
			told, _ := ui.LeftFloor(int64(stock.UnitsLeft))
			parts = append(parts, text(string(state)), uint64(told))
		}
		return mark{main: sum(parts...)}
	}
	h.page = func(f *saleFacts, live *store.Live, now time.Time, _ ui.Lang) templ.Component {
		return page.SaleShow(s.saleView(f, live, now))
	}
	return h
}

func currentSale(live *store.Live, sale store.Sale) store.LiveSale {
	if now, ok := live.Sales[sale.ID]; ok {
		return now
	}
	return sale.LiveSale
}

func (s *Server) saleView(f *saleFacts, live *store.Live, now time.Time) page.SaleView {
	sale := currentSale(live, f.sale)
	v := page.SaleView{
		Chrome:  s.chrome(page.SalePath(f.sale.ID, f.number)),
		Message: f.sale.Message,
		ID:      f.sale.ID, Page: f.number, Pages: pages(f.sale), Title: f.sale.Title, Body: paragraphs(f.sale.Description), State: ui.State(sale.Phase(now)), Opens: sale.OpensAt, Closes: sale.ClosesAt, Zone: f.sale.TimeZone,
		Members: moment(sale.MembersOpenAt),
	}
	for i, item := range f.items {
		if i == 0 {
			v.Fairness = item.Fairness
		} else if v.Fairness != item.Fairness {
			v.Fairness = "" // not one rule for all: each item says its own
		}
		state, stock := stateOf(live, sale, item, now)
		v.Items = append(v.Items, page.ItemCard{
			ID: item.ID, Title: item.Title, State: state, Picture: picture(item.ImageURL),
			Price: ui.Money{Minor: item.PriceCents, Currency: item.Currency}, List: listPrice(item),
			Left: int64(max(stock.UnitsLeft, 0)), Units: int64(item.UnitsAllotted),
		})
	}
	return v
}

// listFacts is what the front page needs of the database.
type listFacts struct {
	sales []store.Sale
	known uint64 // sums up which sales there were, and of when
	read  time.Time
}

func (s *Server) newSalesShelf() *shelf[struct{}, listFacts] {
	h := newShelf[struct{}, listFacts](s, "sales", 1, time.Second)
	h.load = func(ctx context.Context, _ struct{}) (*listFacts, error) {
		known := salesKnown(s.store.Live())
		sales, err := s.store.Sales(ctx, listedSales)
		return &listFacts{sales: sales, known: known, read: time.Now()}, err
	}
	h.stale = func(f *listFacts, live *store.Live) bool {
		return f.known != salesKnown(live) || time.Since(f.read) > time.Minute
	}
	h.mark = func(f *listFacts, live *store.Live, now time.Time) mark {
		empty := soldOutItems(live)
		parts := []uint64{f.known}
		for _, sale := range f.sales {
			parts = append(parts, sale.ID, text(currentSale(live, sale).Phase(now)), uint64(empty[sale.ID]))
		}
		return mark{main: sum(parts...)}
	}
	h.page = func(f *listFacts, live *store.Live, now time.Time, _ ui.Lang) templ.Component {
		return page.SaleList(s.listView(f, live, now))
	}
	return h
}

// salesKnown sums up the sales of a reading, in any order.
func salesKnown(live *store.Live) uint64 {
	var known uint64
	for id, sale := range live.Sales {
		known += sum(id, uint64(sale.ChangedAt.UnixMicro()))
	}
	return known
}

func soldOutItems(live *store.Live) map[uint64]int {
	empty := map[uint64]int{}
	for _, stock := range live.Items {
		if stock.UnitsLeft <= 0 {
			empty[stock.SaleID]++
		}
	}
	return empty
}

func (s *Server) listView(f *listFacts, live *store.Live, now time.Time) page.SaleListView {
	v := page.SaleListView{Chrome: s.chrome("/")}
	empty := soldOutItems(live)
	for _, sale := range f.sales {
		current := currentSale(live, sale)
		card := page.SaleCard{
			ID: sale.ID, Title: sale.Title, State: ui.State(current.Phase(now)), Opens: current.OpensAt, Closes: current.ClosesAt, Zone: sale.TimeZone, Members: moment(current.MembersOpenAt),
			Items: sale.ItemCount, SoldOut: empty[sale.ID],
		}
		if sale.ImageURL != nil {
			card.Picture = picture(*sale.ImageURL)
		}
		switch card.State {
		case ui.Soon:
			v.Soon = append(v.Soon, card)
		case ui.Over:
			v.Over = append(v.Over, card)
		default:
			v.Live = append(v.Live, card)
		}
	}
	slices.SortStableFunc(v.Live, func(a, b page.SaleCard) int { return a.Closes.Compare(b.Closes) })
	slices.SortStableFunc(v.Soon, func(a, b page.SaleCard) int { return a.Opens.Compare(b.Opens) })
	v.Over = v.Over[:min(len(v.Over), listedOver)]
	return v
}

// seed makes sums of this process; they are never sent.
var seed = maphash.MakeSeed()

func text(s string) uint64 { return maphash.String(seed, s) }

func sum(parts ...uint64) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	var b [8]byte
	for _, part := range parts {
		binary.LittleEndian.PutUint64(b[:], part)
		_, _ = h.Write(b[:]) // a hash takes everything
	}
	return h.Sum64()
}

// showSales answers with the front page.
func (s *Server) showSales(a *reply, r *http.Request) error {
	p, err := s.sales.get(r.Context(), struct{}{}, a.lang)
	if err != nil {
		return err
	}
	s.sendPublic(a, r, p)
	return nil
}

// showSale answers with the page of a sale.
func (s *Server) showSale(a *reply, r *http.Request) error {
	id, err := numberIn(r, "sale")
	if err != nil {
		return err
	}
	number, err := pageIn(r)
	if err != nil {
		return err
	}
	p, err := s.sale.get(r.Context(), salePage{id, number}, a.lang)
	if err != nil {
		return err
	}
	s.sendPublic(a, r, p)
	return nil
}

// pageIn reads which page of a list is asked for: the first unless ?page= says otherwise.
func pageIn(r *http.Request) (int, error) {
	if r.URL.RawQuery == "" {
		return 1, nil
	}
	query, _ := url.ParseQuery(r.URL.RawQuery) // what is garbled or unknown changes nothing, as on every public page
	asked := query["page"]
	if len(asked) == 0 {
		return 1, nil
	}
	number, err := strconv.Atoi(asked[0])
	if err != nil || len(asked) > 1 {
		return 0, refused(page.BadRequest)
	}
	if number < 1 {
		return 0, refused(page.NotFound)
	}
	return number, nil
}

// showItem answers with the page of an item: the page that a crowd asks for in one second.
func (s *Server) showItem(a *reply, r *http.Request) error {
	id, err := numberIn(r, "item")
	if err != nil {
		return refused(page.NoSuchItem)
	}
	p, err := s.items.get(r.Context(), id, a.lang)
	if errors.Is(err, store.ErrNotFound) {
		return refused(page.NoSuchItem)
	}
	if err != nil {
		return err
	}
	s.sendPublic(a, r, p)
	return nil
}

// sendPublic sends a kept page. It has those security headers that protect a page without anything personal; with the six of packed.send
// they are eight, the most that a map of Go holds without growing.
func (s *Server) sendPublic(w http.ResponseWriter, r *http.Request, p *packed) {
	h := w.Header()
	h["Content-Security-Policy"] = contentPolicy
	h["X-Content-Type-Options"] = noSniff
	if s.secure {
		h["Strict-Transport-Security"] = hsts
	}
	p.send(w, r)
}

var contentPolicy = []string{ui.ContentPolicy}
