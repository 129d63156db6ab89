package store_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// cpuOf is the processor time that a process has used, in clock ticks of 10 ms.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // not Linux: the figure is left out
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
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
	for s.Live().Items[ids[len(ids)-1]].Shards == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	cpu := cpuOf(b, server.Pid())
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
	b.ReportMetric(float64((cpuOf(b, server.Pid())-cpu).Microseconds())/float64(b.N), "dbcpu-µs/order")
}
