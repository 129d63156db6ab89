package front

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/net/netutil"

	"doorbuster/payment"
	"doorbuster/payment/sandbox"
	"doorbuster/store"
	"doorbuster/web"
	"doorbuster/web/wire"
)

// Command is the first argument with which Start runs a program; the program then calls Child and exits with its result.
const Command = "front"

const (
	connections = 10_000           // as web.Config has it by default
	noLimit     = 1_000_000_000    // per second: the limiters count every request and refuse none
	knowTime    = 10 * time.Second // until the store must have read its items
	cutTime     = 10 * time.Second // for requests under way when the server ends
	endTime     = 5 * time.Minute  // for a design's queue and audit
	closeTime   = 15 * time.Second // for the store's last shoppers
)

// Child is the whole program of the new process: it reads Options from standard input and serves until SIGTERM, SIGINT, or the end of
// standard input, which comes at the latest when the process that started it is gone. It returns the exit code.
func Child() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := child(ctx, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func child(ctx context.Context, in io.Reader, out io.Writer) error {
	var o Options
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return fmt.Errorf("front: options: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { // ends with the process: a read of standard input cannot be called off
		_, _ = io.Copy(io.Discard, in) // its end is all that is of interest
		stop()
	}()
	return Serve(ctx, o, out)
}

// Serve runs the server that o describes until ctx ends. It prints a Ready line to out when it answers, and an Ending line when
// everything has ended well. It registers nothing and changes nothing outside of itself but the log file and a design's database.
func Serve(ctx context.Context, o Options, out io.Writer) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	web.RelaxCollector()
	log, end, err := o.openLog()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s, err := store.Open(ctx, store.Config{
		WebDSN: o.WebDSN, PurchaseConns: o.storeConns(), BatchSize: o.BatchSize, QueueSize: o.QueueSize, Log: log, Registerer: registry,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore(s)) }()
	if err := know(ctx, s, o.Items); err != nil {
		return err
	}
	sells, err := openSeller(ctx, o, s)
	if err != nil {
		return err
	}
	err = serveShop(ctx, o, s, sells, log, registry, out)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	e, endErr := sells.end(ending)
	if err = errors.Join(err, endErr); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(e)
}

// storeConns is the number of connections for orders: the setting belongs to the design, if there is one.
func (o Options) storeConns() int {
	if o.ownStore() {
		return o.Settings.Pool
	}
	return 0
}

func closeStore(s *store.Store) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return s.Close(ctx)
}

// know checks that the store has read the items: a crowd must not be the first to ask for them. A database that does not answer, or
// holds another version of the product, is an error.
func know(ctx context.Context, s *store.Store, items []uint64) error {
	ctx, cancel := context.WithTimeout(ctx, knowTime)
	defer cancel()
	if err := s.CheckSchema(ctx); err != nil {
		return fmt.Errorf("front: the product's database (WebDSN): %w", err)
	}
	began := time.Now()
	tick := time.NewTicker(20 * time.Millisecond) // the store reads once a second and tells nobody
	defer tick.Stop()
	for {
		live := s.Live()
		missing := slices.IndexFunc(items, func(item uint64) bool {
			_, known := live.Items[item]
			return !known
		})
		switch {
		case missing < 0:
			return nil
		case live.ReadAt.After(began):
			return fmt.Errorf("front: item %d is not on sale", items[missing])
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("front: the store has not read its items: %w", ctx.Err())
		}
	}
}

// serveShop listens, says so, and serves until ctx ends. Requests under way get their answers, within cutTime.
func serveShop(ctx context.Context, o Options, s *store.Store, sells seller, log *slog.Logger, registry *prometheus.Registry, out io.Writer) error {
	site, err := web.New(web.Config{
		Payment: payment.NewDesk(s, sandbox.New(s, o.Keys.Link), log),
		Store:   s, Purchaser: sells, PublicURL: "http://" + Host, ShopName: "Doorbuster",
		SessionKeys: o.Keys.session(), PassKeys: o.Keys.pass(), LinkSecrets: web.Keys{o.Keys.Link},
		Log: log, Registerer: registry, Gatherer: registry,
		Limits: web.Limits{AddressPerSecond: noLimit, ShopperPerSecond: noLimit, ShopperBurst: noLimit},
	})
	if err != nil {
		return err
	}
	network, address := o.listenAt()
	var config net.ListenConfig
	l, err := config.Listen(ctx, network, address)
	if err != nil {
		return fmt.Errorf("front: %w", err)
	}
	server := wire.HTTPServer(newGatehouse(site, sells, log, registry), log)
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(netutil.LimitListener(l, connections)) }()
	err = json.NewEncoder(out).Encode(Ready{Network: network, Address: l.Addr().String(), PID: os.Getpid(), Items: o.Items})
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-serving:
			return fmt.Errorf("front: %w", err)
		}
	}
	cutting, cancel := context.WithTimeout(context.WithoutCancel(ctx), cutTime)
	defer cancel()
	if stopped := server.Shutdown(cutting); stopped != nil {
		err = errors.Join(err, fmt.Errorf("front: some requests were cut off: %w", stopped), server.Close())
	}
	if served := <-serving; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("front: %w", served))
	}
	return err
}
