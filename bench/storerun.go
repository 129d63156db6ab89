package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
	"doorbuster/bench/load"
)

// buyer is a function that a closed or open loop calls in this process, with the first fault it met.
type buyer struct {
	buy   func(ctx context.Context, user uint64) (load.Class, error)
	first uint64

	mu    sync.Mutex
	fault error
}

// call is one purchase; n counts from 0.
func (y *buyer) call(ctx context.Context, n int) load.Class {
	class, err := y.buy(ctx, y.first+uint64(n))
	if err != nil {
		y.mu.Lock()
		defer y.mu.Unlock()
		if y.fault == nil {
			y.fault = err
		}
		return design.Failed
	}
	return class
}

func (y *buyer) said() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.fault == nil {
		return ""
	}
	return "first fault: " + y.fault.Error()
}

// settingsText is how settings stand in tables.
func settingsText(d design.Design, s design.Settings) string {
	text := ""
	if s.Pool > 0 && !strings.HasPrefix(d.ID, "bare") {
		text = fmt.Sprintf("pool %d", s.Pool)
	}
	if s.Shards > 0 {
		text += fmt.Sprintf(" shards %d", s.Shards)
	}
	if s.SoldOutFlag {
		text += " flag"
	}
	return join(text)
}

// unitsFor is what a run cannot sell out. A row per unit takes time to make, so there are no more of those than a run can need.
func unitsFor(id string, run time.Duration) int {
	if id == "unit_rows" {
		return max(1000, int(mostUnitRows*run.Seconds()))
	}
	return plenty
}

// storeRun measures one design in this process, with storeClients who buy as fast as they are answered, and audits it.
func (b *bench) storeRun(ctx context.Context, id string, s design.Settings, run, warm time.Duration) (sample figures.Sample, err error) {
	d, known := design.ByID(id)
	if !known {
		return sample, fmt.Errorf("there is no design %q", id)
	}
	if s.Units == 0 {
		s.Units = unitsFor(id, run+warm)
	}
	sample.Settings = settingsText(d, s)
	sells, err := d.Open(ctx, b.env, s)
	if err != nil {
		return sample, err
	}
	defer func() { err = errors.Join(err, sells.Close()) }()
	y := &buyer{buy: sells.Buy, first: 1}
	if warm > 0 {
		y.first += uint64(load.Closed(ctx, storeClients, load.Stop{After: warm}, y.call).Total())
	}
	runtime.GC() // every run begins with the same heap
	m, err := b.meter(ctx, nil)
	if err != nil {
		return sample, err
	}
	r := load.Closed(ctx, storeClients, load.Stop{After: run}, y.call)
	sample.Values = map[string]float64{
		rate: r.Rate(design.Placed), clients: storeClients, "busy": float64(r.Counts[design.Busy]), "unknown": float64(r.Counts[design.Unknown]),
	}
	latencies(r, "", sample.Values, design.Placed)
	if err := m.read(ctx, r, r.Counts[design.Placed], sample.Values); err != nil {
		return sample, err
	}
	sample.Audit = join(surprises(r.Counts, design.Placed, design.Busy, design.Unknown), y.said())
	if err := sells.Drain(ctx); err != nil {
		return sample, err
	}
	broken, err := sells.Audit(ctx)
	sample.Audit = join(append([]string{sample.Audit}, broken...)...)
	return sample, err
}

// refusalRun measures how fast a design says no: everything is sold beforehand, and everybody who asks is new.
func (b *bench) refusalRun(ctx context.Context, id string, flag bool) (sample figures.Sample, err error) {
	d, _ := design.ByID(id)
	s := b.best[id]
	s.Units, s.SoldOutFlag = fewUnits, flag
	sample.Settings = settingsText(d, s)
	sells, err := d.Open(ctx, b.env, s)
	if err != nil {
		return sample, err
	}
	defer func() { err = errors.Join(err, sells.Close()) }()
	y := &buyer{buy: sells.Buy, first: 1}
	load.Closed(ctx, storeClients, load.Stop{Calls: 20 * fewUnits}, y.call)
	y.first = freshFrom
	m, err := b.meter(ctx, nil)
	if err != nil {
		return sample, err
	}
	r := load.Closed(ctx, storeClients, load.Stop{After: b.sizes.run}, y.call)
	sample.Values = map[string]float64{rate: r.Rate(design.SoldOut)}
	latencies(r, "", sample.Values, design.SoldOut)
	if err := m.read(ctx, r, 0, sample.Values); err != nil {
		return sample, err
	}
	sample.Audit = join(surprises(r.Counts, design.SoldOut, design.Busy), y.said())
	if err := sells.Drain(ctx); err != nil {
		return sample, err
	}
	n, err := sells.Orders(ctx)
	if err == nil && n != fewUnits {
		sample.Audit = join(sample.Audit, fmt.Sprintf("%d orders of %d units", n, fewUnits))
	}
	broken, auditErr := sells.Audit(ctx)
	sample.Audit = join(append([]string{sample.Audit}, broken...)...)
	return sample, errors.Join(err, auditErr)
}
