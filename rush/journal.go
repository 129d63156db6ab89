package rush

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

// journal is a file of lines, one JSON object each: an attempt before it is sent, an answer after it came. Should this
// program die, the file says what was asked and what was promised.
//
// Many shoppers share one sync: a writer collects lines while the last sync is under way. What waits in memory is bounded
// by the number of requests in flight.
type journal struct {
	mu   sync.Mutex
	buf  []byte
	next *flush // the sync that the collected lines will be part of
	wake chan struct{}
	quit chan struct{}
	done chan struct{}
	file *os.File
	w    *bufio.Writer
}

// flush is one sync to disk; err may be read once done is closed.
type flush struct {
	done chan struct{}
	err  error
}

// openJournal creates the file, which must not exist: a journal is evidence and is never written over. An empty name
// gives nil, which is a journal that keeps nothing.
func openJournal(name string, seed, item uint64, shop string) (*journal, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("rush: journal: %w", err)
	}
	j := &journal{
		file: f, w: bufio.NewWriterSize(f, 64<<10), next: &flush{done: make(chan struct{})},
		wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	head, err := json.Marshal(struct {
		Event string    `json:"e"`
		Seed  uint64    `json:"seed"`
		Item  uint64    `json:"item"`
		Shop  string    `json:"shop"`
		At    time.Time `json:"at"`
	}{"rush", seed, item, shop, time.Now().UTC()})
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("rush: journal: %w", err)
	}
	j.buf = append(head, '\n')
	go j.write()
	return j, nil
}

// attempt notes that a request is about to be sent and returns once the note is on disk.
func (j *journal) attempt(at time.Duration, s *shopper, kind string, order uuid.UUID) error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	j.line(at, "send", s, kind, order)
	j.buf = append(j.buf, "}\n"...)
	f := j.next
	j.mu.Unlock()
	j.nudge()
	<-f.done
	return f.err
}

// answer notes what came back. It does not wait.
func (j *journal) answer(s *shopper, kind string, a *answer) {
	if j == nil {
		return
	}
	j.mu.Lock()
	j.line(a.got, "answer", s, kind, a.order)
	j.buf = append(j.buf, `,"class":"`...)
	j.buf = append(j.buf, a.class.String()...)
	j.buf = append(j.buf, `","status":`...)
	j.buf = strconv.AppendInt(j.buf, int64(a.status), 10)
	j.buf = append(j.buf, `,"outcome":`...)
	word, _ := json.Marshal(a.outcome) // a string always marshals; it is the shop's, so it must be quoted
	j.buf = append(append(j.buf, word...), "}\n"...)
	j.mu.Unlock()
	j.nudge()
}

// line starts a line. The caller holds the lock and ends it.
func (j *journal) line(at time.Duration, event string, s *shopper, kind string, order uuid.UUID) {
	b := append(j.buf, `{"us":`...)
	b = strconv.AppendInt(b, at.Microseconds(), 10)
	b = append(append(b, `,"e":"`...), event...)
	b = append(append(b, `","kind":"`...), kind...)
	b = append(append(b, `","shopper":"`...), s.customer...)
	b = append(b, '"')
	if order != uuid.Nil {
		b = append(append(b, `,"order":"`...), order.String()...)
		b = append(b, '"')
	}
	j.buf = b
}

func (j *journal) nudge() {
	select {
	case j.wake <- struct{}{}:
	default: // a wake-up is already waiting
	}
}

// write owns the file. After the first error nothing more is written and every attempt fails.
func (j *journal) write() {
	defer close(j.done)
	var err error
	var spare []byte
	for last := false; !last; {
		select {
		case <-j.wake:
		case <-j.quit:
			last = true
		}
		j.mu.Lock()
		lines, f := j.buf, j.next
		j.buf, j.next = spare[:0], &flush{done: make(chan struct{})}
		j.mu.Unlock()
		if err == nil && len(lines) > 0 {
			err = j.sync(lines)
		}
		f.err = err
		close(f.done)
		spare = lines
	}
	j.mu.Lock()
	j.next.err = err
	close(j.next.done)
	j.mu.Unlock()
}

func (j *journal) sync(lines []byte) error {
	if _, err := j.w.Write(lines); err != nil {
		return fmt.Errorf("rush: journal: %w", err)
	}
	if err := j.w.Flush(); err != nil {
		return fmt.Errorf("rush: journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("rush: journal: %w", err)
	}
	return nil
}

// close writes the rest. Nobody may use the journal any more.
func (j *journal) close() error {
	if j == nil {
		return nil
	}
	close(j.quit)
	<-j.done
	if err := j.file.Close(); err != nil {
		return fmt.Errorf("rush: journal: %w", err)
	}
	return j.next.err
}
