package front

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"doorbuster/bench/load"
)

// fixedPath stands before a path of the shop whose answer is repeated without asking the shop.
const fixedPath = "/fixed"

// fixed is a handler that knows nothing and sends what the shop has sent: the limit that net/http sets to an answer of so many bytes.
// It learns the bytes from the shop itself, so they cannot drift from the product's. A site has one item, so one answer is kept.
type fixed struct {
	want   load.Class // the answer that is worth repeating
	answer atomic.Pointer[answer]

	mu   sync.Mutex // while it learns
	last *answer
}

// answer is what a handler wrote. It is a ResponseWriter.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
	fields []field // of header: a map is slow to walk
}

type field struct {
	name   string
	values []string
}

func (f *fixed) serve(w http.ResponseWriter, r *http.Request, shop http.Handler) {
	a := f.answer.Load()
	if a == nil {
		a = f.learn(r, shop)
	}
	h := w.Header()
	for _, one := range a.fields {
		h[one.name] = one.values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // who went away cannot be told
}

// learn asks the shop and returns its answer. The answer is kept once the shop has given the same one twice: the first is often made in
// another way than the many that follow, and this is about those.
func (f *fixed) learn(r *http.Request, shop http.Handler) *answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a := f.answer.Load(); a != nil {
		return a
	}
	a := &answer{header: http.Header{}}
	http.StripPrefix(fixedPath, shop).ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK) // if it has none
	for name, values := range a.header {
		a.fields = append(a.fields, field{name, values})
	}
	slices.SortFunc(a.fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	if Class(a.status, a.body.Bytes()) == f.want && a.equal(f.last) {
		f.answer.Store(a)
	}
	f.last = a
	return a
}

// Header is where the handler writes its header.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the first status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write keeps the body.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// equal says whether another answer has the same bytes.
func (a *answer) equal(b *answer) bool {
	return b != nil && a.status == b.status && bytes.Equal(a.body.Bytes(), b.body.Bytes()) &&
		slices.EqualFunc(a.fields, b.fields, func(a, b field) bool { return a.name == b.name && slices.Equal(a.values, b.values) })
}
