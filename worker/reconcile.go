package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"doorbuster/store"
)

const (
	mostAlike    = 20   // findings of one invariant and item that are told one by one; more of them are one
	mostFindings = 1000 // findings that one run writes down
)

// reconciler looks at items and has what it found twice written down. Only its runner uses it.
type reconciler struct {
	cfg            Config
	onSale, behind uint64 // where the next run goes on: among the items that are on sale, among all
}

// reconcile runs the invariants of sql/audit.sql over some items: those that are on sale, and some of all others, going round. What it finds it looks at again,
// in another snapshot, before it says so. An answer that was lost needs no care: a finding that stands is written down once.
func reconcile(cfg Config) func(context.Context, uint64) (int, error) {
	r := &reconciler{cfg: cfg}
	return r.run
}

func (r *reconciler) run(ctx context.Context, fence uint64) (did int, err error) {
	ranges, next, err := r.choose(ctx)
	if err != nil || len(ranges) == 0 {
		return 0, err
	}
	var result store.Reconciliation
	var failed error
	for _, items := range ranges {
		if failed = r.look(ctx, items, &result); ctx.Err() != nil { // the read may have been cut: this worker has to stop
			return 0, nil
		}
		if failed != nil {
			break
		}
		result.Looked = append(result.Looked, items)
	}
	if len(result.Looked) > 0 {
		if len(result.Broken) > mostFindings { // what is left out is not gone
			result.Broken, result.Looked = result.Broken[:mostFindings], nil
		}
		if did, err = r.record(ctx, fence, result); err != nil {
			return did, err
		}
	}
	r.onSale, r.behind = next.onSale, next.behind // also after a failure: what cannot be looked at must not keep it from the rest
	return did, failed
}

// choose returns what to look at, and where to go on afterwards.
func (r *reconciler) choose(ctx context.Context) (ranges []store.ItemRange, next reconciler, err error) {
	all, err := r.cfg.Store.ItemsToLookAt(ctx, false, r.behind, r.cfg.ReconcileItems)
	if err != nil {
		return nil, next, err
	}
	// Between and behind the numbers of items there may be orders of items that were deleted.
	round := store.ItemRange{First: r.behind + 1, Last: math.MaxInt64}
	all, cut := r.within(all)
	if cut {
		next.behind = all[len(all)-1].ID
		round.Last = next.behind
	}
	sold, err := r.cfg.Store.ItemsToLookAt(ctx, true, r.onSale, r.cfg.ReconcileItems)
	if err != nil {
		return nil, next, err
	}
	sold, cut = r.within(sold)
	if cut {
		next.onSale = sold[len(sold)-1].ID
	}
	for _, item := range sold {
		last := len(ranges) - 1
		switch {
		case item.ID >= round.First && item.ID <= round.Last:
		case last >= 0 && ranges[last].Last+1 == item.ID:
			ranges[last].Last = item.ID
		default:
			ranges = append(ranges, store.ItemRange{First: item.ID, Last: item.ID})
		}
	}
	return append(ranges, round), next, nil
}

// within cuts off what is more than one run should read, and says whether there may be more.
func (r *reconciler) within(items []store.ItemToLookAt) (kept []store.ItemToLookAt, cut bool) {
	units := 0
	for i, item := range items {
		if units += item.Units; i > 0 && units > r.cfg.ReconcileUnits {
			return items[:i], true
		}
	}
	return items, len(items) == r.cfg.ReconcileItems
}

// look adds to the result what is in a range. What is found is looked for again: what is not there in a second snapshot was no finding.
func (r *reconciler) look(ctx context.Context, items store.ItemRange, result *store.Reconciliation) error {
	var first, again groups
	look, err := r.cfg.Store.LookAtItems(ctx, items.First, items.Last, first.add)
	switch {
	case errors.Is(err, store.ErrNotThere): // its sale was discarded meanwhile
		return nil
	case err != nil:
		return err
	}
	if len(first.all) > 0 {
		if _, err = r.cfg.Store.LookAtItems(ctx, items.First, items.Last, again.add); err != nil {
			return err
		}
	}
	if result.ReadAt.IsZero() {
		result.ReadAt = look.ReadAt
	}
	result.Items += look.Items
	result.Orders += look.Orders
	result.LedgerLines += look.LedgerLines
	result.Allotted += look.Allotted
	result.Available += look.Available
	result.Held += look.Held
	result.Sold += look.Sold
	result.Broken = append(result.Broken, again.confirmed(&first)...)
	slices.SortStableFunc(result.Broken, func(a, b store.BrokenInvariant) int { // what endangers the promise first
		return cmp.Compare(number(b.Endangers), number(a.Endangers))
	})
	return nil
}

func (r *reconciler) record(ctx context.Context, fence uint64, result store.Reconciliation) (did int, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	rec, err := r.cfg.Store.RecordReconciliation(ctx, fence, result)
	switch {
	case err != nil:
		return 0, err
	case rec.Outcome == store.Fenced:
		return 0, errOvertaken
	case rec.Outcome != store.Nothing && rec.Outcome != store.Found:
		return 0, fmt.Errorf("worker: record_reconciliation answered %q", rec.Outcome)
	}
	if r.cfg.standing != nil {
		r.cfg.standing.Set(float64(rec.Standing))
	}
	for _, f := range rec.Findings {
		r.cfg.Log.Error("an invariant is broken", "job", "reconcile", "finding", *f.ID, "invariant", *f.Invariant, "item", *f.ItemID, "subject", *f.Subject,
			"expected", *f.Expected, "found", *f.Found, "paused", *f.Paused, "repair", *f.Repair)
	}
	if rec.Gone > 0 {
		r.cfg.Log.Info("what was broken is so no more", "job", "reconcile", "number", rec.Gone, "standing", rec.Standing)
	}
	return rec.Fresh + rec.Gone, nil
}

// groups gathers findings by invariant and item, as many as are told one by one.
type groups struct{ all map[kindOfFinding]*group }

type kindOfFinding struct {
	invariant string
	item      uint64
}

type group struct {
	findings []store.BrokenInvariant
	more     int
}

// add takes one row of the audit. What belongs to no item is found in the whole shop only, so there is none.
func (g *groups) add(b store.BrokenInvariant) {
	if b.ItemID == nil {
		return
	}
	key := kindOfFinding{b.Invariant, *b.ItemID}
	if g.all == nil {
		g.all = map[kindOfFinding]*group{}
	}
	if g.all[key] == nil {
		g.all[key] = &group{}
	}
	of := g.all[key]
	switch {
	case slices.ContainsFunc(of.findings, func(k store.BrokenInvariant) bool { return k.Subject == b.Subject }):
	case len(of.findings) == mostAlike:
		of.more++
	default:
		of.findings = append(of.findings, b)
	}
}

// told is what is written down of a group: each finding, or one that says how many there are.
func (g *group) told() []store.BrokenInvariant {
	if g.more == 0 {
		return g.findings
	}
	one := g.findings[0]
	one.Subject, one.Found = "many", fmt.Sprintf("%s, and %d more like it", one.Found, len(g.findings)-1+g.more)
	return []store.BrokenInvariant{one}
}

// confirmed returns what was found this time and before, in a fixed order.
func (g *groups) confirmed(before *groups) (both []store.BrokenInvariant) {
	for key, now := range g.all {
		was := before.all[key]
		if was == nil {
			continue
		}
		for _, b := range now.told() {
			if slices.ContainsFunc(was.told(), func(k store.BrokenInvariant) bool { return k.Subject == b.Subject }) {
				both = append(both, b)
			}
		}
	}
	slices.SortFunc(both, func(a, b store.BrokenInvariant) int {
		return cmp.Or(cmp.Compare(*a.ItemID, *b.ItemID), strings.Compare(a.Invariant, b.Invariant), strings.Compare(a.Subject, b.Subject))
	})
	return both
}
