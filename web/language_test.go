package web

import (
	"testing"
	"time"

	"doorbuster/store"
)

// Mails follow the language of the pages where a shopper signed in last.
func TestLanguageOfMails(t *testing.T) {
	s := newShop(t)
	is := func(when, want string) {
		t.Helper()
		var got string
		if err := s.db.Root(t).QueryRowContext(t.Context(), "SELECT language FROM users ORDER BY id DESC LIMIT 1").Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", when, got, err, want)
		}
	}
	signIn := func(lang string) {
		t.Helper()
		if a := s.form("/"+lang+"/sign-in", "email=mia@example.com&password=three+small+boats", ""); a.status != 303 {
			t.Errorf("sign-in: %d", a.status)
		}
	}
	s.form("/zh/sign-up", "email=mia@example.com&name=Mia&password=three+small+boats", "")
	is("signed up", "zh")
	signIn("zh")
	is("signed in again", "zh")
	signIn("en")
	is("signed in on English pages", "en")

	if _, err := s.turn(store.SwitchTurn{Name: store.ReadOnly, On: true}); err != nil {
		t.Fatal(err)
	}
	s.eventually("the shop is read-only", func() bool { return s.store.Live().ReadOnly() })
	signIn("zh")
	is("read-only", "en")
	if _, err := s.turn(store.SwitchTurn{Name: store.ReadOnly}); err != nil {
		t.Fatal(err)
	}
	s.eventually("the shop can be written to", func() bool { return !s.store.Live().ReadOnly() })

	for _, c := range []struct{ to, accept, want string }{
		{"/zh/orders", "en", "zh"}, {"/en/", "zh", "en"}, {"", "zh", "zh"}, {"https://evil.example/zh/", "en", "en"}, {"/zh/", "", "zh"},
	} {
		token, err := SignLink(testKey('l'), LinkClaims{
			Purpose: LinkPurpose, Customer: "c", Name: "Cem", Issued: time.Now().Unix(), Expires: time.Now().Add(time.Minute).Unix(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if a := s.get("/sign-in/link?token="+token+"&to="+queryEscape(c.to), "Accept-Language", c.accept); a.status != 303 {
			t.Errorf("link to %q: %d", c.to, a.status)
		}
		is("by a link to "+c.to, c.want)
	}
}
