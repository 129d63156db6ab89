package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"doorbuster/store"
)

// The environment of a child process, which is this test binary as a worker.
const (
	childDSN      = "DOORBUSTER_TEST_WORKER_DSN"
	childRedis    = "DOORBUSTER_TEST_WORKER_REDIS"
	childDatabase = "DOORBUSTER_TEST_WORKER_DATABASE"
)

// child is the main function of the child: a worker until standard input ends. It logs to standard error.
func child() int {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	s, err := store.Open(ctx, store.Config{WorkerDSN: os.Getenv(childDSN)})
	if err == nil {
		err = errors.Join(Run(ctx, Config{
			Store: s, Redis: strings.Fields(os.Getenv(childRedis)), Database: os.Getenv(childDatabase),
			TTL: time.Second, ClaimEvery: 20 * time.Millisecond, ExpireEvery: time.Millisecond,
			Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		}), s.Close(context.WithoutCancel(ctx)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
