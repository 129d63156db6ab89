package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"strconv"

	"doorbuster/store"
)

type auditCmd struct {
	AuditorDatabaseURL string `help:"Address for the account doorbuster_auditor; default: the demo that runs from this folder." env:"AUDITOR_DATABASE_URL"`
	Data               string `help:"Folder of the demo." default:".data" type:"path"`
	Format             string `help:"text, json or csv." enum:"text,json,csv" default:"text"`
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
	broken, err := auditor.Audit(ctx)
	if err != nil {
		return err
	}
	if err := c.print(broken); err != nil {
		return err
	}
	if len(broken) > 0 {
		return errNotClean
	}
	return nil
}

func (c *auditCmd) print(broken []store.BrokenInvariant) error {
	switch c.Format {
	case "json":
		if broken == nil {
			broken = []store.BrokenInvariant{}
		}
		return json.NewEncoder(os.Stdout).Encode(broken)
	case "csv":
		w := csv.NewWriter(os.Stdout)
		rows := [][]string{{"invariant", "item_id", "expected", "found", "what_to_do"}}
		for _, b := range broken {
			item := ""
			if b.ItemID != nil {
				item = strconv.FormatUint(*b.ItemID, 10)
			}
			rows = append(rows, []string{b.Invariant, item, b.Expected, b.Found, b.WhatToDo})
		}
		return w.WriteAll(rows)
	}
	if len(broken) == 0 {
		say(os.Stdout, "All invariants hold.")
	}
	for _, b := range broken {
		say(os.Stdout, "BROKEN  %s", b)
	}
	return nil
}
