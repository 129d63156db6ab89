package admin

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/wire"
)

// refusal is an answer that is not the success of its route. Handlers return it as an error; what it becomes on the wire is decided below and nowhere
// else.
type refusal struct {
	outcome string
	status  int           // 0: what statusOf says
	wait    time.Duration // for Retry-After; 0: spread by us where one is due
	allow   string        // for 405
	hangUp  bool          // the rest of the request is not worth reading
}

// Error makes a refusal travel as an error. It is never shown.
func (v *refusal) Error() string { return "refused: " + v.outcome }

func refused(outcome string) *refusal { return &refusal{outcome: outcome} }

var statusOf = map[string]int{
	page.BadRequest:       http.StatusBadRequest,
	page.NotAllowed:       http.StatusForbidden,
	page.NotFound:         http.StatusNotFound,
	page.NoSuchInvitation: http.StatusNotFound,
	page.WrongMethod:      http.StatusMethodNotAllowed,
	page.TooLarge:         http.StatusRequestEntityTooLarge,
	page.WrongType:        http.StatusUnsupportedMediaType,
	page.TooMany:          http.StatusTooManyRequests,
	page.Fault:            http.StatusInternalServerError,
	page.Busy:             http.StatusServiceUnavailable,
	page.Unavailable:      http.StatusServiceUnavailable,
	page.Unknown:          http.StatusServiceUnavailable,
}

// refusalOf turns any error into what the member may know of it.
func refusalOf(a *reply, r *http.Request, err error) *refusal {
	var (
		refusal *refusal
		busy    *store.BusyError
		unknown *store.UnknownError
		large   *http.MaxBytesError
	)
	reading := r.Method == get || r.Method == http.MethodHead
	switch {
	case errors.As(err, &refusal):
		return refusal
	case r.Context().Err() != nil && errors.Is(err, context.Canceled):
		return refused(page.Busy) // the browser went away: nobody reads this
	case errors.Is(err, store.ErrNotFound):
		return refused(page.NotFound)
	case errors.As(err, &busy):
		v := refused(page.Busy)
		v.wait = busy.RetryAfter
		return v
	case errors.As(err, &unknown) && reading:
		return refused(page.Unavailable) // a reading that broke off did nothing
	case errors.As(err, &unknown):
		a.fault = err
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
		a.fault = err
		return refused(page.Fault)
	}
}

// notBegun is err of a reading before anything was done: whatever broke off, nothing is unknown.
func notBegun(err error) error {
	var unknown *store.UnknownError
	if errors.As(err, &unknown) {
		return refused(page.Unavailable)
	}
	return err
}

// refuse answers with what err means.
func (s *Server) refuse(a *reply, r *http.Request, err error) {
	v := refusalOf(a, r, err)
	a.outcome = v.outcome
	if a.Status != 0 { // the answer had begun: all that can be done is to cut it off, so that nobody takes it for complete
		a.fault = err
		a.logLine(r)
		panic(http.ErrAbortHandler)
	}
	status := v.status
	if status == 0 {
		status = statusOf[v.outcome]
	}
	view := page.NoticeView{Outcome: v.outcome}
	h := a.Header()
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		view.RetryAfter = seconds(v.wait)
		h.Set("Retry-After", strconv.Itoa(view.RetryAfter))
	}
	if v.allow != "" {
		h.Set("Allow", v.allow)
	}
	if v.hangUp {
		h.Set("Connection", "close")
	}
	if a.fault != nil {
		view.Reference = a.id.String()
	}
	if a.lang == "" {
		a.speakAs(r)
	}
	view.Frame = a.frame("/", "")
	if err := a.page(r, status, page.Notice(view)); err != nil {
		a.fault = errors.Join(a.fault, err)
		http.Error(a, "This page cannot be shown. Reference: "+a.id.String(), http.StatusInternalServerError)
	}
}

// seconds is a wait as Retry-After says it: whole, at least 1. No wait becomes 1 to 5 seconds at random.
func seconds(wait time.Duration) int {
	if wait <= 0 {
		return 1 + rand.IntN(5)
	}
	return int((wait + time.Second - 1) / time.Second)
}
