package store

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// sealHead is one line of the head's file.
type sealHead struct {
	Seq  uint64 `db:"seq"`
	Hash string `db:"hash"`
	row  int    // of the file, from 1
}

// HeadLine is the line of the head's file for a head: number, hash and time of the seal, with its line break.
func HeadLine(seq uint64, hash string, at time.Time) string {
	return fmt.Sprintf("%d %s %s\n", seq, hash, at.UTC().Format(time.RFC3339Nano))
}

// parseHead reads a line that HeadLine made.
func parseHead(line string, row int) (h sealHead, ok bool) {
	parts := strings.Fields(line)
	if len(parts) != 3 {
		return h, false
	}
	seq, err := strconv.ParseUint(parts[0], 10, 64)
	hash, hexErr := hex.DecodeString(parts[1])
	_, timeErr := time.Parse(time.RFC3339Nano, parts[2])
	if err != nil || hexErr != nil || timeErr != nil || len(hash) != len(sealHash{}) {
		return h, false
	}
	return sealHead{Seq: seq, Hash: strings.ToLower(parts[1]), row: row}, true
}

const headFile = "S5 the seals are those of the head's file"

// verifyHeads looks each head of the file up in the database.
func verifyHeads(ctx context.Context, conn *sqlx.Conn, check *SealCheck, file io.Reader) error {
	lines := bufio.NewScanner(file)
	var page []sealHead
	for row := 1; lines.Scan(); row++ {
		h, ok := parseHead(lines.Text(), row)
		if !ok {
			check.add(BrokenInvariant{
				Invariant: headFile, Expected: "number, hash and time", Found: fmt.Sprintf("line %d of the file is something else", row),
				WhatToDo: "the file was edited, or the machine went down while it was written: compare with the log and its copies",
			})
			continue
		}
		if page = append(page, h); len(page) < sealPage {
			continue
		}
		if err := compareHeads(ctx, conn, check, page); err != nil {
			return err
		}
		page = page[:0]
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("the head's file: %w", err)
	}
	if err := compareHeads(ctx, conn, check, page); err != nil {
		return err
	}
	if check.Anchors == 0 && check.Head > 0 {
		check.add(BrokenInvariant{
			Invariant: headFile, Expected: "at least one head", Found: "none",
			WhatToDo: "the file was emptied, or it is not the worker's SEAL_FILE: without it nothing says that the seals are the original ones",
		})
	}
	return nil
}

// compareHeads looks up to a page of heads up.
func compareHeads(ctx context.Context, conn *sqlx.Conn, check *SealCheck, page []sealHead) error {
	if len(page) == 0 {
		return nil
	}
	numbers := make([]uint64, len(page))
	for i, h := range page {
		numbers[i] = h.Seq
	}
	query, args, err := sqlx.In("SELECT seq, LOWER(HEX(hash)) AS hash FROM audit_stock_seals WHERE seq IN (?)", numbers)
	if err != nil {
		return err
	}
	var seals []sealHead
	if err := conn.SelectContext(ctx, &seals, query, args...); err != nil {
		return err
	}
	hashes := make(map[uint64]string, len(seals))
	for _, s := range seals {
		hashes[s.Seq] = s.Hash
	}
	for _, h := range page {
		check.Anchors++
		found, there := hashes[h.Seq]
		if found == h.Hash {
			continue
		}
		if !there {
			found = fmt.Sprintf("no such seal; the last one is %d", check.Head)
		}
		check.add(BrokenInvariant{
			Invariant: headFile, Expected: fmt.Sprintf("seal %d with hash %s, says line %d of the file", h.Seq, h.Hash, h.row), Found: found,
			WhatToDo: "somebody cut off or computed anew the seals from before this number on: nothing of the ledger since the last head that fits is proved",
		})
	}
	return nil
}
