package localdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// server is what a database and a Redis have in common: a process on a folder,
// with a socket and a port. Its methods may be called from several goroutines.
type server struct {
	options Options
	folder  *folder
	account *account
	product Product
	version string

	// before, if set, runs ahead of every launch; command builds the process;
	// ping asks it whether it serves.
	before  func() error
	command func(ctx context.Context, port int) *exec.Cmd
	ping    func(ctx context.Context) error

	// turn lets one of Stop, Kill and Restart act at a time.
	turn    sync.Mutex
	running atomic.Pointer[child]
	port    atomic.Int32
}

// errPortTaken says that somebody took the port between our look and the
// server's. Then another one is tried.
var errPortTaken = errors.New("the port is taken")

// errRefused says that the server is up but does not let us in.
var errRefused = errors.New("the root account has another password than the one in root.password")

// portTries bounds how often a start looks for another port.
const portTries = 8

// Addr returns the address on loopback, "127.0.0.1:port". It stays the same
// over Stop, Kill and Restart.
func (s *server) Addr() string { return "127.0.0.1:" + strconv.Itoa(int(s.port.Load())) }

// Socket returns the path of the unix socket. It stays the same over Stop,
// Kill and Restart.
func (s *server) Socket() string { return s.folder.socket }

// Version returns the server's version, as "10.11.6".
func (s *server) Version() string { return s.version }

// LogFile returns the path of the file that the server writes its log to.
func (s *server) LogFile() string { return s.folder.logFile() }

// Pid returns the process number of the server as it was started last.
func (s *server) Pid() int { return s.running.Load().cmd.Process.Pid }

// Done returns a channel that is closed when the process ended unasked: it
// crashed, or somebody else killed it. Stop and Kill do not close it. After
// Restart there is a new channel.
func (s *server) Done() <-chan struct{} { return s.running.Load().unasked }

// Stop shuts the server down cleanly and waits until it is gone. When the
// context ends first (or 30 seconds pass, if it has no deadline) the process is
// killed, and the error says so; nothing acknowledged is lost then either.
// Stopping a server that is not running is no error.
func (s *server) Stop(ctx context.Context) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.stop(ctx)
}

func (s *server) stop(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, stopTimeout)
		defer cancel()
	}
	c := s.running.Load()
	if !c.alive() {
		return nil
	}
	c.signal(syscall.SIGTERM)
	slow := time.NewTimer(time.Second)
	defer slow.Stop()
	for {
		select {
		case <-c.done:
			return nil
		case <-slow.C:
			s.options.progress("Waiting for " + s.product.String() + " to stop")
		case <-ctx.Done():
			c.signal(syscall.SIGKILL)
			<-c.done
			return fmt.Errorf("localdb: %s did not stop in time and was killed: %w", s.product, ctx.Err())
		}
	}
}

// Kill ends the process at once, as a crash would, and waits until it is gone.
// Killing a server that is not running is no error.
func (s *server) Kill() error {
	s.turn.Lock()
	defer s.turn.Unlock()
	c := s.running.Load()
	c.signal(syscall.SIGKILL)
	<-c.done
	return nil
}

// Restart starts the server again on the same folder, socket and port, after
// Stop, Kill or a crash. A server that still runs is stopped first.
func (s *server) Restart(ctx context.Context) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if err := s.stop(ctx); err != nil {
		return err
	}
	if err := s.folder.acquire(ctx, s.options); err != nil {
		return err
	}
	s.options.Port = int(s.port.Load())
	return s.launch(ctx, s.options.Port)
}

// launch starts the process and waits until it serves. The folder must be
// acquired; it is given back when launch fails. last is the port to try first.
func (s *server) launch(ctx context.Context, last int) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, startTimeout)
		defer cancel()
	}
	for try := 1; ; try++ {
		port, err := s.choosePort(ctx, try, last)
		if err != nil {
			s.folder.release()
			return err
		}
		err = s.launchOnce(ctx, port)
		if err == nil || !errors.Is(err, errPortTaken) || try == portTries {
			return err
		}
		// The failed process gave the folder back.
		if err := s.folder.acquire(ctx, s.options); err != nil {
			return err
		}
	}
}

// choosePort returns the port to try. One that was asked for is waited for
// shortly: a server needs seconds to find out that it is taken.
func (s *server) choosePort(ctx context.Context, try, last int) (int, error) {
	fixed := s.options.Port
	if fixed == 0 {
		if try == 1 && last != 0 && portFree(ctx, last) {
			return last, nil
		}
		return freePort(ctx), nil
	}
	for range portTries {
		if portFree(ctx, fixed) {
			return fixed, nil
		}
		if !pause(ctx, 250*time.Millisecond) {
			break
		}
	}
	return 0, fmt.Errorf("localdb: port %d on 127.0.0.1: %w", fixed, errPortTaken)
}

func (s *server) launchOnce(ctx context.Context, port int) error {
	log, from, err := s.prepareLaunch()
	if err != nil {
		s.folder.release()
		return err
	}
	cmd := s.command(ctx, port)
	cmd.Dir = s.folder.data()
	cmd.SysProcAttr = s.account.credential()
	var out io.Writer = log
	if s.options.Log != nil {
		out = io.MultiWriter(log, s.options.Log)
	}
	cmd.Stdout, cmd.Stderr = out, out
	// A writer of the caller that blocks must not keep a dead server alive.
	cmd.WaitDelay = 5 * time.Second
	c, err := startChild(cmd, func() {
		log.Close()
		s.folder.release()
	})
	if err != nil {
		log.Close()
		s.folder.release()
		return fmt.Errorf("localdb: cannot start %s: %w", s.product, err)
	}
	err = s.folder.writePid(c)
	if err == nil {
		err = s.awaitReady(ctx, c)
	}
	if err != nil {
		c.signal(syscall.SIGKILL)
		<-c.done
		return s.explain(err, from)
	}
	s.port.Store(int32(port))
	s.running.Store(c)
	return nil
}

// prepareLaunch makes what the process needs in the folder. It returns the open
// log and where in it this run begins.
func (s *server) prepareLaunch() (log *os.File, from int64, err error) {
	if err := s.folder.prepareSocket(s.account); err != nil {
		return nil, 0, err
	}
	if s.before != nil {
		if err := s.before(); err != nil {
			return nil, 0, err
		}
	}
	log, err = s.folder.openLog()
	if err != nil {
		return nil, 0, err
	}
	from, err = log.Seek(0, io.SeekEnd)
	if err != nil {
		log.Close()
		return nil, 0, fmt.Errorf("localdb: %w", err)
	}
	return log, from, nil
}

// awaitReady asks the server until it answers. It gives up when the process
// ended or the context did.
func (s *server) awaitReady(ctx context.Context, c *child) error {
	slow := time.NewTimer(time.Second)
	defer slow.Stop()
	wait := 10 * time.Millisecond
	for {
		err := s.ping(ctx)
		if err == nil || errors.Is(err, errRefused) {
			return err
		}
		again := time.NewTimer(wait)
		select {
		case <-c.done:
			again.Stop()
			return fmt.Errorf("the process ended: %w", exitError(c.err))
		case <-ctx.Done():
			again.Stop()
			return fmt.Errorf("%w, the last answer was: %w", ctx.Err(), err)
		case <-slow.C:
			s.options.progress("Waiting for " + s.product.String() + " to be ready")
		case <-again.C:
			wait = min(2*wait, 100*time.Millisecond)
		}
		again.Stop()
	}
}

// exitError makes an exit with status 0 before readiness an error too.
func exitError(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// explain adds the last lines of the log: they say what no exit status says.
func (s *server) explain(err error, from int64) error {
	tail := s.folder.logTail(from)
	if bytes.Contains(tail, []byte("Address already in use")) {
		err = fmt.Errorf("%w: %w", errPortTaken, err)
	}
	return fmt.Errorf("localdb: %s does not start in %s: %w\nthe last lines of its log:\n%s",
		s.product, s.folder.dir, err, tail)
}

// logLimit is the size in bytes after which a start begins a new log file; one
// old one is kept.
const logLimit = 4 << 20

func (f *folder) openLog() (*os.File, error) {
	name := f.logFile()
	if info, err := os.Stat(name); err == nil && info.Size() > logLimit {
		if err := os.Rename(name, name+".old"); err != nil {
			return nil, fmt.Errorf("localdb: %w", err)
		}
	}
	log, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("localdb: %w", err)
	}
	return log, nil
}

// logTail returns at most the last 15 lines written after the given offset.
func (f *folder) logTail(from int64) []byte {
	log, err := os.Open(f.logFile())
	if err != nil {
		return nil
	}
	defer log.Close()
	if size, err := log.Seek(0, io.SeekEnd); err != nil || size < from {
		return nil
	} else if size-from > 8<<10 {
		from = size - 8<<10
	}
	if _, err := log.Seek(from, io.SeekStart); err != nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(log, 8<<10))
	if err != nil {
		return nil
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-15):], []byte("\n"))
}

func (f *folder) writePid(c *child) error {
	return writeFile(f.path("server.pid"), fmt.Appendf(nil, "%d\n", c.cmd.Process.Pid), 0o644)
}

// pause waits; it returns false when the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func isRoot() bool { return os.Geteuid() == 0 }
