package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrNotDurable says that the server may lose what it has acknowledged when the power fails.
var ErrNotDurable = errors.New("store: the database is not durable")

// CheckDurability returns nil if the server keeps what it acknowledged through a loss of power, else ErrNotDurable with the settings
// to change. "It is yours" would be a lie otherwise.
func (s *Store) CheckDurability(ctx context.Context) error {
	var v struct {
		Flush       int    `db:"flush_log"`
		LogBin      int    `db:"log_bin"`
		SyncBinlog  int    `db:"sync_binlog"`
		Doublewrite string `db:"doublewrite"`
	}
	err := s.openLane().get(ctx, &v, "durability", `SELECT @@innodb_flush_log_at_trx_commit AS flush_log, @@log_bin AS log_bin,
		@@sync_binlog AS sync_binlog, CAST(@@innodb_doublewrite AS CHAR) AS doublewrite`)
	if err != nil {
		return err
	}
	var wrong []string
	if v.Flush != 1 {
		wrong = append(wrong, fmt.Sprintf("innodb_flush_log_at_trx_commit is %d and must be 1", v.Flush))
	}
	if v.LogBin == 1 && v.SyncBinlog != 1 {
		wrong = append(wrong, fmt.Sprintf("sync_binlog is %d and must be 1", v.SyncBinlog))
	}
	if v.Doublewrite == "OFF" || v.Doublewrite == "0" {
		wrong = append(wrong, "innodb_doublewrite is off and must be on")
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrNotDurable, strings.Join(wrong, "; "))
	}
	return nil
}
