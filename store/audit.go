package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	schema "doorbuster/sql"
)

// BrokenInvariant is one row of sql/audit.sql.
type BrokenInvariant struct {
	Invariant string  `db:"invariant" json:"invariant"`
	ItemID    *uint64 `db:"item_id" json:"item_id"`
	Expected  string  `db:"expected" json:"expected"`
	Found     string  `db:"found" json:"found"`
	WhatToDo  string  `db:"what_to_do" json:"what_to_do"`
}

// String is the row as one line of text.
func (b BrokenInvariant) String() string {
	item := "no item"
	if b.ItemID != nil {
		item = fmt.Sprintf("item %d", *b.ItemID)
	}
	return fmt.Sprintf("%s, %s: expected %s, found %s; %s", b.Invariant, item, b.Expected, b.Found, b.WhatToDo)
}

// AuditedOrder is one order as the auditor sees it.
type AuditedOrder struct {
	ID     uuid.UUID `db:"id"`
	UserID uint64    `db:"user_id"`
	State  string    `db:"state"`
	Units  int       `db:"units"`
}

// Auditor reads the masked views with the account doorbuster_auditor. It is apart from Store: whoever serves shoppers need not be
// able to audit, and the other way round.
type Auditor struct{ db *sqlx.DB }

// OpenAuditor makes an Auditor of one connection.
func OpenAuditor(dsn string) (*Auditor, error) {
	cfg, err := poolConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: auditor: %w", err)
	}
	cfg.ReadTimeout = 0 // an audit of a large shop takes as long as it takes; the context bounds it
	connector, err := newConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("store: auditor: %w", err)
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "mysql").Unsafe()
	db.SetMaxOpenConns(1)
	return &Auditor{db: db}, nil
}

// Close closes the connection.
func (a *Auditor) Close() error { return a.db.Close() }

// Audit runs sql/audit.sql in one consistent snapshot. No rows: everything holds.
func (a *Auditor) Audit(ctx context.Context) (broken []BrokenInvariant, err error) {
	statements, err := auditStatements()
	if err != nil {
		return nil, err
	}
	conn, err := a.db.Connx(ctx)
	if err != nil {
		return nil, busy(err)
	}
	defer func() { err = errors.Join(err, ignoreDone(conn.Close())) }()
	for _, statement := range statements {
		if !strings.HasPrefix(statement, "WITH") {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return nil, fmt.Errorf("audit: %w", err)
			}
			continue
		}
		if err := conn.SelectContext(ctx, &broken, statement); err != nil {
			return nil, fmt.Errorf("audit: %w", err)
		}
	}
	return broken, nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
		return nil
	}
	return err
}

// ItemOrders returns the units allotted and available of an item and all its orders, read together.
func (a *Auditor) ItemOrders(ctx context.Context, item uint64) (allotted, available int, orders []AuditedOrder, err error) {
	tx, err := a.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return 0, 0, nil, busy(err)
	}
	defer func() { _ = tx.Rollback() }() // it only read
	if err := tx.GetContext(ctx, &allotted, "SELECT units_allotted FROM audit_items WHERE id = ?", item); err != nil {
		return 0, 0, nil, faultOf("audit_items", err, true)
	}
	if err := tx.GetContext(ctx, &available, "SELECT COALESCE(SUM(available), 0) FROM audit_stock_shards WHERE item_id = ?", item); err != nil {
		return 0, 0, nil, faultOf("audit_stock_shards", err, true)
	}
	err = tx.SelectContext(ctx, &orders, "SELECT id, user_id, state, units FROM audit_orders WHERE item_id = ?", item)
	return allotted, available, orders, err
}

var sqlComment = regexp.MustCompile(`(?m)^\s*--.*\n`)

// auditStatements splits audit.sql. It holds no procedure and no semicolon inside a text.
func auditStatements() ([]string, error) {
	text, err := fs.ReadFile(schema.FS, "audit.sql")
	if err != nil {
		return nil, err
	}
	var statements []string
	for _, s := range regexp.MustCompile(`;\s*\n`).Split(sqlComment.ReplaceAllString(string(text), "")+"\n", -1) {
		if s = strings.TrimSpace(s); s != "" {
			statements = append(statements, s)
		}
	}
	return statements, nil
}
