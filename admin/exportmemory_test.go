package admin

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"doorbuster/store"
)

// Bounds of what an export of any size may hold, in bytes. A workbook gathers 16 MiB of its sheet, in a buffer that doubles, before it goes to the disk;
// that the zip is not gathered too, TestXLSXIsSentInPieces proves.
const (
	mostCSV  = 8 << 20
	mostXLSX = 64 << 20
)

// liveHeap is what the last collection found in use.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// watchHeap gathers the most that was in use while do ran, above what was before.
func watchHeap(do func()) uint64 {
	runtime.GC()
	before := liveHeap()
	most := make(chan uint64)
	stop := make(chan struct{})
	go func() {
		var seen uint64
		tick := time.NewTicker(25 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				most <- seen
				return
			case <-tick.C:
				runtime.GC()
				seen = max(seen, liveHeap())
			}
		}
	}()
	do()
	close(stop)
	return max(<-most, before) - before
}

// digits is a table of ten rows, to multiply rows with on both servers.
const digits = "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"

// fill puts n orders of a thousand shoppers into the database, as a sale long ago would have left them.
func (d *desk) fill(n int64) {
	d.t.Helper()
	d.exec(`INSERT INTO users (id, customer_ref, email, name, language, sessions_from, created_at)
		SELECT 1000 + a.n + 10 * b.n + 100 * c.n, CONCAT('c', a.n, b.n, c.n), CONCAT('somebody-', a.n, b.n, c.n, '@example.com'), CONCAT('=Somebody with a long name ', a.n, b.n, c.n), 'en', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
		FROM ` + digits + ` a JOIN ` + digits + ` b JOIN ` + digits + ` c`)
	d.exec(`INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, paid_at, closed_at, move_id, request_id)
		SELECT UNHEX(CONCAT(LPAD(HEX(1700000000000 + n), 12, '0'), '70008000', LPAD(HEX(n), 12, '0'))), ?, 1000 + n MOD 1000, 1, 1999, 'refunded', '2023-11-14 22:13:20' + INTERVAL n * 1000 MICROSECOND,
		       '2023-11-15', '2023-11-16', UNHEX(REPEAT('11', 16)), UNHEX(REPEAT('22', 16))
		FROM (SELECT a.n + 10 * b.n + 100 * c.n + 1000 * e.n + 10000 * f.n + 100000 * g.n AS n
		      FROM `+digits+` a JOIN `+digits+` b JOIN `+digits+` c JOIN `+digits+` e JOIN `+digits+` f JOIN `+digits+` g) x WHERE n < ?`, d.item, n)
}

var anOrder = regexp.MustCompile(`^[^>]*><c[^>]*><is><t[^>]*>([0-9a-f]{8}-[0-9a-f-]{27})<`)

// 200,000 orders as CSV and as XLSX: every order is there once, and what the console holds meanwhile is bounded, whatever is exported. Under the race detector
// there are 40,000: it is looked for races there, and for memory in the other run of .ci/run.
func TestLargeExportKeepsMemoryFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a database")
	}
	n := int64(200_000)
	if raced {
		n = 40_000
	}
	t.Setenv("TMPDIR", t.TempDir())
	d := newDesk(t, 10)
	d.fill(n)
	for _, c := range []struct {
		format store.FileFormat
		orders store.OrderRange
		most   uint64
	}{
		{store.FileFormat{Format: formatCSV, Delimiter: "comma"}, store.OrderRange{Sale: d.sale}, mostCSV},
		{store.FileFormat{Format: formatXLSX}, store.OrderRange{}, mostXLSX},
	} {
		id := d.begin(c.format, c.orders)
		held := watchHeap(func() { d.work(d.runner()) })
		task := d.task(id, "done", n, 0)
		t.Logf("%s: %d bytes held, file of %d bytes in %d parts", c.format.Format, held, task.Bytes, task.Chunks)
		most := c.most
		if raced {
			most *= 2
		}
		if held > most {
			t.Errorf("%s: %d bytes were held, more than %d", c.format.Format, held, most)
		}
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
			t.Errorf("%s: left on the disk: %v, %v", c.format.Format, left, err)
		}
		seen := map[string]int{}
		if c.format.Format == formatCSV {
			countCSV(t, d.file(id), seen)
		} else {
			countXLSX(t, d.file(id), seen)
		}
		for order, times := range seen {
			if times != 1 {
				t.Fatalf("%s: order %s is there %d times", c.format.Format, order, times)
			}
		}
		if int64(len(seen)) != n {
			t.Errorf("%s: %d of %d orders", c.format.Format, len(seen), n)
		}
	}
}

func countCSV(t *testing.T, file []byte, seen map[string]int) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(file))
	r.ReuseRecord = true
	for line := 0; ; line++ {
		row, err := r.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if line > 0 {
			seen[row[0]]++
		}
	}
}

func countXLSX(t *testing.T, file []byte, seen map[string]int) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := z.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	rows := bufio.NewScanner(sheet)
	rows.Buffer(make([]byte, 64<<10), 1<<20)
	rows.Split(func(data []byte, end bool) (int, []byte, error) {
		if i := bytes.Index(data, []byte("<row ")); i >= 0 {
			return i + 5, data[:i], nil
		}
		if end && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for rows.Scan() {
		if m := anOrder.FindSubmatch(rows.Bytes()); m != nil {
			seen[string(m[1])]++
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if err := sheet.Close(); err != nil {
		t.Fatal(err)
	}
}
