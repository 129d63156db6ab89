package design_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"doorbuster/bench/design"
)

// await returns when ok is true. Everything it is used for must happen, so it has no time of its own.
func await(t *testing.T, ok func() bool) {
	t.Helper()
	for !ok() {
		if t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
		runtime.Gosched()
	}
}

// What arrives while a batch is in flight is the next one, at most one ask of a shopper, and the queue has an end.
func TestCombiner(t *testing.T) {
	batches, goOn := make(chan []uint64), make(chan error)
	buy, waiting, stop := design.NewCombiner(func(users []uint64) error {
		batches <- users
		return <-goOn
	})
	var wg sync.WaitGroup
	press := func(user uint64, want string) {
		wg.Go(func() {
			if got, err := buy(t.Context(), user); got != want || err != nil {
				t.Errorf("shopper %d: %s, %v; want %s", user, got, err, want)
			}
		})
	}
	press(9, design.Placed)
	if got := <-batches; !slices.Equal(got, []uint64{9}) {
		t.Fatalf("first batch %v", got)
	}
	for i, user := range []uint64{1, 1, 2} {
		press(user, design.Placed)
		await(t, func() bool { return waiting() == i+1 })
	}
	goOn <- nil
	for i, want := range [][]uint64{{1, 2}, {1}} {
		if got := <-batches; !slices.Equal(got, want) {
			t.Fatalf("batch %d after the first: %v, want %v", i+1, got, want)
		}
		if i == 0 {
			goOn <- nil
		}
	}
	for user := range uint64(design.QueueSize) {
		if user < design.QueueSize-1 { // all but one gave up, which frees no place
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			if got, err := buy(gone, user); got != design.Unknown || err != nil {
				t.Fatalf("a shopper who left: %s, %v", got, err)
			}
			continue
		}
		press(user, design.Placed)
	}
	await(t, func() bool { return waiting() == design.QueueSize })
	if got, err := buy(t.Context(), 1); got != design.Busy || err != nil {
		t.Errorf("with a full queue: %s, %v", got, err)
	}
	goOn <- nil
	for range design.QueueSize / 256 {
		if got := <-batches; len(got) != 256 {
			t.Fatalf("a batch of %d from a full queue", len(got))
		}
		goOn <- nil
	}
	wg.Wait()
	stop()
	if got, err := buy(t.Context(), 1); got != design.Busy || err != nil {
		t.Errorf("after the end: %s, %v", got, err)
	}
}

// A fault is told to the whole batch.
func TestCombinerFault(t *testing.T) {
	fault := errors.New("broken")
	buy, _, stop := design.NewCombiner(func([]uint64) error { return fault })
	defer stop()
	if _, err := buy(t.Context(), 1); !errors.Is(err, fault) {
		t.Errorf("%v, want %v", err, fault)
	}
}

// A unit that another buyer has locked may come back: nobody is told "sold out" because of it.
func TestUnitRowsWaitForTheLastUnit(t *testing.T) {
	r := open(t, "unit_rows", design.Settings{Units: 1})
	tx, err := design.DB(r).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var unit int
	if err := tx.QueryRowContext(t.Context(), "SELECT unit FROM units FOR UPDATE").Scan(&unit); err != nil {
		t.Fatal(err)
	}
	answer := make(chan string, 1)
	go func() {
		class, err := r.Buy(t.Context(), 1)
		if err != nil {
			t.Error(err)
		}
		answer <- class
	}()
	await(t, func() bool {
		var kind, name, text string // information_schema has this too, but shows the same as before to one who asks often
		err := design.DB(r).QueryRowContext(t.Context(), "SHOW ENGINE INNODB STATUS").Scan(&kind, &name, &text)
		return err != nil || strings.Contains(text, "LOCK WAIT") || len(answer) > 0
	})
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	if class := <-answer; class != design.Placed {
		t.Errorf("the last unit came back, and its buyer was told %s", class)
	}
	settled(t, r, 1)
}
