package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"doorbuster/bench/design"
	"doorbuster/bench/figures"
	"doorbuster/bench/front"
	"doorbuster/store"
)

var discard = slog.New(slog.DiscardHandler)

// filledShop is R9's: millions of old orders, and an item for each run.
type filledShop struct {
	shop *design.Shop
	next int
}

// take gives an item that no run has had.
func (f *filledShop) take() ([]uint64, error) {
	if f.next == len(f.shop.ItemIDs) {
		return nil, errors.New("no items are left")
	}
	f.next++
	return f.shop.ItemIDs[f.next-1 : f.next], nil
}

// fullStage is R9: a table with millions of orders against an empty one.
func fullStage() stage {
	return stage{
		id: "full", what: "a table of orders with millions in it against an empty one, over HTTP", columns: httpColumns,
		systems: []system{
			orders("empty_table", siteOptions{}),
			{name: "full_table", run: func(ctx context.Context, b *bench, s *shared, _ int) (figures.Sample, error) {
				item, err := s.filled.take()
				if err != nil {
					return figures.Sample{}, err
				}
				sample, err := b.simple(ctx, siteOptions{on: s.filled.shop, items: item}, press{kind: front.Order, good: "placed"})
				sample.Settings = strconv.Itoa(b.sizes.oldOrders) + " old orders"
				return sample, err
			}},
		},
		ratios: []ratio{ofRates("R9", "HTTP: orders with millions of old orders in the table / with none", 0.85, "full_table", "empty_table")},
		open: func(ctx context.Context, b *bench, s *shared, _ []system) error {
			b.say("full      writing %d old orders", b.sizes.oldOrders)
			shop, err := design.NewShop(ctx, b.env, shopSettings{Items: b.sizes.rounds, UnitsEach: plenty})
			if err != nil {
				return err
			}
			if err := shop.FillOrders(ctx, b.sizes.oldOrders); err != nil {
				return errors.Join(err, shop.Close())
			}
			s.filled = &filledShop{shop: shop}
			return nil
		},
		// The audit reads all of the millions, so there is one for all runs; if it finds something, none of them counts.
		end: func(ctx context.Context, b *bench, s *shared, series *figures.Series) error {
			b.say("full      audit of everything")
			broken, err := s.filled.shop.Audit(ctx)
			if text := join(broken...); text != "" {
				for i := range series.Rounds {
					if sample := &series.Rounds[i]; sample.Design == "full_table" {
						sample.Audit = join(sample.Audit, text)
					}
				}
				err = errors.Join(errors.New(text), err)
			}
			return errors.Join(err, s.filled.shop.Close())
		},
	}
}

var shardCounts = []int{1, 2, 4, 8, 16}

func shardsName(n int) string { return "shards_" + strconv.Itoa(n) }

// shardsStage is R11: whether the product's default number of stock rows is the best.
func shardsStage() stage {
	s := stage{
		id: "shards", what: "one hot item over HTTP in 1, 2, 4, 8, 16 stock rows", columns: httpColumns,
		judge: judgeShards, judged: []string{"R11"},
	}
	for _, n := range shardCounts {
		o := siteOptions{}
		o.shop.Shards = n
		y := orders(shardsName(n), o)
		y.full = n > 4
		s.systems = append(s.systems, y)
	}
	return s
}

// judgeShards compares the default with the best of the others. It passes if it is the best, or if the two cannot be told apart: the
// rounds of each overlap.
func judgeShards(b *bench, series *figures.Series) []figures.Figure {
	n := rounds(series)
	name := judgedDefault()
	own := values(series, side{name, rate}, n)
	best, most := name, 0.0
	for _, y := range shardCounts {
		other := shardsName(y)
		if median, _, _ := figures.Summary(values(series, side{other, rate}, n)); other != name && median > most {
			best, most = other, median
		}
	}
	f := figures.Ratio(figures.Figure{ID: "R11", What: "HTTP: the default of " + name + " / the best of the others", Server: b.server},
		figures.Rounds{What: name, Unit: "/s", Values: own}, figures.Rounds{What: best, Unit: "/s", Values: values(series, side{best, rate}, n)})
	if f.Rounds == 0 {
		return []figures.Figure{f}
	}
	f.OK = f.Median >= 1 || f.Top.Max >= f.Base.Min
	if !f.OK {
		f.Note = fmt.Sprintf("%s is better in every round; %s", best, b.limit(series, ratio{top: side{name, rate}, base: side{best, rate}}))
	}
	return []figures.Figure{f}
}

// judgedDefault is the system that runs as the product comes.
func judgedDefault() string { return shardsName(store.DefaultShards) }
