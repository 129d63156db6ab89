package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"doorbuster/store"
)

// sealer seals the ledger and writes the head down where the database's administrators cannot change it. Only its runner uses it.
//
// What was written last is known in memory only. So a worker that begins writes the present head in its first run, whatever the former one
// wrote: a kill between the commit and the file loses no head, and at most repeats one.
type sealer struct {
	cfg    Config
	head   store.Seals // as the database told last
	logged string      // the line of the head that the log has
	filed  string      // the line of the head that the file has
}

// sealMoves seals ledger lines, batch after batch until few are left or the run has taken its share. An answer that was lost needs no care: lines that
// were sealed have their seal, and the next run tells the head.
func sealMoves(cfg Config) func(context.Context, uint64) (int, error) {
	s := &sealer{cfg: cfg}
	return func(ctx context.Context, fence uint64) (did int, err error) {
		did, err = s.seal(ctx, fence)
		return did, errors.Join(err, s.writeHead()) // also after an error: the batches before it are sealed
	}
}

func (s *sealer) seal(ctx context.Context, fence uint64) (did int, err error) {
	for range s.cfg.SealBatches {
		if ctx.Err() != nil {
			return did, nil
		}
		a, err := s.sealBatch(ctx, fence)
		switch {
		case err != nil:
			return did, err
		case a.Outcome == store.Fenced:
			return did, errOvertaken
		case a.Outcome != store.Nothing && a.Outcome != store.Sealed:
			return did, fmt.Errorf("worker: seal_moves answered %q", a.Outcome)
		}
		s.head = a
		did += a.Sealed
		if a.Sealed < s.cfg.SealLimit {
			return did, nil
		}
	}
	return did, nil
}

func (s *sealer) sealBatch(ctx context.Context, fence uint64) (store.Seals, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	return s.cfg.Store.SealMoves(ctx, fence, s.cfg.SealLimit)
}

// writeHead writes the head to the log and to the file, unless it stands there already.
func (s *sealer) writeHead() error {
	if s.head.HeadSeq == 0 || s.head.HeadAt == nil {
		return nil
	}
	line := store.HeadLine(s.head.HeadSeq, s.head.HeadHash, *s.head.HeadAt)
	if line != s.logged {
		s.cfg.Log.Info("the ledger is sealed", "job", "seal_moves", "seq", s.head.HeadSeq, "hash", s.head.HeadHash,
			"sealed_at", s.head.HeadAt.Format(time.RFC3339Nano))
		s.logged = line
	}
	if s.cfg.SealFile == "" || line == s.filed {
		return nil
	}
	if err := appendLine(s.cfg.SealFile, line); err != nil {
		return fmt.Errorf("worker: the file of the seals' heads: %w", err)
	}
	s.filed = line
	return nil
}

// appendLine adds a line to a file and waits until it is on disk. The file is opened for each line, so that it may be moved away. A line that
// was cut off when the machine went down is ended first, so that it spoils no other.
func appendLine(path, line string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if last := make([]byte, 1); info.Size() > 0 {
		if _, err := f.ReadAt(last, info.Size()-1); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if last[0] != '\n' {
			line = "\n" + line
		}
	}
	if _, err := f.WriteString(line); err != nil {
		return err
	}
	return f.Sync()
}
