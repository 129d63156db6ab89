package localdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// lockFile is a file whose lock belongs to this process until it ends.
type lockFile struct{ file *os.File }

// tryLock takes the lock at once or fails with ErrInUse and who has it.
func tryLock(path string) (*lockFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer f.Close()
		holder, _ := io.ReadAll(io.LimitReader(f, 64))
		if who := strings.TrimSpace(string(holder)); who != "" {
			return nil, fmt.Errorf("%w by process %s", ErrInUse, who)
		}
		return nil, ErrInUse
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("cannot lock %s: %w", path, err)
	}
	// The number is only for the message above; without it the lock still holds.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	return &lockFile{f}, nil
}

// waitLock takes the lock as soon as it is free. waiting is called once if it
// is not free within a second.
func waitLock(ctx context.Context, path string, waiting func()) (*lockFile, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for n := 1; ; n++ {
		l, err := tryLock(path)
		if !errors.Is(err, ErrInUse) {
			return l, err
		}
		if n == 20 {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", err, ctx.Err())
		case <-tick.C:
		}
	}
}

// unlock gives the lock back. Closing alone would not do: a process being
// started at this moment holds a copy of the file for an instant.
func (l *lockFile) unlock() {
	if l == nil {
		return
	}
	_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	l.file.Close()
}
