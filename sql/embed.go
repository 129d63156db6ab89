// Package sql carries the database's own source: tables, views, procedures, accounts and the audit, as plain SQL files.
// It holds no logic; store.Apply installs the files and store.Audit runs the audit.
package sql

import "embed"

// FS holds install.sql and every file it names, and audit.sql.
//
//go:embed install.sql accounts.sql audit.sql tables views procedures
var FS embed.FS
