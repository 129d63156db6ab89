package main

import (
	"context"
	"os"
	"strings"

	"doorbuster/store"
)

type applyCmd struct {
	DatabaseURL     string `help:"Address of root or doorbuster_migrator, with the database to install into." env:"DATABASE_URL"`
	WebPassword     string `help:"Opens the account doorbuster_web with this password." env:"WEB_PASSWORD"`
	AdminPassword   string `help:"Opens doorbuster_admin." env:"ADMIN_PASSWORD"`
	WorkerPassword  string `help:"Opens doorbuster_worker." env:"WORKER_PASSWORD"`
	AuditorPassword string `help:"Opens doorbuster_auditor." env:"AUDITOR_PASSWORD"`
	DuringSale      bool   `help:"Replace procedures although a sale is on: calls wait some milliseconds and are repeated."`
}

// Run installs the database or brings it up to date.
func (c *applyCmd) Run(ctx context.Context) error {
	dsn, err := need(c.DatabaseURL, "DATABASE_URL")
	if err != nil {
		return err
	}
	passwords := map[string]string{}
	for account, password := range map[string]string{
		"doorbuster_web": c.WebPassword, "doorbuster_admin": c.AdminPassword,
		"doorbuster_worker": c.WorkerPassword, "doorbuster_auditor": c.AuditorPassword,
	} {
		if password != "" {
			passwords[account] = password
		}
	}
	report, err := store.Apply(ctx, store.ApplyOptions{DSN: dsn, Passwords: passwords, DuringSale: c.DuringSale})
	if err != nil {
		return err
	}
	printApplied(report)
	return nil
}

func printApplied(report store.ApplyReport) {
	if !report.Changed() {
		say(os.Stdout, "The database is up to date; nothing was changed.")
	}
	for _, done := range []struct {
		verb  string
		files []string
	}{{"created", report.Created}, {"replaced", report.Replaced}, {"dropped", report.Dropped}} {
		if len(done.files) > 0 {
			say(os.Stdout, "%s %d: %s", done.verb, len(done.files), strings.Join(done.files, ", "))
		}
	}
}
