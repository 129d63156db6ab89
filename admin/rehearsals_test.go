package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// stageOfTest is a Rehearser whose play a test directs: it plays until it is told how it ends, or until its context ends.
type stageOfTest struct {
	began chan Play
	ends  chan error // nil: it comes to its end
	mu    sync.Mutex
	tell  func(string, int, int)
}

func newStage() *stageOfTest {
	return &stageOfTest{began: make(chan Play, 1), ends: make(chan error)}
}

func (s *stageOfTest) Rehearse(ctx context.Context, play Play, tell func(string, int, int)) (RehearsalReport, error) {
	s.mu.Lock()
	s.tell = tell
	s.mu.Unlock()
	s.began <- play
	select {
	case err := <-s.ends:
		return RehearsalReport{Verdict: "clean", Units: 5, Accepted: 5, Refused: map[string]int{"sold_out": 7}, Picture: `<svg xmlns="http://www.w3.org/2000/svg"><text>rush</text></svg>`}, err
	case <-ctx.Done():
		return RehearsalReport{}, ctx.Err()
	}
}

func (s *stageOfTest) says(phase string, done, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(phase, done, total)
}

// begin presses the button and returns the path of the rehearsal's page.
func (c *console) begin(b *browser, sale, item uint64) string {
	c.t.Helper()
	a := b.form(fmt.Sprintf("/en/sales/%d/rehearsals", sale), fmt.Sprintf("item=%d&shoppers=40&seconds=3", item))
	if to := a.header.Get("Location"); a.status == http.StatusSeeOther && strings.HasPrefix(to, "/en/rehearsals/") {
		return to
	}
	c.t.Fatalf("it was not begun: %d to %q\n%s", a.status, a.header.Get("Location"), a.body)
	return ""
}

func TestRehearsalPlaysACopy(t *testing.T) {
	stage := newStage()
	c := newConsole(t, func(cfg *Config) { cfg.Rehearser = stage })
	list := int64(4999)
	sale, items := storetest.Sale(t, c.store,
		store.NewItem{SKU: "a", Units: 3, Title: "Lamp"}, store.NewItem{SKU: "b", Units: 9, Title: "Kettle", PriceCents: 1999, ListPriceCents: &list, LimitPerUser: 2, HoldMinutes: 7})
	before := c.checksums("sales, items, orders, stock_shards, stock_moves, outbox, users, mails")
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := c.begin(b, sale, items[1])
	play := <-stage.began
	if play.Wanted != 1 || play.Shoppers != 40 || play.Arrive.Seconds() != 3 || len(play.Items) != 2 {
		t.Fatalf("it plays %+v", play)
	}
	kettle := play.Items[1]
	if kettle.Title != "Kettle" || kettle.Units != 9 || kettle.PriceCents != 1999 || *kettle.ListPriceCents != 4999 || kettle.LimitPerUser != 2 || kettle.HoldMinutes != 7 {
		t.Errorf("the copy is %+v", kettle)
	}
	if !play.Sale.TakesPayment || play.Sale.Title == "" {
		t.Errorf("the copy of the sale is %+v", play.Sale)
	}

	stage.says("sign_in", 12, 40)
	c.eventually("the page says how far it is", func() bool { return strings.Contains(b.get(path).body, "12 of 40") })
	if again := b.form(fmt.Sprintf("/en/sales/%d/rehearsals", sale), fmt.Sprintf("item=%d&shoppers=1&seconds=1", items[0])); !strings.HasSuffix(again.header.Get("Location"), "told=rehearsing") {
		t.Errorf("a second one runs beside it: %q", again.header.Get("Location"))
	}
	stage.ends <- nil
	c.eventually("it is done", func() bool { return strings.Contains(b.get(path).body, `data-verdict="clean"`) })
	if page := b.get(path); !strings.Contains(page.body, "Refused: sold out") || !strings.Contains(page.body, "/picture") {
		t.Errorf("the report is not shown: %s", page.body)
	}
	picture := b.get(strings.TrimPrefix(path, "/en") + "/picture")
	if picture.header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(picture.header.Get("Content-Security-Policy"), "sandbox") || !strings.Contains(picture.body, "rush") {
		t.Errorf("the picture is %d %v %q", picture.status, picture.header, picture.body)
	}
	if after := c.checksums("sales, items, orders, stock_shards, stock_moves, outbox, users, mails"); after != before {
		t.Errorf("the real shop was touched:\n%s\n%s", before, after)
	}
	if gone := b.form(path+"/delete", ""); !strings.HasSuffix(gone.header.Get("Location"), fmt.Sprintf("/sales/%d/rehearsals?told=deleted", sale)) {
		t.Errorf("deleted: %d %q", gone.status, gone.header.Get("Location"))
	}
	if a := b.get(path); a.status != http.StatusNotFound {
		t.Errorf("what was deleted is answered with %d", a.status)
	}
}

func TestRehearsalIsStopped(t *testing.T) {
	stage := newStage()
	c := newConsole(t, func(cfg *Config) { cfg.Rehearser = stage })
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 3})
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := c.begin(b, sale, items[0])
	<-stage.began
	if a := b.form(path+"/delete", ""); !strings.HasSuffix(a.header.Get("Location"), "told=rehearsing") {
		t.Errorf("one that runs is deleted: %q", a.header.Get("Location"))
	}
	if a := b.form(path+"/stop", ""); !strings.HasSuffix(a.header.Get("Location"), "told=stop") {
		t.Errorf("stop: %d %q", a.status, a.header.Get("Location"))
	}
	c.eventually("it has stopped", func() bool { return strings.Contains(b.get(path).body, `data-state="stopped"`) })
	if a := b.form(path+"/stop", ""); !strings.HasSuffix(a.header.Get("Location"), "told=over") {
		t.Errorf("stop after the end: %q", a.header.Get("Location"))
	}
}

func TestRehearsalFails(t *testing.T) {
	for err, want := range map[error]string{
		fmt.Errorf("%w: connection refused", ErrRehearsalAway): "rehearsal_away", ErrSameServer: "same_server", errors.New("Access denied for user 'secret'"): "failed",
	} {
		stage := newStage()
		c := newConsole(t, func(cfg *Config) { cfg.Rehearser = stage })
		sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 3})
		b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
		path := c.begin(b, sale, items[0])
		<-stage.began
		stage.ends <- err
		c.eventually("it has failed", func() bool { return strings.Contains(b.get(path).body, `data-state="failed"`) })
		if got := c.text("SELECT trouble FROM rehearsals"); got != want {
			t.Errorf("%v is kept as %q, not %q", err, got, want)
		}
		if strings.Contains(b.get(path).body, "secret") {
			t.Error("the page quotes the error")
		}
	}
}

// A console that stops takes its rehearsal along and writes down that it was stopped.
func TestRehearsalEndsWithTheConsole(t *testing.T) {
	stage := newStage()
	db := storetest.New(t)
	var path string
	t.Run("a console", func(t *testing.T) {
		c := newConsoleOn(t, db, func(cfg *Config) { cfg.Rehearser = stage })
		sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 3})
		path = c.begin(c.session(c.member("ann", store.RoleMerchant, 1), signedIn), sale, items[0])
		<-stage.began
	})
	c := newConsoleOn(t, db)
	if got := c.text("SELECT state FROM rehearsals"); got != "stopped" {
		t.Errorf("the rehearsal %s is %q after its console has stopped", path, got)
	}
}

func TestRehearsalForm(t *testing.T) {
	stage := newStage()
	c := newConsole(t, func(cfg *Config) { cfg.Rehearser = stage })
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 3})
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := fmt.Sprintf("/en/sales/%d/rehearsals", sale)
	for form, wants := range map[string][]string{
		"item=&shoppers=20001&seconds=121":                          {`href="#item"`, `href="#shoppers"`, `href="#seconds"`, `value="20001"`},
		fmt.Sprintf("item=%d&shoppers=0&seconds=5", items[0]):       {`href="#shoppers"`},
		fmt.Sprintf("item=%d&shoppers=many&seconds=-1", items[0]):   {`href="#shoppers"`, `href="#seconds"`, `value="many"`},
		fmt.Sprintf("item=%d&shoppers=5&seconds=1.5", items[0]):     {`href="#seconds"`},
		fmt.Sprintf("item=%d&shoppers=5&seconds=1&x=1", items[0]):   {`data-outcome="bad_request"`},
		fmt.Sprintf("item=%d&shoppers=5&shoppers=6&seconds=1", 987): {`data-outcome="bad_request"`},
	} {
		a := b.form(path, form)
		if a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", form, a.status)
		}
		for _, want := range wants {
			if !strings.Contains(a.body, want) {
				t.Errorf("%s: no %s in the answer", form, want)
			}
		}
	}
	if a := b.form(path, "item=987654&shoppers=5&seconds=1"); !strings.HasSuffix(a.header.Get("Location"), "told=no_such_item") {
		t.Errorf("an item that is none: %d %q", a.status, a.header.Get("Location"))
	}
	if n := c.count("SELECT COUNT(*) FROM rehearsals"); n != 0 {
		t.Errorf("%d rehearsals were begun by bad forms", n)
	}
}

func TestNobodyRehearses(t *testing.T) {
	c := newConsole(t)
	sale, items := storetest.Sale(t, c.store, store.NewItem{Units: 3})
	b := c.session(c.member("ann", store.RoleMerchant, 1), signedIn)
	path := fmt.Sprintf("/en/sales/%d/rehearsals", sale)
	if a := b.get(path); !strings.Contains(a.body, `data-hint="no_rehearser"`) || strings.Contains(a.body, `name="shoppers"`) {
		t.Errorf("a form that leads nowhere: %s", a.body)
	}
	if a := b.form(path, fmt.Sprintf("item=%d&shoppers=5&seconds=1", items[0])); !strings.HasSuffix(a.header.Get("Location"), "told=no_rehearser") {
		t.Errorf("%d %q", a.status, a.header.Get("Location"))
	}
	if n := c.count("SELECT COUNT(*) FROM rehearsals"); n != 0 {
		t.Error("one was begun that nobody plays")
	}
}
