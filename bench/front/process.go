package front

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"doorbuster/bench/load"
)

const (
	// startTime bounds the start of a server; a design has ten minutes to make its rows.
	startTime = 11 * time.Minute
	// mostErrors is how many bytes of what a child says on standard error are kept.
	mostErrors = 8 << 10
	// pipeTime is how long a child's pipes may stay open after its end.
	pipeTime = 5 * time.Second
)

// Process is a running server. Its methods may be called from any goroutine.
type Process struct {
	cmd    *exec.Cmd
	stdin  io.Closer // open as long as the child shall live
	ready  Ready
	errors beginning
	done   chan struct{}

	// Written before done is closed.
	ending Ending
	exit   error
}

// Start runs exe with the argument Command and returns when the server answers. The server lives until Stop, until ctx ends, which
// kills it, or until this process ends. What the child says of a failed start is in the error.
func Start(ctx context.Context, exe string, o Options) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, exe, Command), done: make(chan struct{})}
	p.cmd.Stderr, p.cmd.WaitDelay = &p.errors, pipeTime
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("front: %w", err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("front: %w", err)
	}
	p.stdin = stdin
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("front: %w", err)
	}
	ready := make(chan Ready, 1)
	go p.watch(stdout, ready)
	if err := json.NewEncoder(stdin).Encode(o); err != nil {
		return nil, errors.Join(fmt.Errorf("front: options: %w", err), p.kill())
	}
	timer := time.NewTimer(startTime)
	defer timer.Stop()
	select {
	case p.ready = <-ready:
		return p, nil
	case <-p.done:
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("front: the server was not ready yet: %w", err)
		}
		return nil, fmt.Errorf("front: the server did not start: %w", p.failure())
	case <-timer.C:
		return nil, errors.Join(fmt.Errorf("front: the server was not ready after %s", startTime), p.kill())
	}
}

// watch owns the child: it reads what the child prints until its end, and waits for it.
func (p *Process) watch(stdout io.Reader, ready chan<- Ready) {
	defer close(p.done)
	lines := json.NewDecoder(stdout)
	var first Ready
	err := lines.Decode(&first)
	if err == nil {
		ready <- first
		err = lines.Decode(&p.ending)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		_ = p.cmd.Process.Kill() // it prints what no child of ours prints; the only error is that it has ended
		err = fmt.Errorf("what the server printed: %w", err)
	}
	_, _ = io.Copy(io.Discard, stdout) // until its end; what else comes is of no interest
	exit := p.cmd.Wait()
	switch {
	case exit == nil && errors.Is(err, io.EOF):
		err = errors.New("it ended well before its time")
	case errors.Is(err, io.EOF):
		err = nil
	}
	p.exit = errors.Join(err, exit)
}

// failure says how a child ended, with its own words. Call it after done.
func (p *Process) failure() error {
	if p.exit == nil {
		return nil
	}
	if said := p.errors.String(); said != "" {
		return fmt.Errorf("%s (%w)", said, p.exit)
	}
	return p.exit
}

// kill ends the child at once and waits for it.
func (p *Process) kill() error {
	_ = p.cmd.Process.Kill() // the only error is that it has ended
	<-p.done
	return p.failure()
}

// Network is tcp or unix.
func (p *Process) Network() string { return p.ready.Network }

// Address is where the server listens: "127.0.0.1:port", or the path of a unix socket.
func (p *Process) Address() string { return p.ready.Address }

// Pid is the process number.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the process is gone, whoever ended it.
func (p *Process) Done() <-chan struct{} { return p.done }

// CPU is the time that the process has computed so far, user and system together; after its end all of it.
func (p *Process) CPU() (time.Duration, error) {
	select {
	case <-p.done:
		state := p.cmd.ProcessState
		return state.UserTime() + state.SystemTime(), nil
	default:
		return load.CPUOf(p.Pid())
	}
}

// Stop lets the server answer what is under way, bring the last orders to the database and audit, and waits until it is gone; when
// ctx ends first the server is killed. The error says also when it had ended by itself before, in failure. Stopping twice gives the
// same answer twice.
func (p *Process) Stop(ctx context.Context) (Ending, error) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // the only error is that it has ended
	select {
	case <-p.done:
	case <-ctx.Done():
		_ = p.kill() // why it was killed says more
		return p.ending, fmt.Errorf("front: the server did not end in time and was killed: %w", ctx.Err())
	}
	if err := p.failure(); err != nil {
		return p.ending, fmt.Errorf("front: the server: %w", err)
	}
	return p.ending, nil
}

// beginning keeps the first bytes that are written to it: what a program says first is why it ends.
type beginning struct {
	mu   sync.Mutex
	text []byte
}

// Write never fails: what does not fit is let go.
func (b *beginning) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p[:min(len(p), mostErrors-len(b.text))]...)
	return len(p), nil
}

// String is what was kept, without the last line's end.
func (b *beginning) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.TrimSpace(string(b.text))
}
