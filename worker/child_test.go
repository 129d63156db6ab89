package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
	"doorbuster/webhook"
)

// The environment of a child process, which is this test binary as a worker.
const (
	childDSN      = "DOORBUSTER_TEST_WORKER_DSN"
	childRedis    = "DOORBUSTER_TEST_WORKER_REDIS"
	childDatabase = "DOORBUSTER_TEST_WORKER_DATABASE"
	childHeads    = "DOORBUSTER_TEST_WORKER_HEADS" // file of the seals' heads; empty: none
	childSMTP     = "DOORBUSTER_TEST_WORKER_SMTP"  // the mail server; empty: none
	childAll      = "DOORBUSTER_TEST_WORKER_ALL"   // set: all jobs; else expiry alone
)

// child is the main function of the child: a worker until standard input ends. It logs to standard error.
func child() int {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	s, err := store.Open(ctx, store.Config{WorkerDSN: os.Getenv(childDSN), WorkerConns: Conns()})
	if err == nil {
		err = errors.Join(work(ctx, Config{
			Store: s, Desk: testDesk(s), Redis: strings.Fields(os.Getenv(childRedis)), Database: os.Getenv(childDatabase),
			TTL: time.Second, ClaimEvery: 20 * time.Millisecond, ExpireEvery: time.Millisecond, CheckEvery: 20 * time.Millisecond,
			RelayEvery: 10 * time.Millisecond, DeliverEvery: 10 * time.Millisecond, Webhooks: toLoopback(), SealFile: os.Getenv(childHeads),
			MailEvery: 10 * time.Millisecond, Mail: childPostman(),
			RebalanceEvery: 100 * time.Millisecond, SealEvery: 100 * time.Millisecond, CleanEvery: 100 * time.Millisecond, ReconcileEvery: 100 * time.Millisecond,
			Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		}), s.Close(context.WithoutCancel(ctx)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// childPostman sends mails to the server of the test; nil: there is none.
func childPostman() Postman {
	sender, err := postmanTo(os.Getenv(childSMTP))
	if err != nil {
		return nil
	}
	return sender
}

// toLoopback sends webhooks to receivers of this machine.
func toLoopback() *webhook.Sender {
	return webhook.NewSender(webhook.Options{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}

func work(ctx context.Context, cfg Config) error {
	table := expiry
	if os.Getenv(childAll) != "" {
		table = jobs
	}
	w, err := newWorker(cfg, table)
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// childWorker is a worker in a process of its own, which can be killed.
type childWorker struct {
	process *os.Process
	log     *logbook
	ended   chan struct{}
}

func startWorker(t testing.TB, l *life) *childWorker {
	t.Helper()
	w := &childWorker{log: &logbook{}, ended: make(chan struct{})}
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), childDSN+"="+l.d.DSN("doorbuster_worker"), childDatabase+"="+l.d.Name, childRedis+"="+l.url, childAll+"=yes", childHeads+"="+l.heads, childSMTP+"="+l.mails.URL())
	cmd.Stderr = w.log
	in, err := cmd.StdinPipe() // its end ends the child
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	w.process = cmd.Process
	go func() {
		_ = cmd.Wait() // it may have been killed
		close(w.ended)
	}()
	t.Cleanup(func() {
		_ = in.Close() // the child may be gone
		<-w.ended
		if own := w.log.ownFault(); own != "" {
			t.Errorf("a worker broke by itself: %s", own)
		}
		if t.Failed() {
			t.Logf("troubles of a worker:\n%s", w.log.troubles())
		}
	})
	return w
}

// kill ends the worker in the middle of whatever it does.
func (w *childWorker) kill(t testing.TB) {
	t.Helper()
	if err := w.process.Kill(); err != nil {
		t.Error(err)
	}
	<-w.ended
}
