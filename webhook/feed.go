package webhook

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"doorbuster/store"
)

// How many events one answer of the feed has.
const (
	feedDefault = 100
	feedMost    = 500
)

// Events is where a Feed reads; a store.Store is one.
type Events interface {
	Events(ctx context.Context, after uint64, limit int) ([]store.Event, error)
}

// Feed answers GET /api/events?after=SEQ&limit=N: what happened behind a number, for who missed something or asks instead of being told.
// It names orders of all shoppers, so it wants a token.
type Feed struct {
	events Events
	token  [sha256.Size]byte
	open   bool // there is a token
}

// NewFeed makes the handler. Without a token it answers nobody.
func NewFeed(events Events, token string) *Feed {
	return &Feed{events: events, token: sha256.Sum256([]byte(token)), open: token != ""}
}

// feedPage is an answer. Next is what to ask for as after= the next time, whether there is more or not.
type feedPage struct {
	Events []Message `json:"events"`
	Next   uint64    `json:"next"`
	More   bool      `json:"more"`
}

// ServeHTTP answers a page of events, or says in JSON why not.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed, "bad_method", "ask with GET")
		return
	}
	if !f.knows(r.Header.Get("Authorization")) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="events"`)
		refuse(w, http.StatusUnauthorized, "unauthorized", "send the header Authorization: Bearer and the token of EVENTS_TOKEN")
		return
	}
	after, okAfter := number(r.URL.Query().Get("after"), 0, 0, 1<<63-1)
	limit, okLimit := number(r.URL.Query().Get("limit"), feedDefault, 1, feedMost)
	switch {
	case !okAfter:
		refuse(w, http.StatusBadRequest, "bad_after", "after is the seq of the last event that you have, 0 at first")
		return
	case !okLimit:
		refuse(w, http.StatusBadRequest, "bad_limit", "limit is a number from 1 to 500")
		return
	}
	events, err := f.events.Events(r.Context(), after, int(limit)+1) // one more than asked says whether there is more
	if err != nil {
		w.Header().Set("Retry-After", "2")
		refuse(w, http.StatusServiceUnavailable, "busy", "the events cannot be read now, ask again")
		return
	}
	page := feedPage{Events: []Message{}, Next: after, More: len(events) > int(limit)}
	for _, e := range events[:min(len(events), int(limit))] {
		page.Events = append(page.Events, MessageOf(e))
		page.Next = e.Seq
	}
	_ = json.NewEncoder(w).Encode(page) // who went away cannot be told
}

// knows compares the token without telling by the time it takes how much of it is right, or how long it is.
func (f *Feed) knows(authorization string) bool {
	scheme, token, _ := strings.Cut(authorization, " ")
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], f.token[:]) == 1 && strings.EqualFold(scheme, "Bearer") && f.open
}

// number reads a number between least and most; otherwise when it is not given.
func number(text string, otherwise, least, most uint64) (uint64, bool) {
	if text == "" {
		return otherwise, true
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && n >= least && n <= most
}

// refuse says why there is no answer: a word for programs, a sentence for people.
func refuse(w http.ResponseWriter, status int, word, sentence string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": word, "message": sentence}) // who went away cannot be told
}
