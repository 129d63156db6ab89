package store_test

import (
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// fillLedger writes n lines whose numbers carry the present time, one in a millisecond backwards from now, and returns the fence to seal them.
func fillLedger(b *testing.B, d *storetest.Database, s *store.Store, n int) uint64 {
	b.Helper()
	root := d.Root(b)
	const digits = "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)"
	_, err := root.ExecContext(b.Context(), `INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
		SELECT UNHEX(CONCAT(LPAD(HEX(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000 - n), 12, '0'), '7', LPAD(HEX(n), 19, '0'))), 0, 1, 0,
		       UNHEX(LPAD(HEX(n), 32, '0')), 1, 'held', 'sold', 'paid', 'shopper', UTC_TIMESTAMP(6)
		  FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d AS n
		          FROM `+digits+` a, `+digits+` b, `+digits+` c, `+digits+` d, `+digits+` e, `+digits+` f) x WHERE n < ?`, n)
	if err != nil {
		b.Fatal(err)
	}
	lease, err := s.TakeLease(b.Context(), "seal_moves", "bench", time.Hour, true)
	if err != nil {
		b.Fatal(err)
	}
	return lease.Fence
}

// BenchmarkSealMoves seals a ledger of b.N lines, 900 per transaction, each durable; then it verifies them.
func BenchmarkSealMoves(b *testing.B) {
	d := storetest.New(b)
	s := d.Open(b)
	fence := fillLedger(b, d, s, b.N)
	b.ResetTimer()
	began := time.Now()
	for sealed := 0; sealed < b.N; {
		a, err := s.SealMoves(b.Context(), fence, 900)
		if err != nil {
			b.Fatal(err)
		}
		sealed += a.Sealed
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "sealed/s")
	b.StopTimer()
	began = time.Now()
	auditor, err := store.OpenAuditor(d.DSN("doorbuster_auditor"))
	if err != nil {
		b.Fatal(err)
	}
	check, err := auditor.VerifySeals(b.Context(), nil)
	if err != nil || check.Found > 0 || int(check.Head) != b.N {
		b.Errorf("%+v, %v", check, err)
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "verified/s")
	if err := auditor.Close(); err != nil {
		b.Error(err)
	}
}
