package store_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// childVariable, when set, makes the test binary one shop of TestSeveralProcesses. It holds a childPlan.
const childVariable = "DOORBUSTER_STORE_TEST_CHILD"

// childPlan tells a shop in a process of its own what to do once a line comes on its standard input.
type childPlan struct {
	WebDSN    string           `json:"web_dsn"`
	Purchases []store.Purchase `json:"purchases"`
}

// childAnswer is what a shopper was told in a child.
type childAnswer struct {
	Key     uuid.UUID     `json:"key"`
	Outcome store.Outcome `json:"outcome"`
	OrderID uuid.UUID     `json:"order"`
	Err     string        `json:"err"`
}

// runChild is one shop: all purchases at once, each until it has a sure answer. It writes its answers to standard output.
func runChild(text string) int {
	var plan childPlan
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	s, err := store.Open(ctx, store.Config{WebDSN: plan.WebDSN, PurchaseConns: 4, PagesConns: 2})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return 1
	}
	answers := make([]childAnswer, len(plan.Purchases))
	var wg sync.WaitGroup
	for i, p := range plan.Purchases {
		wg.Go(func() { answers[i] = askInChild(ctx, s, p) })
	}
	wg.Wait()
	if err := s.Close(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		return 1
	}
	return 0
}

func askInChild(ctx context.Context, s *store.Store, p store.Purchase) childAnswer {
	for ctx.Err() == nil {
		got, err := s.PlaceOrder(ctx, p)
		if err != nil {
			return childAnswer{Key: p.OrderID, Err: err.Error()}
		}
		if got.Outcome != store.Busy && got.Outcome != store.Unknown && got.Outcome != store.TooLate {
			return childAnswer{Key: p.OrderID, Outcome: got.Outcome, OrderID: got.OrderID}
		}
	}
	return childAnswer{Key: p.OrderID, Err: ctx.Err().Error()}
}

// child is a shop that runs.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
}

func startChild(t *testing.T, plan childPlan) *child {
	t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.CommandContext(t.Context(), os.Args[0])}
	c.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	c.cmd.Stderr = &c.stderr
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdout = bufio.NewReader(stdout)
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := c.stdout.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("a shop does not start: %q, %v", line, err)
	}
	return c
}

// answers waits until the shop has closed.
func (c *child) answers(t *testing.T) []childAnswer {
	t.Helper()
	var answers []childAnswer
	if err := json.NewDecoder(c.stdout).Decode(&answers); err != nil {
		t.Errorf("answers of a shop: %v", err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("a shop failed: %v\n%s", err, &c.stderr)
	}
	return answers
}

// Three shops in processes of their own sell one item to the same shoppers: with one key in all shops, and with a key of each shop.
func TestSeveralProcesses(t *testing.T) {
	t.Parallel()
	const units, shoppers, shops = 40, 60, 3
	d := storetest.New(t)
	_, ids := storetest.Sale(t, d.Open(t), store.NewItem{Units: units, Shards: 1}, store.NewItem{Units: units, Shards: 3})
	j := newJournal()
	plans := make([]childPlan, shops)
	for _, item := range ids {
		for user := range uint64(shoppers) {
			same := purchase(t, item, user+1, 1)
			for i := range plans {
				own := purchase(t, item, user+1, 1)
				plans[i].WebDSN = d.DSN("doorbuster_web")
				plans[i].Purchases = append(plans[i].Purchases, same, own)
				j.ask(same)
				j.ask(own)
			}
		}
	}
	var children []*child
	for _, plan := range plans {
		children = append(children, startChild(t, plan))
	}
	for _, c := range children { // all at once
		if _, err := io.WriteString(c.stdin, "go\n"); err != nil {
			t.Error(err)
		}
	}
	for _, c := range children {
		for _, a := range c.answers(t) {
			if a.Err != "" {
				t.Errorf("%s: %s", a.Key, a.Err)
				continue
			}
			j.hear(j.asked[a.Key], store.Placement{Outcome: a.Outcome, OrderID: a.OrderID})
		}
	}
	for _, item := range ids {
		if b := j.compare(t, d, item); b.active != units || b.available != 0 {
			t.Errorf("item %d: %d of %d units sold, %d left", item, b.active, units, b.available)
		}
	}
	if counts := j.counts(); counts[store.Placed] != units*len(ids) || counts[store.SoldOut] == 0 {
		t.Errorf("answers: %v", counts)
	}
	d.MustAudit(t)
}
