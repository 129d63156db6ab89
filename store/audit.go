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
	"time"

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
	Subject   string  `db:"subject" json:"subject"`     // what exactly: a shard, an order, a payment …; "": the item as a whole
	Endangers bool    `db:"endangers" json:"endangers"` // selling on would make it worse
}

// AuditScope says what is audited; the zero value is the whole shop. What belongs to no item (money whose order is gone) is found in the
// whole shop only.
type AuditScope struct {
	Sale                uint64 // the items of one sale; 0: any
	FirstItem, LastItem uint64 // items with these numbers and between them; LastItem 0: all
}

// AuditItem is the scope of one item.
func AuditItem(item uint64) AuditScope { return AuditScope{FirstItem: item, LastItem: item} }

// ErrNotThere says that there is no such sale or item as the audit was asked for.
var ErrNotThere = errors.New("store: there is no such sale or item")

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
type Auditor struct {
	db       *sqlx.DB
	lookTime time.Duration // most a statement may take; 0: as long as it takes
}

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

// Audit runs sql/audit.sql in one consistent snapshot. No rows: everything holds. It fails with ErrNotThere if there is no such sale or item.
func (a *Auditor) Audit(ctx context.Context, scope AuditScope) (broken []BrokenInvariant, err error) {
	keep := func(b BrokenInvariant) { broken = append(broken, b) }
	return broken, a.look(ctx, scope, keep, nil)
}

// look runs sql/audit.sql: found is told of each row, and also, if it is given, may read more in the same snapshot.
func (a *Auditor) look(ctx context.Context, scope AuditScope, found func(BrokenInvariant), also func(*sqlx.Conn) error) (err error) {
	statements, err := auditStatements()
	if err != nil {
		return err
	}
	conn, err := a.db.Connx(ctx)
	if err != nil {
		return busy(err)
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // it only read; the next look must not begin inside this one
		}
		err = errors.Join(err, ignoreDone(conn.Close()))
	}()
	// NULL is everything; the connection may have audited something else before.
	if a.lookTime > 0 {
		// each product reads its own half
		bound := fmt.Sprintf("SET /*M! max_statement_time = %d */ /*!80000 max_execution_time = %d */", int(a.lookTime.Seconds()), a.lookTime.Milliseconds())
		if _, err = conn.ExecContext(ctx, bound); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	_, err = conn.ExecContext(ctx, "SET @audit_sale = NULLIF(?, 0), @audit_first_item = IF(? = 0, NULL, ?), @audit_last_item = NULLIF(?, 0)",
		scope.Sale, scope.LastItem, scope.FirstItem, scope.LastItem)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	for _, statement := range statements {
		switch {
		case strings.HasPrefix(statement, "WITH"):
			err = eachBroken(ctx, conn, statement, found)
			if err == nil && also != nil {
				err = also(conn)
			}
		default:
			_, err = conn.ExecContext(ctx, statement)
		}
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	return nil
}

// eachBroken reads row after row: an order's fault that many orders have must not fill the memory.
func eachBroken(ctx context.Context, conn *sqlx.Conn, query string, found func(BrokenInvariant)) (err error) {
	rows, err := conn.QueryxContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var b BrokenInvariant
		if err := rows.StructScan(&b); err != nil {
			return err
		}
		if strings.HasPrefix(b.Invariant, "I0 ") {
			return fmt.Errorf("%w: %s", ErrNotThere, b.Expected)
		}
		found(b)
	}
	return rows.Err()
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
