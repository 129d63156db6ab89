package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/uuid"

	"doorbuster/bench/load"
	"doorbuster/localdb"
	"doorbuster/store"
	"doorbuster/store/storetest"
)

// cpuOf is the processor time that the server has used.
func cpuOf(b *testing.B, server *localdb.DB) time.Duration {
	b.Helper()
	cpu, err := load.CPUOf(server.Pid())
	if err != nil {
		b.Fatal(err)
	}
	return cpu
}

// BenchmarkPlaceOrder is a closed loop of many shoppers at one hot item with endless stock, each order durable: what the purchase costs
// below HTTP. The benchmark of the product (make bench) compares it with other designs; this one is for profiles.
func BenchmarkPlaceOrder(b *testing.B) {
	for _, shards := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("shards=%d", shards), func(b *testing.B) { benchPlace(b, 512, 1, shards, 8) })
	}
	for _, conns := range []int{2, 4, 8} {
		b.Run(fmt.Sprintf("items=1000/conns=%d", conns), func(b *testing.B) { benchPlace(b, 512, 1000, 1, conns) })
	}
}

func benchPlace(b *testing.B, clients, items, shards, conns int) {
	server := storetest.OwnServer(b)
	d := storetest.On(b, server)
	s := d.Open(b, func(c *store.Config) { c.WebDSN, c.PurchaseConns = unixDSN(b, d, server.Socket()), conns })
	var wanted []store.NewItem
	for i := range items {
		wanted = append(wanted, store.NewItem{SKU: fmt.Sprint(i), Units: 50_000_000, Shards: shards})
	}
	_, ids := storetest.Sale(b, s, wanted...)
	eventually(b, "the items are known", func() bool { return s.Live().Items[ids[len(ids)-1]].Shards > 0 })
	cpu := cpuOf(b, server)
	b.ResetTimer()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				id := uuid.Must(uuid.NewV7())
				p := store.Purchase{OrderID: id, ItemID: ids[int(n)%len(ids)], UserID: uint64(n), Units: 1, RequestID: id}
				if got, err := s.PlaceOrder(b.Context(), p); err != nil || got.Outcome != store.Placed {
					b.Errorf("%v %v", got, err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric(float64((cpuOf(b, server)-cpu).Microseconds())/float64(b.N), "dbcpu-µs/order")
}

// unixDSN is the web account's address over the server's socket.
func unixDSN(t testing.TB, d *storetest.Database, socket string) string {
	t.Helper()
	cfg, err := mysql.ParseDSN(d.DSN("doorbuster_web"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Net, cfg.Addr = "unix", socket
	return cfg.FormatDSN()
}
