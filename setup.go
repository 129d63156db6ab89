package main

import (
	"context"
	"os"
	"os/exec"

	"doorbuster/localdb"
)

// setupCmd installs what the tests need beyond Go and Node.
type setupCmd struct{}

// Run installs the servers and the browser through the machine's packages, or says which are missing.
func (setupCmd) Run(ctx context.Context) error {
	progress := func(what string) { say(os.Stderr, "setup: %s", what) }
	if err := localdb.InstallMissing(ctx, progress); err != nil {
		return err
	}
	var packages []string
	for program, needs := range map[string][]string{
		"chromium":     {"chromium", "fonts-noto-cjk"}, // pages are tested in a real browser, in Chinese too
		"gcc":          {"gcc", "libc6-dev"},           // the race detector links C
		"mariadb-dump": {"mariadb-client"},             // the runbook of restoring a dump is tried as it is written
	} {
		if _, err := exec.LookPath(program); err != nil {
			packages = append(packages, needs...)
		}
	}
	if len(packages) == 0 {
		return nil
	}
	return localdb.Install(ctx, progress, packages...)
}
