package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"doorbuster/store"
)

type saleSwitchCmd struct {
	Name   string `arg:"" help:"stop_new_holds: no new orders; sold_out_page: closed for now, told from memory; admission_rate: so many presses a second; read_only: no change by shoppers, of everything only." enum:"stop_new_holds,sold_out_page,admission_rate,read_only"`
	State  string `arg:"" help:"on or off." enum:"on,off"`
	Item   uint64 `help:"Number of the item that it is for; without: everything."`
	Shop   uint64 `help:"Number of the shop that it is for; without: every shop."`
	Rate   int    `help:"Of admission_rate: presses a second that each web server lets through."`
	Reason string `help:"Why." required:""`
}

// Run turns a switch.
func (c *saleSwitchCmd) Run(ctx context.Context, parent *saleCmd) error {
	if err := needReason(c.Reason); err != nil {
		return err
	}
	name, on := store.Switch(c.Name), c.State == "on"
	switch {
	case name == store.ReadOnly && (c.Item != 0 || c.Shop != 0):
		return usageError{errors.New("read_only stops accounts too, which belong to no item and no shop: leave --item and --shop out")}
	case c.Item != 0 && c.Shop != 0:
		return usageError{errors.New("an item has its shop: leave --shop out")}
	case (name == store.AdmissionRate && on) != (c.Rate != 0):
		return usageError{errors.New("--rate goes with admission_rate on, and with nothing else")}
	}
	return parent.with(ctx, func(s *store.Store) error {
		change, err := s.SetSwitch(ctx, store.Operator(parent.Actor), store.SwitchTurn{Name: name, Shop: c.Shop, Item: c.Item, On: on, Rate: c.Rate}, c.Reason)
		if err != nil {
			return err
		}
		return answer(change.Outcome, store.Set)
	})
}

// mostSwitches is how many switches the terminal lists.
const mostSwitches = 1000

type saleSwitchesCmd struct{}

// Run lists the switches that are on.
func (c *saleSwitchesCmd) Run(ctx context.Context, parent *saleCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		rows, err := s.ListSwitches(ctx, store.Operator(parent.Actor), store.SwitchFilter{}, mostSwitches)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		say(w, "SWITCH\tOF\tRATE\tSINCE\tBY\tREASON")
		for _, one := range rows {
			say(w, "%s\t%s\t%s\t%s\t%s\t%s", one.Name, switchOf(one), switchRate(one), one.ChangedAt.Format(time.RFC3339), one.Actor, one.Reason)
		}
		return w.Flush()
	})
}

// switchOf says what a switch is for.
func switchOf(one store.ListedSwitch) string {
	switch {
	case one.ItemID != 0:
		return fmt.Sprintf("item %d", one.ItemID)
	case one.ShopID != 0:
		return fmt.Sprintf("shop %d", one.ShopID)
	default:
		return "everything"
	}
}

func switchRate(one store.ListedSwitch) string {
	if one.Name != store.AdmissionRate {
		return "-"
	}
	return fmt.Sprintf("%d/s", one.Value)
}
