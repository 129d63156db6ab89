package worker

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"doorbuster/store"
	"doorbuster/webhook"
)

// receiver is somebody who is told of events: it checks each message's signature, keeps what it took in the order in which it took it, and knows
// a message again by its number.
type receiver struct {
	*httptest.Server
	t      testing.TB
	secret string
	decide func(m webhook.Message, times int, w http.ResponseWriter, r *http.Request) (took bool)
	mu     sync.Mutex
	times  map[uuid.UUID]int      // how often each event came
	took   []webhook.Message      // each once, in the order of their first coming
	after  map[uuid.UUID][]string // types by order
}

// listen starts a receiver and adds it as a webhook. decide answers a message and says whether it took it; nil takes all.
func (s *shop) listen(t testing.TB, decide func(m webhook.Message, times int, w http.ResponseWriter, r *http.Request) bool) *receiver {
	t.Helper()
	r := &receiver{t: t, secret: webhook.NewSecret(), decide: decide, times: map[uuid.UUID]int{}, after: map[uuid.UUID][]string{}}
	r.Server = httptest.NewUnstartedServer(r)
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.Start()
	t.Cleanup(r.Close)
	a, err := s.store.AddWebhook(t.Context(), store.Operator("test"), r.URL+"/"+anyName(t), r.secret)
	if err != nil || a.Outcome != store.Created {
		t.Fatalf("%v %v", a, err)
	}
	return r
}

func anyName(t testing.TB) string {
	t.Helper()
	return uuid.NewString()
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the worker went away in the middle
	}
	signer, err := standardwebhooks.NewWebhook(r.secret)
	if err != nil {
		r.t.Error(err)
		return
	}
	var m webhook.Message
	bad := signer.Verify(body, req.Header)
	if err := json.Unmarshal(body, &m); err != nil || bad != nil || req.Header.Get("webhook-id") != m.Data.Event.String() {
		r.t.Errorf("a message that cannot be believed: %v %v %s", err, bad, body)
	}
	r.mu.Lock()
	r.times[m.Data.Event]++
	times := r.times[m.Data.Event]
	r.mu.Unlock()
	if r.decide != nil && !r.decide(m, times, w, req) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, earlier := range r.took {
		if earlier.Data.Event == m.Data.Event {
			return // a repetition
		}
	}
	r.took = append(r.took, m)
	r.after[m.Data.Order] = append(r.after[m.Data.Order], fmt.Sprintf("%d %s", m.Data.Seq, m.Type))
}

// missing says how many events of the database the receiver has not taken, 0 only when it has all. Both tables are read at one instant: between
// two readings a message of the outbox could become an event that neither counts.
func (r *receiver) missing(t testing.TB, s *shop) (missing int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	return s.count(t, "SELECT (SELECT COUNT(*) FROM events) + (SELECT COALESCE(SUM(JSON_LENGTH(order_ids)), 0) FROM outbox WHERE sent_at IS NULL)") - len(r.took)
}

// mustBeInOrder looks whether the events of each order were taken in the order of their life.
func (r *receiver) mustBeInOrder(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	last := map[uuid.UUID]uint64{}
	for _, m := range r.took {
		if m.Data.Seq < last[m.Data.Order] {
			t.Errorf("order %s: %v", m.Data.Order, r.after[m.Data.Order])
		}
		last[m.Data.Order] = m.Data.Seq
	}
	for order, types := range r.after {
		if len(types) > 0 && !strings.HasSuffix(types[0], "order.placed") {
			t.Errorf("order %s begins with %s", order, types[0])
		}
	}
}
