package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"doorbuster/bench/figures"
	"doorbuster/bench/front"
	"doorbuster/bench/load"
	"doorbuster/store"
)

// shapesStage shows what a sale looks like: a burst, a restock after a million refusals, presses that are repeated.
func shapesStage() stage {
	return stage{
		id: "shapes", what: "shapes of a sale over HTTP", mostRounds: 3,
		columns: []string{"last_placed_ms", "all_answered_ms", "refusals", "refusals_per_s", "first_sale_ms", "last_sale_ms", "placed_per_s", "repeated_per_s"},
		systems: []system{{name: "burst", run: burst}, {name: "restock", run: restock}, {name: "replays", run: replays}},
		ratios: []ratio{
			asItIs("S3", "10,000 shoppers for 100 units: until the last of the 100 has the answer", "ms", "burst", "last_placed_ms"),
			asItIs("S3b", "10,000 shoppers for 100 units: until all have an answer", "ms", "burst", "all_answered_ms"),
			asItIs("S4", "restock of 50 after the refusals: until the first is sold", "ms", "restock", "first_sale_ms"),
			asItIs("S4b", "restock of 50 after the refusals: until all are sold", "ms", "restock", "last_sale_ms"),
			asItIs("S4c", "refusals before the restock", "/s", "restock", "refusals_per_s"),
			asItIs("S5", "answers when three of ten presses repeat an earlier one", "/s", "replays", rate),
		},
	}
}

// watch notes when the first and the last order was placed.
type watch struct {
	began       time.Time
	first, last atomic.Int64 // nanoseconds since began
}

func newWatch() *watch {
	w := &watch{began: time.Now()}
	w.first.Store(math.MaxInt64)
	return w
}

func (w *watch) class(status int, body []byte) load.Class {
	class := front.Class(status, body)
	if class == "placed" {
		now := int64(time.Since(w.began))
		lower(&w.first, now)
		for old := w.last.Load(); now > old && !w.last.CompareAndSwap(old, now); old = w.last.Load() {
			continue
		}
	}
	return class
}

func lower(v *atomic.Int64, now int64) {
	for old := v.Load(); now < old && !v.CompareAndSwap(old, now); old = v.Load() {
		continue
	}
}

func ms(ns int64) float64 { return float64(ns) / float64(time.Millisecond) }

// exactly says what is wrong when another number was sold; what else can be wrong the audit says.
func exactly(want, got int) string {
	if want == got {
		return ""
	}
	return fmt.Sprintf("%d were sold, not exactly %d", got, want)
}

// burst sends everybody at once.
func burst(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
	o := siteOptions{conns: burstConns}
	o.shop.UnitsEach = burstUnits
	sample, _, err := b.visit(ctx, o, func(s *site) (figures.Sample, error) {
		requests, err := front.Crowd{Keys: s.keys, Items: s.items}.Prepare(front.Order, b.sizes.burst)
		if err != nil {
			return figures.Sample{}, err
		}
		w := newWatch()
		r := load.ClosedHTTP(ctx, s.conns, load.Stop{Calls: b.sizes.burst}, requests.At, w.class)
		s.note(press{good: "placed", may: []load.Class{"sold_out"}}, r)
		values := map[string]float64{"last_placed_ms": ms(w.last.Load()), "all_answered_ms": ms(int64(r.Wall))}
		return figures.Sample{Values: values, Audit: exactly(burstUnits, s.placed)}, nil
	})
	return sample, err
}

// restock sells out, refuses a crowd that presses four times each, and puts units back while it still presses.
func restock(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
	o := siteOptions{}
	o.shop.UnitsEach = fewUnits
	sample, _, err := b.visit(ctx, o, func(s *site) (sample figures.Sample, err error) {
		if err := s.sellOut(ctx); err != nil {
			return sample, err
		}
		staff, err := store.Open(ctx, store.Config{AdminDSN: s.shop.AdminDSN, Log: discard})
		if err != nil {
			return sample, err
		}
		defer func() { err = errors.Join(err, staff.Close(context.WithoutCancel(ctx))) }()
		requests, err := front.Crowd{Keys: s.keys, Items: s.items, First: freshFrom}.Prepare(front.Order, b.sizes.refusals/4)
		if err != nil {
			return sample, err
		}
		refused := load.ClosedHTTP(ctx, s.conns, load.Stop{Calls: b.sizes.refusals}, requests.At, front.Class)
		s.note(press{good: "sold_out"}, refused)
		w, added, err := s.addWhilePressed(ctx, staff, requests)
		if err != nil {
			return sample, err
		}
		sample.Values = map[string]float64{"refusals": float64(refused.Total()), "refusals_per_s": refused.Rate("sold_out")}
		latencies(refused, "refused_", sample.Values, "sold_out")
		if s.placed == fewUnits+restockUnits {
			sample.Values["first_sale_ms"], sample.Values["last_sale_ms"] = ms(w.first.Load()-added), ms(w.last.Load()-added)
		}
		sample.Audit = exactly(fewUnits+restockUnits, s.placed)
		return sample, nil
	})
	return sample, err
}

// addWhilePressed gives units back while the crowd presses, and goes on until they are sold, at most restockTime. added is when they were
// asked for, in nanoseconds on the watch.
func (s *site) addWhilePressed(ctx context.Context, staff *store.Store, requests *front.Requests) (w *watch, added int64, err error) {
	const (
		before      = 200 * time.Millisecond // of pressing
		restockTime = 10 * time.Second
	)
	w = newWatch()
	pressing, enough := context.WithCancel(ctx)
	defer enough()
	done := make(chan error, 1)
	timer := time.NewTimer(before)
	defer timer.Stop()
	go func() {
		select {
		case <-timer.C:
		case <-pressing.Done():
		}
		added = int64(time.Since(w.began))
		change, err := staff.AddUnits(ctx, store.Operator("benchmark"), s.items[0], restockUnits, "restock")
		if err == nil && change.Outcome != store.Added {
			err = fmt.Errorf("adding units: %s", change.Outcome)
		}
		done <- err
	}()
	var all load.Result
	for sold := 0; sold < restockUnits && time.Since(w.began) < restockTime && ctx.Err() == nil; {
		all = load.ClosedHTTP(ctx, s.conns, load.Stop{After: before}, requests.At, w.class)
		s.note(press{good: "placed", may: []load.Class{"sold_out", "exists"}}, all)
		sold += all.Counts["placed"]
	}
	enough()
	return w, added, <-done
}

// replays repeats three of ten presses with the same pass, soon after the first time. Afterwards each press is repeated once more and must
// name the same order.
func replays(ctx context.Context, b *bench, _ *shared, _ int) (figures.Sample, error) {
	sample, _, err := b.visit(ctx, siteOptions{}, func(s *site) (figures.Sample, error) {
		h, err := s.measure(ctx, press{kind: front.Order, good: "placed", may: []load.Class{"exists"}, at: repeated})
		if err != nil {
			return figures.Sample{}, err
		}
		h.values[rate] = h.run.Rate("placed", "exists")
		h.values["placed_per_s"], h.values["repeated_per_s"] = h.run.Rate("placed"), h.run.Rate("exists")
		latencies(h.run, "exists_", h.values, "exists")
		wrong, err := s.sameOrder(200)
		return figures.Sample{Values: h.values, Audit: wrong}, err
	})
	return sample, err
}

// repeated is the shopper of press n: seven of ten are new, three press again what was pressed within the last few hundred.
func repeated(n int) int {
	ten, i := n/10, n%10
	if i < 7 {
		return ten*7 + i
	}
	return max(0, ten*7+i-7-(i-6)*97)
}

// sameOrder lets new shoppers press twice with the same pass.
func (s *site) sameOrder(shoppers int) (wrong string, err error) {
	requests, err := front.Crowd{Keys: s.keys, Items: s.items, First: freshFrom}.Prepare(front.Order, shoppers)
	if err != nil {
		return "", err
	}
	for n := range shoppers {
		var ids [2]string
		for i, want := range []load.Class{"placed", "exists"} {
			status, body, err := s.conns[0].Do(requests.At(n))
			if err != nil {
				return "", err
			}
			if class := front.Class(status, body); class != want {
				return fmt.Sprintf("press %d of the same pass was answered %q", i+1, class), nil
			}
			id, _ := front.OrderOf(body)
			ids[i] = id.String()
		}
		s.placed++
		if ids[0] != ids[1] {
			return fmt.Sprintf("the same pass names order %s, before %s", ids[1], ids[0]), nil
		}
	}
	return "", nil
}
