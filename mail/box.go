package mail

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"doorbuster/store"
	"doorbuster/web/ui"
)

// BoxPath is where the pages of a Box stand.
const BoxPath = "/mails"

// mostLetters bounds a Box: of more, the oldest are forgotten.
const mostLetters = 1000

// Box is a mailbox for trying things out: it takes every mail, sends none, and shows the latest letters in a browser as their shoppers would read
// them. It stands where only whoever runs the machine can look: it has everybody's mail. Its methods may be called from any goroutine.
type Box struct {
	writer *Sender
	mu     sync.Mutex
	kept   []boxLetter // oldest first
}

type boxLetter struct {
	ID     uint64
	To     string
	Kind   string
	At     time.Time
	Letter Letter
}

// NewBox makes an empty Box. Of o it needs ShopName, PublicURL and Sandbox.
func NewBox(o Options) *Box { return &Box{writer: NewWriter(o)} }

// Send keeps the letters of mails, and says that they were sent. One that comes again takes the place of the first.
func (b *Box) Send(_ context.Context, mails []store.DueMail) []store.MailAttempt {
	attempts := make([]store.MailAttempt, len(mails))
	for i, m := range mails {
		attempts[i] = store.MailAttempt{ID: m.ID, Number: m.Attempt, Result: store.ResultSent}
		letter, err := b.writer.Write(m)
		if err != nil {
			attempts[i].Result, attempts[i].Answer = store.ResultNever, store.Printable(err.Error())
			continue
		}
		b.keep(boxLetter{ID: m.ID, To: m.Email, Kind: m.Kind, At: time.Now(), Letter: letter})
	}
	return attempts
}

func (b *Box) keep(l boxLetter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = slices.DeleteFunc(b.kept, func(k boxLetter) bool { return k.ID == l.ID })
	b.kept = append(b.kept, l)
	if more := len(b.kept) - mostLetters; more > 0 {
		b.kept = slices.Delete(b.kept, 0, more)
	}
}

// ServeHTTP shows the list, newest first, or one letter: /mails, /mails/12, /mails/12.txt.
func (b *Box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.URL.Path == BoxPath {
		b.mu.Lock()
		all := slices.Clone(b.kept)
		b.mu.Unlock()
		slices.Reverse(all)
		page, err := ui.RenderBytes(r.Context(), boxPage(b.writer.options.ShopName, all))
		if err != nil {
			http.Error(w, "The list cannot be shown.", http.StatusInternalServerError)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page) // who went away cannot be told
		return
	}
	name, text := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, BoxPath+"/"), ".txt")
	letter, ok := b.letter(name)
	switch {
	case !ok:
		http.Error(w, "There is no such mail here; "+BoxPath+" lists the latest.", http.StatusNotFound)
	case text:
		h.Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(letter.Text)) // who went away cannot be told
	default:
		h.Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(letter.HTML))
	}
}

func (b *Box) letter(name string) (Letter, bool) {
	id, err := strconv.ParseUint(name, 10, 64)
	if err != nil {
		return Letter{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.kept, func(k boxLetter) bool { return k.ID == id })
	if at < 0 {
		return Letter{}, false
	}
	return b.kept[at].Letter, true
}
