package front

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"doorbuster/bench/load"
	"doorbuster/store"
)

const (
	emptyPath = "/empty"
	barePath  = "/bare/"
	// userHeader carries the number of the shopper of a bare purchase.
	userHeader = "X-User"
)

// gatehouse stands in front of the shop with the paths that figures are compared with. Four comparisons of text are all that it costs
// the others.
type gatehouse struct {
	shop    http.Handler
	seller  seller
	log     *slog.Logger        // of faults only
	metrics prometheus.Gatherer // the shop's
	refusal fixed
	page    fixed
}

func newGatehouse(shop http.Handler, sells seller, log *slog.Logger, metrics prometheus.Gatherer) *gatehouse {
	return &gatehouse{shop: shop, seller: sells, log: log, metrics: metrics, refusal: fixed{want: "sold_out"}, page: fixed{want: OK}}
}

// ServeHTTP answers /empty, /bare/{item}, /fixed/… and /steps itself and passes on the rest.
func (g *gatehouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case path == emptyPath: // what the server costs that has nothing to do: not even the body is looked at
		w.WriteHeader(http.StatusNoContent)
	case strings.HasPrefix(path, barePath):
		g.bare(w, r, path[len(barePath):])
	case strings.HasPrefix(path, fixedPath+"/"):
		if r.Method == http.MethodPost {
			g.refusal.serve(w, r, g.shop)
		} else {
			g.page.serve(w, r, g.shop)
		}
	case path == stepsPath:
		sendSteps(w, g.metrics)
	default:
		g.shop.ServeHTTP(w, r)
	}
}

// bare sells without session, pass, limit, metric or log.
func (g *gatehouse) bare(w http.ResponseWriter, r *http.Request, text string) {
	item, noItem := strconv.ParseUint(text, 10, 64)
	user, noUser := strconv.ParseUint(r.Header.Get(userHeader), 10, 64)
	if noItem != nil || noUser != nil || r.Method != http.MethodPost {
		http.Error(w, "POST "+barePath+"{item} with a number in "+userHeader, http.StatusBadRequest)
		return
	}
	class, err := g.seller.buy(r.Context(), item, user)
	if err != nil {
		g.log.Error("bare purchase", "error", err)
		http.Error(w, "fault", http.StatusInternalServerError)
		return
	}
	w.Header()["Content-Type"] = jsonType
	w.WriteHeader(statusOf(class))
	_, _ = w.Write(append(append(append(make([]byte, 0, 64), `{"outcome":"`...), class...), "\"}\n"...)) // who went away cannot be told
}

var jsonType = []string{"application/json"} // shared, never written to

// statusOf is the status that the shop has for an outcome of a purchase.
func statusOf(class load.Class) int {
	switch store.Outcome(class) {
	case store.Placed:
		return http.StatusCreated
	case store.Exists:
		return http.StatusOK
	case store.Busy, store.Unknown:
		return http.StatusServiceUnavailable
	case store.NoSuchItem:
		return http.StatusNotFound
	default:
		return http.StatusConflict
	}
}
