package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"doorbuster/store"
)

// reconcileCmd is what the worker's audit during a sale has found, from a terminal.
type reconcileCmd struct {
	staffDatabase
	Format string `help:"text or json." enum:"text,json" default:"text"`

	List    reconcileListCmd    `cmd:"" help:"List what is broken and still stands."`
	Show    reconcileShowCmd    `cmd:"" help:"Show one finding, and the ledger lines that would set it right."`
	Approve reconcileApproveCmd `cmd:"" help:"Let those lines be written, in your name."`
	Runs    reconcileRunsCmd    `cmd:"" help:"List the latest runs and what they looked at."`
}

// printList prints rows for programs or for people.
func printList[T any](format string, rows []T, head string, line func(w *tabwriter.Writer, row T)) error {
	if format == "json" {
		if rows == nil {
			rows = []T{}
		}
		return json.NewEncoder(os.Stdout).Encode(rows)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	say(w, "%s", head)
	for _, row := range rows {
		line(w, row)
	}
	return w.Flush()
}

type reconcileListCmd struct {
	All   bool `help:"Also what stands no more, and what was approved."`
	Limit int  `help:"How many at most." default:"50"`
}

// Run lists findings, newest first.
func (c *reconcileListCmd) Run(ctx context.Context, parent *reconcileCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		findings, err := s.Findings(ctx, c.All, c.Limit)
		if err != nil {
			return err
		}
		head := "FINDING\tITEM\tINVARIANT\tSUBJECT\tEXPECTED\tFOUND\tSTATE\tPAUSED\tREPAIR\tSEEN FIRST (UTC)\tSEEN LAST (UTC)"
		return printList(parent.Format, findings, head, func(w *tabwriter.Writer, f store.Finding) {
			say(w, "%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", f.ID, f.ItemID, f.Invariant, f.Subject, f.Expected, f.Found, f.State, yesNo(f.PausedAt != nil),
				yesNo(f.Repair != ""), f.FirstSeen.Format(time.DateTime), f.LastSeen.Format(time.DateTime))
		})
	})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

type reconcileShowCmd struct {
	Finding uint64 `arg:"" help:"Number of the finding."`
}

// Run shows a finding with all that is known of it.
func (c *reconcileShowCmd) Run(ctx context.Context, parent *reconcileCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		f, err := s.Finding(ctx, c.Finding)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s: there is no finding %d", store.NoSuchFinding, c.Finding)
		}
		if err != nil {
			return err
		}
		if parent.Format == "json" {
			return json.NewEncoder(os.Stdout).Encode(f)
		}
		showFinding(f)
		return nil
	})
}

func showFinding(f store.Finding) {
	say(os.Stdout, "finding %d: %s", f.ID, f.Invariant)
	where := fmt.Sprintf("item %d", f.ItemID)
	if f.SaleID != nil {
		where += fmt.Sprintf(" of sale %d", *f.SaleID)
	}
	if f.Subject != "" {
		where += ", " + f.Subject
	}
	say(os.Stdout, "  where       %s", where)
	say(os.Stdout, "  expected    %s", f.Expected)
	say(os.Stdout, "  found       %s", f.Found)
	say(os.Stdout, "  seen        %s to %s UTC, runs %d to %d", f.FirstSeen.Format(time.DateTime), f.LastSeen.Format(time.DateTime), f.FirstRun, f.LastRun)
	if f.PausedAt != nil {
		say(os.Stdout, "  paused      the sale at %s UTC", f.PausedAt.Format(time.DateTime))
	}
	state := f.State
	if f.EndedAt != nil {
		state += " at " + f.EndedAt.Format(time.DateTime) + " UTC"
	}
	if f.ApprovedBy != nil && f.Reason != nil {
		state += fmt.Sprintf(" by %s, because: %s", *f.ApprovedBy, *f.Reason)
	}
	say(os.Stdout, "  state       %s", state)
	say(os.Stdout, "  what to do  %s", f.WhatToDo)
	switch {
	case f.Repair == "":
		say(os.Stdout, "  repair      no ledger line sets it right: it is mended by hand")
	case f.State == "open":
		say(os.Stdout, "  repair      %s\n              doorbuster reconcile approve %d --actor NAME --reason \"…\"", f.Repair, f.ID)
	default:
		say(os.Stdout, "  repair      %s", f.Repair)
	}
}

type reconcileApproveCmd struct {
	Finding uint64 `arg:"" help:"Number of the finding."`
	Reason  string `help:"Why; it stands in the ledger." required:""`
	Actor   string `help:"Your name; it stands in the ledger." required:"" env:"DOORBUSTER_ACTOR"`
}

// Run approves a repair.
func (c *reconcileApproveCmd) Run(ctx context.Context, parent *reconcileCmd) error {
	if err := needReason(c.Reason); err != nil {
		return err
	}
	return parent.with(ctx, func(s *store.Store) error {
		r, err := s.ApproveRepair(ctx, store.Operator(c.Actor), c.Finding, "", c.Reason)
		if err != nil {
			return err
		}
		if r.Outcome == store.Approved && r.Lines != nil && r.UnitsAllotted != nil && r.UnitsLeft != nil {
			say(os.Stdout, "written: %s\nitem %d: %d units on sale, %d of them left", *r.Lines, *r.ItemID, *r.UnitsAllotted, *r.UnitsLeft)
		}
		return answer(r.Outcome, store.Approved)
	})
}

type reconcileRunsCmd struct {
	Limit int `help:"How many at most." default:"20"`
}

// Run lists runs, newest first.
func (c *reconcileRunsCmd) Run(ctx context.Context, parent *reconcileCmd) error {
	return parent.with(ctx, func(s *store.Store) error {
		runs, err := s.ReconcileRuns(ctx, c.Limit)
		if err != nil {
			return err
		}
		head := "RUN\tENDED (UTC)\tSECONDS\tITEMS\tORDERS\tLEDGER LINES\tALLOTTED\tAVAILABLE\tHELD\tSOLD\tFINDINGS\tNEW\tGONE\tFENCE\tWORKER"
		return printList(parent.Format, runs, head, func(w *tabwriter.Writer, r store.ReconcileRun) {
			say(w, "%d\t%s\t%.1f\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s", r.ID, r.EndedAt.Format(time.DateTime), r.EndedAt.Sub(r.BeganAt).Seconds(), r.Items, r.Orders,
				r.LedgerLines, r.Allotted, r.Available, r.Held, r.Sold, r.Findings, r.Fresh, r.Gone, r.Fence, r.Holder)
		})
	})
}
