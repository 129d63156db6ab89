package rush

import (
	"bytes"
	"encoding/json"
	"html"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// class is what an answer means to a shopper.
type class int

const (
	yes     class = iota + 1
	no            // final
	again         // not now: nothing was done, come again with the same pass
	unknown       // perhaps: ask again with the same pass until it is known
	gone          // the pass is too old for the shop to look at
)

func (c class) String() string {
	return [...]string{"", "yes", "no", "again", "unknown", "gone"}[c]
}

// Causes of an answer that the shop did not give.
const (
	causeCut     = "cut"     // we closed the connection
	causeLost    = "lost"    // the connection broke or the answer did not come in time
	causeRefused = "refused" // no connection at all
	causeStopped = "stopped" // the rush ended before it could be sent
)

// answer is one reply, understood.
type answer struct {
	timing
	class   class
	outcome string // the shop's word, or a cause of ours
	status  int    // 0 when nothing came back
	order   uuid.UUID
	left    int
	pass    string // a pass that came with the answer
	shopper uint64
	state   string // of an order
	item    uint64
	units   int
	url     string // where an order is paid

	wait    time.Duration // what Retry-After asks for
	noWait  bool          // "try again" without saying when: a defect
	odd     bool          // not an answer the contract knows: a defect
	oddText string
}

// jsonBody has every member that any JSON answer may have.
type jsonBody struct {
	Outcome    string    `json:"outcome"`
	Order      uuid.UUID `json:"order"`
	Pass       string    `json:"pass"`
	Shopper    uint64    `json:"shopper"`
	State      string    `json:"state"`
	Item       uint64    `json:"item"`
	Units      int       `json:"units"`
	Left       int       `json:"left"`
	URL        string    `json:"url"`
	RetryAfter float64   `json:"retry_after"`
}

// readJSON understands the JSON answer to a pass, a press, an order, a payment or a cancel.
func readJSON(a *answer, r *reply) {
	if a.broken(r) {
		return
	}
	var b jsonBody
	bad := json.Unmarshal(r.body, &b) != nil
	a.outcome, a.order, a.pass, a.shopper = b.Outcome, b.Order, b.Pass, b.Shopper
	a.state, a.item, a.units, a.left, a.url = b.State, b.Item, b.Units, b.Left, b.URL
	switch {
	case r.status == http.StatusOK || r.status == http.StatusCreated:
		a.class = yes
		if bad {
			a.class = unknown // something was done; only asking again can tell what
			a.strange("%d with a body that is no JSON", r.status)
		}
	case r.status == http.StatusConflict && (b.Outcome == "not_open" || b.Outcome == "too_late"):
		a.class = again
	case r.status == http.StatusConflict:
		a.class = no
		if b.Outcome == "" {
			a.strange("409 without an outcome")
		}
	default:
		a.otherStatus(r)
	}
}

// readPress is readJSON for a press, where a yes must name the order.
func readPress(a *answer, r *reply) {
	readJSON(a, r)
	if a.class == yes && a.order == uuid.Nil {
		a.class, a.outcome = unknown, "unknown"
		a.strange("%d without an order", r.status)
	}
}

// readPage understands the answer to the plain form: a way to the order page, or a page with an outcome on it.
func readPage(a *answer, r *reply) {
	if a.broken(r) {
		return
	}
	a.outcome = attribute(r.body, "data-outcome")
	a.pass = passInForm(r.body)
	switch {
	case r.status == http.StatusSeeOther:
		to := r.header.Get("Location")
		id, err := uuid.Parse(path.Base(to))
		if err != nil || !strings.HasSuffix(path.Dir(to), "/orders") {
			a.class = no
			a.strange("303 to %q, which is no order", to)
			return
		}
		a.class, a.order = yes, id
	case r.status == http.StatusConflict && (a.outcome == "not_open" || a.outcome == "too_late"):
		a.class = again
	case r.status == http.StatusConflict:
		a.class = no
		if a.outcome == "" {
			a.strange("409 page without data-outcome")
		}
	default:
		a.otherStatus(r)
	}
}

// broken deals with what is no answer at all. It says true when there is nothing more to read.
func (a *answer) broken(r *reply) bool {
	a.status = r.status
	switch {
	case r.err == nil:
		return false
	case r.unsent:
		a.class, a.outcome = again, causeRefused
	default:
		a.class, a.outcome = unknown, causeLost
	}
	return true
}

// tryAgain says whether the shop must say when to come again.
func (a *answer) tryAgain() bool {
	return a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable
}

// otherStatus deals with what every end point may say.
func (a *answer) otherStatus(r *reply) {
	switch r.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		// Only the word "busy" promises that nothing was done.
		a.class = unknown
		if a.outcome == "busy" || r.status == http.StatusTooManyRequests {
			a.class, a.outcome = again, "busy"
		} else {
			a.outcome = "unknown"
		}
		a.wait, a.noWait = retryAfter(r.header.Get("Retry-After"), time.Now())
	case http.StatusGone:
		a.class = gone
	default:
		a.class = no
		if r.status >= http.StatusInternalServerError {
			a.class = unknown
		}
		if a.outcome == "" {
			a.outcome = "http_" + strconv.Itoa(r.status)
		}
		a.strange("status %d, outcome %q", r.status, a.outcome)
	}
}

// retryAfter reads the header in both of its forms. The second result says that it is missing or senseless.
func retryAfter(h string, now time.Time) (wait time.Duration, missing bool) {
	if n, err := strconv.Atoi(strings.TrimSpace(h)); err == nil {
		return time.Duration(max(n, 0)) * time.Second, n < 0
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(t.Sub(now), 0), false
	}
	return 0, true
}

// attribute finds the value of the first attribute of that name in a page.
func attribute(page []byte, name string) string {
	_, rest, ok := bytes.Cut(page, []byte(" "+name+`="`))
	if !ok {
		return ""
	}
	v, _, ok := bytes.Cut(rest, []byte{'"'})
	if !ok {
		return ""
	}
	return html.UnescapeString(string(v))
}

// passInForm finds the pass that a "try again" page keeps in its form.
func passInForm(page []byte) string {
	for {
		i := bytes.Index(page, []byte("<input"))
		if i < 0 {
			return ""
		}
		page = page[i:]
		tag, rest, ok := bytes.Cut(page, []byte{'>'})
		if !ok {
			return ""
		}
		if attribute(tag, "name") == "pass" {
			return attribute(tag, "value")
		}
		page = rest
	}
}
