package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"

	"doorbuster/catalog"
	"doorbuster/store"
)

type importCmd struct {
	staffDatabase
	File        string        `arg:"" help:"Products CSV in the columns that Shopify exports." type:"existingfile"`
	Title       string        `help:"Title of the sale." required:""`
	Description string        `help:"Description of the sale, plain text."`
	Opens       time.Time     `help:"When it opens, for example 2026-11-27T10:00:00+08:00." required:""`
	Lasts       time.Duration `help:"How long it is open." default:"24h"`
	Zone        string        `help:"IANA time zone in which pages show the times." default:"UTC"`
	Currency    string        `help:"ISO code of the prices." default:"EUR"`
	Limit       int           `help:"Most units per shopper and item." default:"1"`
	Hold        int           `help:"Minutes an unpaid order keeps its units." default:"10"`
	Extension   int           `help:"Minutes by which a shopper may make his hold longer, once; 0: not at all." default:"0"`
	Shards      int           `help:"Stock rows per item; 0 is the default, one." default:"0"`
	NoPayment   bool          `help:"Orders are paid at once: vouchers, invitations."`
	Publish     bool          `help:"Publish at once instead of leaving a draft."`
	Actor       string        `help:"Name that stands in the log." default:"command line" env:"DOORBUSTER_ACTOR"`
}

// Run reads the whole file first: one bad row, and nothing is imported.
func (c *importCmd) Run(ctx context.Context) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	items, notActive, err := c.read()
	if err != nil {
		return err
	}
	rows := newItems(items, store.NewItem{
		Currency: c.Currency, LimitPerUser: c.Limit, HoldMinutes: c.Hold, ExtensionMinutes: c.Extension, Shards: c.Shards,
	})
	if len(rows) == 0 {
		return fmt.Errorf("%s: nothing was imported: no row has units to sell", c.File)
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(ctx)) }()
	sale, err := importSale(ctx, s, c.newSale(), rows, c.Actor, c.Publish)
	if sale == 0 {
		return err
	}
	say(os.Stdout, "Sale %d has %d items.", sale, len(rows))
	if n := len(items) - len(rows); n > 0 {
		say(os.Stdout, "Left out because they have 0 units: %d", n)
	}
	if notActive > 0 {
		say(os.Stdout, "Rows left out because their products are not active: %d", notActive)
	}
	if !c.Publish || err != nil {
		say(os.Stdout, "It is a draft. Publish it with: doorbuster sale publish %d", sale)
	}
	return err
}

// check refuses what the tables would refuse, with the name of the flag.
func (c *importCmd) check() error {
	switch _, err := time.LoadLocation(c.Zone); {
	case err != nil:
		return usageError{fmt.Errorf("--zone: %q is no IANA time zone", c.Zone)}
	case strings.TrimSpace(c.Title) == "" || utf8.RuneCountInString(c.Title) > 200:
		return usageError{errors.New("--title: write 1 to 200 characters")}
	case utf8.RuneCountInString(c.Description) > 4000:
		return usageError{errors.New("--description: write at most 4,000 characters")}
	case c.Lasts <= 0:
		return usageError{fmt.Errorf("--lasts: %s is no time to be open", c.Lasts)}
	case c.Limit < 1 || c.Limit > 1000:
		return usageError{fmt.Errorf("--limit: %d is not within 1 to 1,000 units", c.Limit)}
	case c.Hold < 1 || c.Hold > 10080:
		return usageError{fmt.Errorf("--hold: %d is not within 1 to 10,080 minutes", c.Hold)}
	case c.Extension < 0 || c.Extension > 1440:
		return usageError{fmt.Errorf("--extension: %d is not within 0 to 1,440 minutes", c.Extension)}
	case c.Shards < 0 || c.Shards > 64:
		return usageError{fmt.Errorf("--shards: %d is not within 0 to 64", c.Shards)}
	}
	return nil
}

// read returns the rows of the file, and how many it left out because their products are not active.
func (c *importCmd) read() (items []catalog.Item, notActive int, err error) {
	f, err := os.Open(c.File)
	if err != nil {
		return nil, 0, err
	}
	size := int64(-1)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	bar := newBar(size, "reading", true)
	items, err = catalog.Read(f, catalog.Options{
		Currency: c.Currency,
		Skipped:  func(rows int) { notActive = rows },
		Progress: func(read int64, _ int) { _ = bar.Set64(read) }, // a bar that cannot be drawn is no reason to stop
	})
	_ = bar.Finish()
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, 0, fmt.Errorf("%s: nothing was imported:\n%w", c.File, err)
	}
	return items, notActive, nil
}

func (c *importCmd) newSale() store.NewSale {
	return store.NewSale{
		Title: c.Title, Description: c.Description, OpensAt: c.Opens, ClosesAt: c.Opens.Add(c.Lasts), TimeZone: c.Zone, TakesPayment: !c.NoPayment,
	}
}

// newItems turns rows of a catalogue into items of a sale that are like like in what no row says. Rows without units are left out: there
// is nothing to sell.
func newItems(items []catalog.Item, like store.NewItem) []store.NewItem {
	var rows []store.NewItem
	for _, item := range items {
		if item.Units == 0 {
			continue
		}
		row := like
		row.SKU, row.Title, row.Body, row.Vendor, row.ImageURL = item.SKU, item.Title, item.Body, item.Vendor, item.ImageURL
		row.PriceCents, row.Units = item.PriceCents, item.Units
		if item.Currency != "" {
			row.Currency = item.Currency
		}
		if item.ListPriceCents > 0 {
			row.ListPriceCents = &item.ListPriceCents
		}
		rows = append(rows, row)
	}
	return rows
}

// importSale makes a sale of items, with a bar, and publishes it if asked to. A sale that cannot be published stays a draft: then its
// number comes with the error.
func importSale(ctx context.Context, s *store.Store, sale store.NewSale, items []store.NewItem, actor string, publish bool) (uint64, error) {
	bar := newBar(int64(len(items)), "importing", false)
	outcome, id, err := s.ImportSale(ctx, store.Operator(actor), sale, items, func(done int) { _ = bar.Set(done) })
	_ = bar.Finish()
	if err != nil {
		return 0, fmt.Errorf("nothing was imported: %w", err)
	}
	if outcome != store.Finished {
		return 0, fmt.Errorf("import: %s: nothing was imported", outcome)
	}
	if !publish {
		return id, nil
	}
	outcome, err = s.PublishSale(ctx, store.Operator(actor), id)
	if err == nil && outcome != store.Published {
		err = fmt.Errorf("publish: %s: the sale %d stays a draft", outcome, id)
	}
	return id, err
}

// newBar is a progress bar on a terminal and silent elsewhere.
func newBar(total int64, what string, bytes bool) *progressbar.ProgressBar {
	out := io.Writer(os.Stderr)
	if !terminal(os.Stderr) {
		out = io.Discard
	}
	return progressbar.NewOptions64(total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(bytes), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
}
