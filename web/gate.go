package web

import (
	"errors"
	"net/http"

	"doorbuster/store"
	"doorbuster/web/page"
)

// The gates stand in front of store.PlaceOrder and ask nothing but memory. They may refuse, never grant, and with one exception they never say no to a
// press that may have been made before: only the database knows whether its order exists, and "exists" comes before every other answer. The exception is an
// item that the shop has closed (store.SoldOutPage), because then no press may reach the database at all: that answer does not say that nothing was ordered,
// and its page leads to the shopper's orders.

// gate refuses a press from memory; "" lets it pass. fresh says that its key was made just now, so that there cannot be an order.
func (s *Server) gate(item uint64, fresh bool) string {
	live := s.store.Live()
	if live.ReadOnly() {
		return page.Busy
	}
	stock, onSale := live.Items[item]
	switch {
	case fresh && onSale:
		return notLive(live.Sales[stock.SaleID].Phase(s.store.Now()), live, item)
	case live.On(store.SoldOutPage, item):
		return page.Closed
	default:
		return "" // made before, or of an item that is unknown here: over, or so new that only the database knows it
	}
}

// notLive is why an item cannot be bought in a phase of its sale; "" if it can.
func notLive(phase string, live *store.Live, item uint64) string {
	switch {
	case phase == "soon":
		return page.NotOpen
	case phase == "over":
		return page.SaleOver
	case live.On(store.SoldOutPage, item):
		return page.Closed
	case phase == "paused" || live.On(store.StopNewHolds, item):
		return page.SalePaused
	default:
		return ""
	}
}

// phase is what the sale of an item is now. The database is asked only about items that memory does not know.
func (s *Server) phase(r *http.Request, item uint64) (string, error) {
	live := s.store.Live()
	if stock, ok := live.Items[item]; ok {
		return live.Sales[stock.SaleID].Phase(s.store.Now()), nil
	}
	facts, err := s.items.facts(r.Context(), item)
	if errors.Is(err, store.ErrNotFound) {
		return "", refused(page.NoSuchItem)
	}
	if err != nil {
		return "", err
	}
	return facts.liveSale(live).Phase(s.store.Now()), nil
}

// writable refuses changes while the shop is read-only.
func (s *Server) writable() error {
	if s.store.Live().ReadOnly() {
		return refused(page.Busy)
	}
	return nil
}
