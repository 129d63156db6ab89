package mail

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"doorbuster/store"
)

func look(b *Box, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// What shoppers would have been sent is read in the browser: the list, newest first, each letter, and its text. Nothing in it is taken for HTML of ours.
func TestBox(t *testing.T) {
	t.Parallel()
	b := NewBox(Options{ShopName: "Door & Co", PublicURL: "http://127.0.0.1:8080/", Sandbox: true})
	if w := look(b, BoxPath); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Nobody was written to yet") {
		t.Errorf("an empty box: %d %s", w.Code, w.Body)
	}
	held, poem, paid := dueMail(store.MailHeld, "en"), dueMail("poem", "en"), dueMail(store.MailPaid, "zh")
	held.ID, poem.ID, paid.ID = 1, 2, 3
	held.Email = "<b>@example.com"
	want := []store.MailAttempt{{ID: 1, Number: 1, Result: store.ResultSent}, {ID: 2, Number: 1, Result: store.ResultNever}, {ID: 3, Number: 1, Result: store.ResultSent}}
	for i, got := range b.Send(t.Context(), []store.DueMail{held, poem, paid}) {
		if got.ID != want[i].ID || got.Number != 1 || got.Result != want[i].Result || (got.Answer == "") != (got.Result == store.ResultSent) {
			t.Errorf("attempt %+v, want %+v", got, want[i])
		}
	}
	shown := look(b, BoxPath)
	if csp := shown.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || shown.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the list's headers: %v", shown.Header())
	}
	list := shown.Body.String()
	first, second := strings.Index(list, `href="/mails/3"`), strings.Index(list, `href="/mails/1"`)
	if first < 0 || second < first || strings.Contains(list, `href="/mails/2"`) || strings.Contains(list, "<b>") || !strings.Contains(list, "Door &amp; Co") {
		t.Errorf("the list: %s", list)
	}
	letter, err := b.writer.Write(held)
	if err != nil {
		t.Fatal(err)
	}
	if w := look(b, BoxPath+"/1"); w.Body.String() != letter.HTML || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the letter: %v %s", w.Header(), w.Body)
	}
	if w := look(b, BoxPath+"/1.txt"); w.Body.String() != letter.Text || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") ||
		!strings.Contains(letter.Text, "http://127.0.0.1:8080/en/orders/"+held.OrderID.String()) {
		t.Errorf("the text: %v %s", w.Header(), w.Body)
	}
	for _, path := range []string{"/mails/2", "/mails/4", "/mails/x", "/mails/", "/mails/-1.txt"} {
		if w := look(b, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// A mail that comes again takes the place of the first, and of many the oldest are forgotten.
func TestBoxIsBounded(t *testing.T) {
	t.Parallel()
	b := NewBox(Options{ShopName: "Shop", PublicURL: "http://127.0.0.1:8080"})
	m := dueMail(store.MailHeld, "en")
	for id := range uint64(mostLetters + 2) {
		m.ID = id + 1
		b.Send(t.Context(), []store.DueMail{m, m})
	}
	if n := len(b.kept); n != mostLetters {
		t.Errorf("%d letters, at most %d", n, mostLetters)
	}
	for path, want := range map[string]int{"/mails/2": http.StatusNotFound, "/mails/3": http.StatusOK, "/mails/1002": http.StatusOK} {
		if w := look(b, path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}
