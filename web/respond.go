package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/web/page"
	"doorbuster/web/wire"
)

// refusal is an answer that is not the success of its route: a "no", a "not now", or a fault. Handlers return it as an error; what
// it becomes on the wire is decided below and nowhere else. Only Outcome is needed.
type refusal struct {
	page.NoticeView
	status  int                    // 0: what statusOf says
	wait    time.Duration          // for Retry-After; 0: spread by us where one is due
	left    int                    // units left, told in JSON when known
	known   bool                   // left is known
	allow   string                 // for 405
	hangUp  bool                   // the rest of the request is not worth reading
	pending *page.OrderPendingView // the page of an unknown purchase; nil: a notice
	code    *page.CodeView         // the page that asks for an access code; nil: a notice
}

// Error makes a refusal travel as an error. It is never shown.
func (v *refusal) Error() string { return "refused: " + v.Outcome }

// refused makes the refusal of an outcome.
func refused(outcome string) *refusal {
	return &refusal{NoticeView: page.NoticeView{Outcome: outcome}}
}

// statusOf is the status of each outcome. On pages those of 200 and 201, and already_ordered, lead on instead (303).
var statusOf = map[string]int{
	string(store.Placed):           http.StatusCreated,
	string(store.Exists):           http.StatusOK,
	string(store.Paid):             http.StatusOK,
	string(store.AlreadyPaid):      http.StatusOK,
	string(store.Started):          http.StatusOK,
	string(store.Extended):         http.StatusOK,
	string(store.AlreadyExtended):  http.StatusOK,
	string(store.Cancelled):        http.StatusOK,
	string(store.AlreadyCancelled): http.StatusOK,

	page.NotOpen:        http.StatusConflict,
	page.SaleOver:       http.StatusConflict,
	page.SalePaused:     http.StatusConflict,
	page.MembersOnly:    http.StatusConflict,
	page.Closed:         http.StatusConflict,
	page.TooLate:        http.StatusConflict,
	page.OverLimit:      http.StatusConflict,
	page.AlreadyOrdered: http.StatusConflict,
	page.SoldOut:        http.StatusConflict,
	page.NotEnough:      http.StatusConflict,
	page.KeyReused:      http.StatusConflict,
	page.HoldEnded:      http.StatusConflict,
	page.NotPayable:     http.StatusConflict,
	page.NotCancellable: http.StatusConflict,
	page.Paying:         http.StatusConflict,
	page.NotHeld:        http.StatusConflict,
	page.NotExtendable:  http.StatusConflict,

	page.BadUnits:     http.StatusBadRequest,
	page.BadRequest:   http.StatusBadRequest,
	page.SignInNeeded: http.StatusUnauthorized,
	page.BadPass:      http.StatusForbidden,
	page.BadLink:      http.StatusForbidden,
	page.NotAllowed:   http.StatusForbidden,
	page.NoSuchItem:   http.StatusNotFound,
	page.NoSuchOrder:  http.StatusNotFound,
	page.NotFound:     http.StatusNotFound,
	page.WrongMethod:  http.StatusMethodNotAllowed,
	page.PassExpired:  http.StatusGone,
	page.TooLarge:     http.StatusRequestEntityTooLarge,
	page.WrongType:    http.StatusUnsupportedMediaType,
	page.TooMany:      http.StatusTooManyRequests,
	page.Fault:        http.StatusInternalServerError,
	page.Busy:         http.StatusServiceUnavailable,
	page.Unknown:      http.StatusServiceUnavailable,
	page.Unavailable:  http.StatusServiceUnavailable,
}

// refusalOf turns any error into what the caller may know of it.
func (s *Server) refusalOf(a *reply, r *http.Request, err error) *refusal {
	var (
		refusal *refusal
		busy    *store.BusyError
		unknown *store.UnknownError
		large   *http.MaxBytesError
	)
	switch {
	case errors.As(err, &refusal):
		return refusal
	case r.Context().Err() != nil && errors.Is(err, context.Canceled):
		return s.busy(0) // the caller went away: nobody reads this, and it is no fault of ours
	case errors.Is(err, store.ErrNotFound):
		return refused(page.NotFound)
	case errors.As(err, &busy):
		return s.busy(busy.RetryAfter)
	case errors.As(err, &unknown) && (r.Method == get || r.Method == http.MethodHead):
		return s.busy(0) // a reading that broke off did nothing
	case errors.As(err, &unknown):
		a.fault, a.logged = err, true
		return refused(page.Unknown)
	case errors.Is(err, wire.ErrBad):
		return refused(page.BadRequest)
	case errors.Is(err, wire.ErrType):
		return refused(page.WrongType)
	case errors.Is(err, wire.ErrNoLength):
		v := refused(page.BadRequest)
		v.status, v.hangUp = http.StatusLengthRequired, true
		return v
	case errors.As(err, &large):
		v := refused(page.TooLarge)
		v.hangUp = true
		return v
	default:
		a.fault, a.logged = err, true
		return refused(page.Fault)
	}
}

// busy is the refusal of something that was not even begun. Its word is "busy" as long as the database is there.
func (s *Server) busy(wait time.Duration) *refusal {
	v := refused(page.Busy)
	if s.store.Ready() != nil {
		v.Outcome = page.Unavailable
	}
	v.wait = wait
	return v
}

// refuse answers with what err means.
func (s *Server) refuse(a *reply, r *http.Request, err error) {
	v := s.refusalOf(a, r, err)
	a.outcome = v.Outcome
	if a.Status != 0 { // the answer had begun: all that can be done is to cut it off, so that nobody takes it for complete
		a.fault, a.logged = err, true
		a.logLine(r)
		panic(http.ErrAbortHandler)
	}
	status := v.status
	if status == 0 {
		status = statusOf[v.Outcome]
	}
	h := a.Header()
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		v.RetryAfter = seconds(v.wait)
		h["Retry-After"] = []string{strconv.Itoa(v.RetryAfter)}
	}
	if v.allow != "" {
		h["Allow"] = []string{v.allow}
	}
	if v.hangUp {
		h["Connection"] = []string{"close"}
	}
	if status >= http.StatusInternalServerError || status == http.StatusBadRequest || status == http.StatusForbidden {
		v.Reference = a.reference(r)
	}
	switch {
	case a.json:
		a.sendJSON(status, jsonRefusal(v))
	case v.Outcome == page.SignInNeeded:
		_ = a.seeOther(r, "/sign-in?to="+queryEscape(v.SignIn))
	default:
		s.notice(a, r, status, v)
	}
}

// notice sends the page of a refusal. If even that page cannot be made, a plain line must do.
func (s *Server) notice(a *reply, r *http.Request, status int, v *refusal) {
	path := "/"
	if v.ItemID != 0 {
		path = itemPath(v.ItemID)
	}
	var component templ.Component
	switch {
	case v.pending != nil:
		v.pending.Chrome, v.pending.Reference, v.pending.RetryAfter = a.chrome(path), v.Reference, v.RetryAfter
		component = page.OrderPending(*v.pending)
	case v.code != nil:
		v.code.Item.Chrome = a.chrome(path)
		component = page.Code(*v.code)
	default:
		v.Chrome = a.chrome(path)
		component = page.Notice(v.NoticeView)
	}
	if err := a.page(r, status, component); err != nil {
		a.fault, a.logged = errors.Join(a.fault, err), true
		http.Error(a, "This page cannot be shown. Reference: "+a.requestID(r).String(), http.StatusInternalServerError)
	}
}

// seconds is a wait as Retry-After says it: whole, at least 1. No wait becomes 1 to 5 seconds at random, so that those who were
// refused together do not come back together.
func seconds(wait time.Duration) int {
	if wait <= 0 {
		return 1 + rand.IntN(5)
	}
	return int((wait + time.Second - 1) / time.Second)
}

// jsonRefusal says in JSON what a program needs of a refusal. The words for "not now" are two, busy and unknown: only busy promises
// that nothing was done.
func jsonRefusal(v *refusal) jsonAnswer {
	j := jsonAnswer{outcome: v.Outcome, order: v.Order, left: v.left, known: v.known, retryAfter: v.RetryAfter, reference: v.Reference}
	switch v.Outcome {
	case page.TooMany, page.Unavailable:
		j.outcome = page.Busy
	case page.Fault:
		j.outcome, j.err = "", page.Fault
	}
	if v.pending != nil {
		j.order = v.pending.Order
	}
	return j
}

// jsonAnswer is what our JSON answers may hold. Empty members are left out.
type jsonAnswer struct {
	outcome, err, order, state, payment, paymentState, url, pass, reference string

	heldUntil  uint64 // in milliseconds since 1970
	left       int
	known      bool // left is known
	item       uint64
	shopper    uint64
	units      int
	retryAfter int
}

// sendJSON writes an answer. The texts in it are words and ids of ours, with nothing to escape; only the address of a provider may have something.
func (a *reply) sendJSON(status int, j jsonAnswer) {
	b := make([]byte, 0, 256)
	b = append(b, '{')
	text := func(name, value string) {
		if value != "" {
			b = append(append(append(append(append(b, '"'), name...), `":"`...), value...), `",`...)
		}
	}
	number := func(name string, value uint64, told bool) {
		if told {
			b = append(strconv.AppendUint(append(append(append(b, '"'), name...), `":`...), value, 10), ',')
		}
	}
	text("outcome", j.outcome)
	text("error", j.err)
	text("pass", j.pass)
	text("order", j.order)
	text("state", j.state)
	text("payment", j.payment)
	text("payment_state", j.paymentState)
	if j.url != "" {
		text("url", jsonEscaped(j.url))
	}
	number("held_until", j.heldUntil, j.heldUntil != 0)
	number("item", j.item, j.item != 0)
	number("units", uint64(max(j.units, 0)), j.units > 0)
	number("shopper", j.shopper, j.shopper != 0)
	number("left", uint64(max(j.left, 0)), j.known)
	number("retry_after", uint64(max(j.retryAfter, 0)), j.retryAfter > 0)
	text("reference", j.reference)
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	b = append(b, '}', '\n')
	h := a.Header()
	h["Content-Type"] = jsonType
	h["X-Content-Type-Options"] = noSniff
	if h["Cache-Control"] == nil {
		h["Cache-Control"] = noStore
	}
	a.WriteHeader(status)
	_, _ = a.Write(b) // who went away cannot be told
}

// jsonEscaped is a text as it stands between the quotes of JSON.
func jsonEscaped(text string) string {
	b, err := json.Marshal(text)
	if err != nil || len(b) < 2 {
		return "" // cannot be: every text can be written
	}
	return string(b[1 : len(b)-1])
}

// shortAnswer is a whole answer to a press from memory, the same for everybody.
type shortAnswer struct {
	status             int
	body               []byte
	length, retryAfter []string // header values; nil: none
}

// soldOut, closed and busyFor are all of them; busyFor by the seconds to wait.
var (
	closed  = newShortAnswer(http.StatusConflict, "{\"outcome\":\"closed\"}\n", 0)
	soldOut = newShortAnswer(http.StatusConflict, "{\"outcome\":\"sold_out\",\"left\":0}\n", 0)
	busyFor = func() (answers [6]shortAnswer) {
		for wait := range answers {
			answers[wait] = newShortAnswer(http.StatusServiceUnavailable, fmt.Sprintf("{\"outcome\":\"busy\",\"retry_after\":%d}\n", wait), wait)
		}
		return answers
	}()
)

func newShortAnswer(status int, body string, wait int) shortAnswer {
	a := shortAnswer{status: status, body: []byte(body), length: []string{strconv.Itoa(len(body))}}
	if wait > 0 {
		a.retryAfter = []string{strconv.Itoa(wait)}
	}
	return a
}

// sendShort answers a press without making anything anew. No cache keeps the answer to a POST that does not ask for it.
func (s *Server) sendShort(w http.ResponseWriter, a *shortAnswer) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["X-Content-Type-Options"] = noSniff
	h["Content-Length"] = a.length
	if a.retryAfter != nil {
		h["Retry-After"] = a.retryAfter
	}
	if s.secure {
		h["Strict-Transport-Security"] = hsts
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // who went away cannot be told
}

// idText is an order id for JSON and pages, "" for none.
func idText(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}
