package worker

import (
	"errors"
	"fmt"

	"doorbuster/store"
)

// compareMails wants one mail about each event of a shopper who has an address, and each that counts as sent to have arrived.
func (l *life) compareMails() {
	var events, without, dead int
	err := l.root.QueryRowContext(l.t.Context(), `SELECT COUNT(*), COALESCE(SUM(m.id IS NULL), 0), COALESCE(SUM(m.state = 'dead'), 0)
		FROM events e JOIN orders o ON o.id = e.order_id JOIN users u ON u.id = o.user_id LEFT JOIN mails m ON m.source = e.event_id
		WHERE e.kind NOT IN ('order_retaken', 'order_extended')`).Scan(&events, &without, &dead)
	if err != nil || events == 0 || without > 0 || dead > 0 {
		l.t.Errorf("of %d events that shoppers are told %d have no mail, %d mails were given up: %v", events, without, dead, err)
	}
	arrived := map[string]bool{}
	for _, m := range l.mails.Mails() {
		arrived[m.ID] = true
	}
	lost := 0
	for before := uint64(0); ; {
		sent, err := l.s.ListMails(l.t.Context(), store.Operator("test"), "sent", before, 1000)
		if err != nil {
			l.t.Error(err)
		}
		if len(sent) == 0 {
			break
		}
		before = sent[len(sent)-1].ID
		for _, m := range sent {
			if !arrived[fmt.Sprintf("%d.%s@shop.example", m.ID, m.OrderID)] {
				lost++
			}
		}
	}
	if lost > 0 {
		l.t.Errorf("%d mails count as sent and never arrived", lost)
	}
	l.t.Logf("%d events were told by mail, %d mails arrived", events, len(arrived))
}

// away says whether an error is that of a database that is not there, or an answer that was lost: expected here, and worth another try.
func away(err error) bool {
	var busy *store.BusyError
	var unknown *store.UnknownError
	return errors.As(err, &busy) || errors.As(err, &unknown)
}
