package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// SealMargin is how long a ledger line may be without a seal before that is a finding, and how far lines may have been sealed out of the
// order of their times. The worker seals within seconds; this also covers a web node whose clock is wrong.
const SealMargin = 10 * time.Minute

const (
	sealPage  = 1000 // rows read at a time
	maxBroken = 1000 // most findings that are told one by one: whoever recomputed a chain changed every seal of it
)

// SealCheck is what VerifySeals saw.
type SealCheck struct {
	Head    uint64            // number of the last seal; 0: none
	Hash    string            // its hash in hexadecimal; empty: none
	Anchors int               // heads of the file that were compared
	Waiting int               // lines without a seal that are younger than SealMargin: the worker's next runs seal them
	Found   int               // findings, also beyond those that Broken lists
	Broken  []BrokenInvariant // the first thousand findings
}

func (c *SealCheck) add(b BrokenInvariant) {
	c.Found++
	if len(c.Broken) < maxBroken {
		c.Broken = append(c.Broken, b)
	}
}

// VerifySeals computes the seals of the ledger anew and compares, in one consistent snapshot and a bounded amount of memory. heads is the
// file in which the worker wrote down the heads; without it (nil) a chain that somebody computed anew from its beginning, or cut off at its end,
// looks right. The file may grow meanwhile: what is in it now was committed before the snapshot, and no more of it is read. This reads the
// whole ledger: on a large shop run it on a replica.
//
//	S1  a sealed line is as it was sealed      S4  the seals are numbered without gaps
//	S2  every seal has its line                S5  the seals are those of the head's file
//	S3  every line is sealed                   S6  lines are sealed in the order of their times
func (a *Auditor) VerifySeals(ctx context.Context, heads io.ReadSeeker) (check SealCheck, err error) {
	steps := []func(context.Context, *sqlx.Conn, *SealCheck) error{verifyChain, verifyAllSealed}
	if heads != nil {
		size, err := heads.Seek(0, io.SeekEnd)
		if err == nil {
			_, err = heads.Seek(0, io.SeekStart)
		}
		if err != nil {
			return check, fmt.Errorf("the head's file: %w", err)
		}
		now := io.LimitReader(heads, size)
		steps = append(steps, func(ctx context.Context, conn *sqlx.Conn, check *SealCheck) error {
			return verifyHeads(ctx, conn, check, now)
		})
	}
	conn, err := a.db.Connx(ctx)
	if err != nil {
		return check, busy(err)
	}
	defer func() { err = errors.Join(err, ignoreDone(conn.Close())) }()
	for _, statement := range []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return check, fmt.Errorf("verifying the seals: %w", err)
		}
	}
	for _, step := range steps {
		if err := step(ctx, conn, &check); err != nil {
			return check, fmt.Errorf("verifying the seals: %w", err)
		}
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return check, fmt.Errorf("verifying the seals: %w", err)
	}
	return check, nil
}

// verifyChain follows the seals from the first to the last.
func verifyChain(ctx context.Context, conn *sqlx.Conn, check *SealCheck) error {
	chain := sealChain{check: check}
	for {
		var page []sealedLine
		err := conn.SelectContext(ctx, &page, `SELECT s.seq, s.move_id, s.line, s.hash, s.sealed_at,
			m.item_id, m.shard, m.order_id, m.units, m.from_account, m.to_account, m.words_hash, m.moved_at
			FROM audit_stock_seals s LEFT JOIN audit_stock_moves m ON m.move_id = s.move_id AND m.line = s.line
			WHERE s.seq > ? ORDER BY s.seq LIMIT ?`, chain.seq, sealPage)
		if err != nil {
			return err
		}
		for i := range page {
			chain.next(&page[i])
		}
		if len(page) < sealPage {
			chain.settle(doubtful)
			return nil
		}
	}
}

// unsealedLine is a ledger line without a seal.
type unsealedLine struct {
	MoveID  uuid.UUID `db:"move_id"`
	Line    uint32    `db:"line"`
	ItemID  uint64    `db:"item_id"`
	MovedAt time.Time `db:"moved_at"`
}

// verifyAllSealed looks for lines without a seal. Those that are young may wait for the worker. A line says itself when it was
// written, and who added it by hand may have said anything, so one of the future is old.
func verifyAllSealed(ctx context.Context, conn *sqlx.Conn, check *SealCheck) error {
	var now time.Time
	if err := conn.GetContext(ctx, &now, "SELECT UTC_TIMESTAMP(6)"); err != nil {
		return err
	}
	var last unsealedLine
	for {
		var page []unsealedLine
		err := conn.SelectContext(ctx, &page, `SELECT m.move_id, m.line, m.item_id, m.moved_at
			FROM audit_stock_moves m LEFT JOIN audit_stock_seals s ON s.move_id = m.move_id AND s.line = m.line
			WHERE m.move_id >= ? AND NOT (m.move_id = ? AND m.line < ?) AND s.seq IS NULL
			ORDER BY m.move_id, m.line LIMIT ?`, last.MoveID[:], last.MoveID[:], last.Line, sealPage)
		if err != nil {
			return err
		}
		for _, l := range page {
			if now.Sub(l.MovedAt).Abs() <= SealMargin {
				check.Waiting++
				continue
			}
			check.add(BrokenInvariant{
				Invariant: "S3 every line is sealed", ItemID: &l.ItemID,
				Expected: "a seal of " + lineText(l.MoveID, l.Line), Found: "none; it says that it is of " + l.MovedAt.Format(time.DateTime),
				WhatToDo: "the line was added by hand, or its seal deleted; or no worker seals: look at /readyz of the worker",
			})
		}
		if len(page) < sealPage {
			return nil
		}
		last = page[len(page)-1]
		last.Line++
	}
}

func lineText(move uuid.UUID, line uint32) string {
	return fmt.Sprintf("move %x line %d", move[:], line)
}
