package mail

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"doorbuster/store"
)

var rewrite = flag.Bool("rewrite", false, "write the golden letters anew")

const golden = "../testdata/golden/mail"

// kinds are all that a shopper may be told.
var kinds = []string{
	store.MailHeld, store.MailExpiring, store.MailPaid, store.MailExpired, store.MailCancelled, store.MailRefunded, store.MailReturning, store.MailReturned,
}

// dueMail is a mail of a kind to Ann.
func dueMail(kind, language string) store.DueMail {
	m := store.DueMail{
		ID: 7, Attempt: 1, Kind: kind, MadeAt: time.Date(2035, time.June, 1, 12, 0, 0, 0, time.UTC), Language: language, Email: "ann@example.com", Name: "Ann",
		OrderID: uuid.MustParse("01900000-0000-7000-8000-6f0000000001"), Units: 2, UnitPriceCents: 199900, Currency: "CNY", ItemID: 3,
		ItemTitle: "Kettle “Q&A” <1 l>", TimeZone: "Asia/Shanghai",
	}
	if kind == store.MailHeld || kind == store.MailExpiring {
		end := m.MadeAt.Add(10 * time.Minute)
		m.HoldExpiresAt = &end
	}
	if kind == store.MailReturning {
		m.Reason = "too_late"
	}
	return m
}

func newSender(t *testing.T, change func(*Options)) *Sender {
	t.Helper()
	o := Options{From: "Doorbuster <orders@shop.example>", ShopName: "Doorbuster", PublicURL: "https://shop.example/"}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGoldenLetters(t *testing.T) {
	t.Parallel()
	s := newSender(t, nil)
	for _, language := range []string{"en", "zh"} {
		for _, kind := range kinds {
			letter, err := s.Write(dueMail(kind, language))
			if err != nil {
				t.Errorf("%s: %v", kind, err)
				continue
			}
			compare(t, language+"_"+kind+".txt", "Subject: "+letter.Subject+"\n\n"+letter.Text)
			compare(t, language+"_"+kind+".html", strings.ReplaceAll(letter.HTML, "><", ">\n<")+"\n")
			for _, text := range []string{letter.Subject, letter.Text, letter.HTML} {
				if strings.Contains(text, "mail_") || strings.Contains(text, "payment_") || strings.Contains(text, "{{") {
					t.Errorf("%s in %s has words that are missing: %s", kind, language, text)
				}
			}
		}
	}
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(golden, name)
	if *rewrite {
		if err := os.MkdirAll(golden, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v; run the test with -rewrite and read the letter", err)
		return
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// Each reason has its words, and one that nobody knows is no secret code in a letter.
func TestWhyMoneyGoesBack(t *testing.T) {
	t.Parallel()
	s := newSender(t, nil)
	seen := map[string]string{}
	for _, reason := range []string{"too_late", "wrong_amount", "second_payment", "order_cancelled", "order_refunded", "at_provider", "superseded"} {
		m := dueMail(store.MailReturning, "en")
		m.Reason = reason
		letter, err := s.Write(m)
		if err != nil {
			t.Fatal(err)
		}
		why, _, _ := strings.Cut(letter.Text, "\n")
		if other, twice := seen[why]; twice || strings.Contains(why, "_") {
			t.Errorf("%s is told as %q, like %s", reason, why, other)
		}
		seen[why] = reason
	}
	m := dueMail(store.MailReturning, "en")
	m.Reason = ""
	if letter, err := s.Write(m); err != nil || !strings.HasPrefix(letter.Text, "The payment could not be used.") {
		t.Errorf("without a reason: %q, %v", letter.Text, err)
	}
}

// Where no money moves, every letter says so first.
func TestSandboxIsSaid(t *testing.T) {
	t.Parallel()
	s := newSender(t, func(o *Options) { o.Sandbox = true })
	for _, language := range []string{"en", "zh"} {
		for _, kind := range kinds {
			letter, err := s.Write(dueMail(kind, language))
			if err != nil || !strings.HasPrefix(letter.Text, "*** ") || !strings.Contains(letter.HTML, "2px dashed") {
				t.Errorf("%s in %s: %v\n%s", kind, language, err, letter.Text)
			}
		}
	}
}

func TestLettersThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := newSender(t, nil)
	ended := dueMail(store.MailHeld, "en")
	ended.HoldExpiresAt = nil
	for _, m := range []store.DueMail{dueMail("poem", "en"), dueMail("", "en"), ended} {
		if letter, err := s.Write(m); err == nil {
			t.Errorf("%q: %+v", m.Kind, letter)
		}
	}
}
