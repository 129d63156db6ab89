package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"doorbuster/store"
)

type auditCmd struct {
	AuditorDatabaseURL string  `help:"Address for the account doorbuster_auditor; default: the demo that runs from this folder." env:"AUDITOR_DATABASE_URL"`
	Data               string  `help:"Folder of the demo." default:".data" type:"path"`
	Sale               *uint64 `help:"Audit the items of this sale only." xor:"scope"`
	Item               *uint64 `help:"Audit this item only." xor:"scope"`
	Format             string  `help:"text, json or csv." enum:"text,json,csv" default:"text"`
	Seals              bool    `help:"Verify the sealed ledger instead, the whole of it: finds lines that were edited, deleted, added or moved by hand." xor:"scope"`
	SealFile           string  `help:"With --seals: the worker's file of heads, or a copy of it; default: the demo's." env:"SEAL_FILE"`
}

// Run runs the audit and prints each broken invariant. The exit code is 1 if there is one.
func (c *auditCmd) Run(ctx context.Context) (err error) {
	address := c.AuditorDatabaseURL
	if address == "" {
		demo, err := readDemoFile(c.Data)
		if err != nil {
			return usageError{err}
		}
		address = demo.AuditorDSN
		if c.SealFile == "" {
			c.SealFile = demo.SealFile
		}
	}
	dsn, err := need(address, "AUDITOR_DATABASE_URL")
	if err != nil {
		return err
	}
	auditor, err := store.OpenAuditor(dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, auditor.Close()) }()
	check := c.invariants
	if c.Seals {
		check = c.seals
	}
	broken, clean, err := check(ctx, auditor)
	if err != nil {
		return err
	}
	if err := c.print(broken, clean); err != nil {
		return err
	}
	if len(broken) > 0 {
		return errNotClean
	}
	return nil
}

// invariants runs sql/audit.sql. clean is what to say when nothing is broken.
func (c *auditCmd) invariants(ctx context.Context, auditor *store.Auditor) (broken []store.BrokenInvariant, clean string, err error) {
	var scope store.AuditScope
	clean = "All invariants hold."
	switch {
	case c.Sale != nil:
		scope.Sale, clean = *c.Sale, fmt.Sprintf("All invariants hold for the items of sale %d.", *c.Sale)
	case c.Item != nil:
		scope, clean = store.AuditItem(*c.Item), fmt.Sprintf("All invariants hold for item %d.", *c.Item)
	}
	if clean != "All invariants hold." && scope == (store.AuditScope{}) {
		return nil, "", usageError{store.ErrNotThere} // 0 is no number, and must not mean everything
	}
	broken, err = auditor.Audit(ctx, scope)
	if errors.Is(err, store.ErrNotThere) {
		err = usageError{err}
	}
	return broken, clean, err
}

// seals verifies the sealed ledger.
func (c *auditCmd) seals(ctx context.Context, auditor *store.Auditor) (broken []store.BrokenInvariant, clean string, err error) {
	var heads io.ReadSeeker
	if c.SealFile != "" {
		f, err := os.Open(c.SealFile)
		if err != nil {
			return nil, "", usageError{fmt.Errorf("the head's file: %w", err)}
		}
		defer f.Close()
		heads = f
	}
	check, err := auditor.VerifySeals(ctx, heads)
	if err != nil {
		return nil, "", err
	}
	if more := check.Found - len(check.Broken); more > 0 {
		say(os.Stderr, "%d findings; the first %d are listed.", check.Found, len(check.Broken))
	}
	return check.Broken, sealsText(check, c.SealFile), nil
}

func sealsText(check store.SealCheck, file string) string {
	text := "Nothing is sealed yet."
	if check.Head > 0 {
		text = fmt.Sprintf("All %d seals hold. The last one has hash %s.", check.Head, check.Hash)
	}
	if check.Waiting > 0 {
		text += fmt.Sprintf(" Lines that wait for their seal: %d.", check.Waiting)
	}
	if file == "" {
		return text + "\nNo head's file was given (--seal-file): seals that somebody computed anew, or cut off at the end, would look right."
	}
	return text + fmt.Sprintf("\nHeads of %s that agree: %d.", file, check.Anchors)
}

// print prints the findings; clean is the text when there are none.
func (c *auditCmd) print(broken []store.BrokenInvariant, clean string) error {
	switch c.Format {
	case "json":
		if broken == nil {
			broken = []store.BrokenInvariant{}
		}
		return json.NewEncoder(os.Stdout).Encode(broken)
	case "csv":
		w := csv.NewWriter(os.Stdout)
		rows := [][]string{{"invariant", "item_id", "expected", "found", "what_to_do", "subject", "endangers"}}
		for _, b := range broken {
			item := ""
			if b.ItemID != nil {
				item = strconv.FormatUint(*b.ItemID, 10)
			}
			rows = append(rows, []string{b.Invariant, item, b.Expected, b.Found, b.WhatToDo, b.Subject, strconv.FormatBool(b.Endangers)})
		}
		return w.WriteAll(rows)
	}
	if len(broken) == 0 {
		say(os.Stdout, "%s", clean)
	}
	for _, b := range broken {
		say(os.Stdout, "BROKEN  %s", b)
	}
	return nil
}
