package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"
)

type sealHash [sha256.Size]byte

// sealedLine is one seal with the ledger line that it is for, whose columns are nil when it is gone.
type sealedLine struct {
	Seq      uint64    `db:"seq"`
	MoveID   uuid.UUID `db:"move_id"`
	Line     uint32    `db:"line"`
	Hash     []byte    `db:"hash"`
	SealedAt time.Time `db:"sealed_at"`

	ItemID      *uint64    `db:"item_id"`
	Shard       *uint64    `db:"shard"`
	OrderID     []byte     `db:"order_id"`
	Units       *uint64    `db:"units"`
	FromAccount *string    `db:"from_account"`
	ToAccount   *string    `db:"to_account"`
	WordsHash   *string    `db:"words_hash"`
	MovedAt     *time.Time `db:"moved_at"`
}

// stampLayout is how a seal writes times.
const stampLayout = "20060102150405.000000"

// hash computes what the seal must be if the one before it is former. It is the same text as in sql/procedures/seal_moves.sql, made
// without it: what is compared was written twice.
func (l *sealedLine) hash(former sealHash) sealHash {
	order := "-"
	if l.OrderID != nil {
		order = hex.EncodeToString(l.OrderID)
	}
	return sha256.Sum256(fmt.Appendf(nil, "%x %d %s %x %d %d %d %s %d %s %s %s %s", former[:], l.Seq, l.SealedAt.Format(stampLayout),
		l.MoveID[:], l.Line, *l.ItemID, *l.Shard, order, *l.Units, *l.FromAccount, *l.ToAccount, *l.WordsHash, l.MovedAt.Format(stampLayout)))
}

// wordsHash is what a seal and the auditor know of a line's reason and actor.
func wordsHash(reason, actor string) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%x %x", reason, actor)))
}

// sealChain follows the seals one after the other.
type sealChain struct {
	check  *SealCheck
	seq    uint64   // of the last seal seen
	stored sealHash // its hash as it stands there
	meant  sealHash // its hash as its line says

	suspect *sealedLine // the last seal, if it does not fit: what comes next tells why
	latest  time.Time   // newest time of a line so far, and not later than its seal
}

// What the seal after one that does not fit tells about it.
const (
	lineChanged = "the line, or the time of its seal, was changed after it was sealed"
	sealChanged = "the hash of the seal was changed"
	doubtful    = "the line or the seal was changed, or seals changed places"
)

// next takes the next seal.
func (c *sealChain) next(l *sealedLine) {
	gap := l.Seq != c.seq+1
	if gap {
		c.settle(doubtful)
		c.check.add(BrokenInvariant{
			Invariant: "S4 the seals are numbered without gaps", Expected: fmt.Sprintf("seal %d", c.seq+1), Found: fmt.Sprintf("seal %d", l.Seq),
			WhatToDo: "seals were deleted or renumbered: compare with a backup; their lines stand under S3",
		})
	}
	stored := sealHash(append(l.Hash, make([]byte, sha256.Size)...)[:sha256.Size])
	if l.ItemID == nil {
		c.settle(doubtful)
		c.check.add(BrokenInvariant{
			Invariant: "S2 every seal has its line", Expected: lineText(l.MoveID, l.Line), Found: "no such line",
			WhatToDo: fmt.Sprintf("the line of seal %d was deleted, or its move_id or line changed: restore it from a backup", l.Seq),
		})
		c.meant = stored
	} else {
		c.compare(l, stored, gap)
		c.inTime(l)
	}
	c.seq, c.stored = l.Seq, stored
	c.check.Head, c.check.Hash = l.Seq, hex.EncodeToString(l.Hash)
}

// compare holds a seal against its line and the seal before it.
func (c *sealChain) compare(l *sealedLine, stored sealHash, gap bool) {
	fits := l.hash(c.stored)
	switch {
	case stored == fits:
		c.settle(lineChanged)
	case gap: // what it follows is gone
		fits = stored
	case c.suspect != nil && stored == l.hash(c.meant):
		c.settle(sealChanged)
		fits = stored
	default:
		c.settle(doubtful)
		c.suspect = l
	}
	c.meant = fits
}

// settle tells about the seal that did not fit, if there is one.
func (c *sealChain) settle(why string) {
	l := c.suspect
	if l == nil {
		return
	}
	c.suspect = nil
	c.check.add(BrokenInvariant{
		Invariant: "S1 a sealed line is as it was sealed", ItemID: l.ItemID,
		Expected: fmt.Sprintf("%s as under seal %d of %s", lineText(l.MoveID, l.Line), l.Seq, l.SealedAt.Format(time.DateTime)), Found: "another hash",
		WhatToDo: why + ": compare with a backup and the binary log",
	})
}

// inTime holds a line's time against the lines sealed before it. The worker seals what it finds: a line that somebody adds by hand is sealed
// like any other, but it cannot have the time of lines that were sealed long before.
func (c *sealChain) inTime(l *sealedLine) {
	moved := *l.MovedAt
	if moved.Before(c.latest.Add(-SealMargin)) || moved.After(l.SealedAt.Add(SealMargin)) {
		c.check.add(BrokenInvariant{
			Invariant: "S6 lines are sealed in the order of their times", ItemID: l.ItemID,
			Expected: fmt.Sprintf("%s sealed soon after %s", lineText(l.MoveID, l.Line), moved.Format(time.DateTime)),
			Found:    fmt.Sprintf("sealed at %s, after lines of %s", l.SealedAt.Format(time.DateTime), c.latest.Format(time.DateTime)),
			WhatToDo: "the line was added by hand with a wrong time; or the clock of a web node or of the database was wrong",
		})
	}
	if moved.After(l.SealedAt) {
		moved = l.SealedAt
	}
	if moved.After(c.latest) {
		c.latest = moved
	}
}
