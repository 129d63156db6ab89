package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/wire"
)

// listDeliveries shows what all webhooks were told, newest first, by state and by what happened.
func (s *Server) listDeliveries(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "state", "kind", "before")
	if err != nil {
		return err
	}
	f := store.DeliveryFilter{State: query.Get("state"), Kind: query.Get("kind")}
	var ok bool
	f.BeforeSeq, f.BeforeWebhook, ok = deliveryKey(query.Get("before"))
	if !ok || !deliveryState(f.State) || f.Kind != "" && !slices.Contains(page.EventKinds, f.Kind) {
		return refused(page.BadRequest)
	}
	found, err := s.store.SearchDeliveries(r.Context(), a.by(), f, perPage+1)
	if err != nil {
		return err
	}
	filter := url.Values{}
	for name, value := range map[string]string{"state": f.State, "kind": f.Kind} {
		if value != "" {
			filter.Set(name, value)
		}
	}
	v := page.DeliveryListView{Frame: a.frame(withQuery(deliveriesPath, filter), "webhooks"), State: f.State, Kind: f.Kind}
	if len(found) > perPage {
		found = found[:perPage]
		last := found[perPage-1]
		filter.Set("before", fmt.Sprintf("%d-%d", last.Seq, last.EndpointID))
		v.More = withQuery(deliveriesPath, filter)
	}
	for _, d := range found {
		row := deliveryRow(d.ListedDelivery)
		row.URL = d.URL
		v.Deliveries = append(v.Deliveries, row)
	}
	return a.page(r, http.StatusOK, page.DeliveryList(v))
}

const deliveriesPath = "/webhooks/deliveries"

// deliveryKey reads the last row of the page before: the event and its webhook, because one event goes to several.
func deliveryKey(text string) (seq, webhook uint64, ok bool) {
	if text == "" {
		return 0, 0, true
	}
	first, second, _ := strings.Cut(text, "-")
	seq, ok = wire.Number(first)
	webhook, fine := wire.Number(second)
	return seq, webhook, ok && fine && seq > 0
}

func deliveryRow(d store.ListedDelivery) page.DeliveryRow {
	return page.DeliveryRow{
		Webhook: d.EndpointID, Event: d.Seq, Kind: d.Kind, Order: d.OrderID.String(), Item: d.ItemTitle, At: d.MadeAt, State: d.State, Attempts: d.Attempts,
		Next: d.NextAt, Ended: d.EndedAt, Status: d.Status, Answer: d.Answer, Zone: d.TimeZone,
	}
}
