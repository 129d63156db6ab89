package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
)

// saleCmd is what a merchant needs from a terminal. Every change asks for a reason and stands in the log of the sale.
type saleCmd struct {
	staffDatabase
	Actor string `help:"Name that stands in the log for what you do." default:"command line" env:"DOORBUSTER_ACTOR"`

	List     saleListCmd     `cmd:"" help:"List the sales."`
	Publish  salePublishCmd  `cmd:"" help:"Publish a draft: shoppers see it, and it sells from its opening on."`
	Pause    salePauseCmd    `cmd:"" help:"Sell nothing more until resumed."`
	Resume   saleResumeCmd   `cmd:"" help:"Let a paused sale sell again."`
	End      saleEndCmd      `cmd:"" help:"End a sale now and for good."`
	Discard  saleDiscardCmd  `cmd:"" help:"Delete a draft, or what an import that broke off left."`
	Add      saleAddCmd      `cmd:"" help:"Put more units of an item on sale."`
	Withdraw saleWithdrawCmd `cmd:"" help:"Take units that nobody has off sale."`
	Refund   saleRefundCmd   `cmd:"" help:"Refund a paid order."`
	Switch   saleSwitchCmd   `cmd:"" help:"Turn a plan B switch of everything, or of one item."`
	Switches saleSwitchesCmd `cmd:"" help:"List the plan B switches that are on."`
}

// answer prints an outcome; one that is not the hoped-for makes the command fail.
func answer(outcome, hoped store.Outcome) error {
	if outcome != hoped {
		return fmt.Errorf("%s: nothing was changed", outcome)
	}
	say(os.Stdout, "%s", outcome)
	return nil
}

// needReason refuses a blank reason: the log of a sale is read long afterwards, by others.
func needReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return usageError{errors.New("--reason is blank: say why, it stands in the log of the sale")}
	}
	return nil
}

type saleListCmd struct{}

// Run lists the sales.
func (c *saleListCmd) Run(ctx context.Context, parent *saleCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		sales, err := s.MerchantSales(ctx, 100)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		say(w, "SALE\tSTATE\tOPENS (UTC)\tCLOSES (UTC)\tITEMS\tALLOTTED\tLEFT\tTITLE")
		for _, sale := range sales {
			say(w, "%d\t%s\t%s\t%s\t%d\t%d\t%d\t%s", sale.ID, sale.State, sale.OpensAt.Format(time.DateTime), sale.ClosesAt.Format(time.DateTime),
				sale.ItemCount, sale.UnitsAllotted, sale.UnitsLeft, sale.Title)
		}
		return w.Flush()
	})
}

type salePublishCmd struct {
	Sale uint64 `arg:"" help:"Number of the sale."`
}

// Run publishes a draft.
func (c *salePublishCmd) Run(ctx context.Context, parent *saleCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		outcome, err := s.PublishSale(ctx, store.Operator(parent.Actor), c.Sale)
		if err != nil {
			return err
		}
		return answer(outcome, store.Published)
	})
}

// saleChange is what pausing, resuming, ending and discarding have in common.
type saleChange struct {
	Sale   uint64 `arg:"" help:"Number of the sale."`
	Reason string `help:"Why." required:""`
}

type (
	salePauseCmd   struct{ saleChange }
	saleResumeCmd  struct{ saleChange }
	saleEndCmd     struct{ saleChange }
	saleDiscardCmd struct{ saleChange }
)

// Run pauses a sale.
func (c *salePauseCmd) Run(ctx context.Context, parent *saleCmd) error {
	return c.change(ctx, parent, (*store.Store).PauseSale, store.Paused)
}

// Run resumes a sale.
func (c *saleResumeCmd) Run(ctx context.Context, parent *saleCmd) error {
	return c.change(ctx, parent, (*store.Store).ResumeSale, store.Resumed)
}

// Run ends a sale.
func (c *saleEndCmd) Run(ctx context.Context, parent *saleCmd) error {
	return c.change(ctx, parent, (*store.Store).EndSale, store.Ended)
}

// Run deletes a sale that was never published.
func (c *saleDiscardCmd) Run(ctx context.Context, parent *saleCmd) error {
	return c.change(ctx, parent, (*store.Store).DiscardSale, store.Discarded)
}

type saleMethod func(s *store.Store, ctx context.Context, by store.Actor, sale uint64, reason string) (store.Outcome, error)

func (c *saleChange) change(ctx context.Context, parent *saleCmd, do saleMethod, hoped store.Outcome) error {
	if err := needReason(c.Reason); err != nil {
		return err
	}
	return parent.with(ctx, func(s *store.Store) error {
		outcome, err := do(s, ctx, store.Operator(parent.Actor), c.Sale, c.Reason)
		if err != nil {
			return err
		}
		return answer(outcome, hoped)
	})
}

// unitsChange is what adding and withdrawing units have in common.
type unitsChange struct {
	Item   uint64 `arg:"" help:"Number of the item."`
	Units  int    `arg:"" help:"How many units: a difference, never a new total."`
	Reason string `help:"Why." required:""`
}

type (
	saleAddCmd      struct{ unitsChange }
	saleWithdrawCmd struct{ unitsChange }
)

// Run adds units.
func (c *saleAddCmd) Run(ctx context.Context, parent *saleCmd) error {
	return c.change(ctx, parent, (*store.Store).AddUnits, store.Added)
}

// Run withdraws units.
func (c *saleWithdrawCmd) Run(ctx context.Context, parent *saleCmd) error {
	return c.change(ctx, parent, (*store.Store).WithdrawUnits, store.Withdrawn)
}

type unitsMethod func(s *store.Store, ctx context.Context, by store.Actor, item uint64, units int, reason string) (store.UnitsChange, error)

func (c *unitsChange) change(ctx context.Context, parent *saleCmd, do unitsMethod, hoped store.Outcome) error {
	if err := needReason(c.Reason); err != nil {
		return err
	}
	return parent.with(ctx, func(s *store.Store) error {
		u, err := do(s, ctx, store.Operator(parent.Actor), c.Item, c.Units, c.Reason)
		if err != nil {
			return err
		}
		if u.UnitsAllotted != nil && u.UnitsLeft != nil {
			say(os.Stdout, "item %d: %d units on sale, %d of them left", c.Item, *u.UnitsAllotted, *u.UnitsLeft)
		}
		return answer(u.Outcome, hoped)
	})
}

type saleRefundCmd struct {
	Order   uuid.UUID `arg:"" help:"Number of the order."`
	Restock bool      `help:"Put the units on sale again; otherwise they leave the sale."`
	Reason  string    `help:"Why." required:""`
}

// Run refunds a paid order.
func (c *saleRefundCmd) Run(ctx context.Context, parent *saleCmd) error {
	if err := needReason(c.Reason); err != nil {
		return err
	}
	return parent.with(ctx, func(s *store.Store) error {
		change, err := s.RefundOrder(ctx, store.Operator(parent.Actor), c.Order, c.Restock, c.Reason)
		if err != nil {
			return err
		}
		return answer(change.Outcome, store.Refunded)
	})
}
