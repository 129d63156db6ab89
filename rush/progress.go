package rush

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress tells a person how far it is. On a terminal there is a bar; a log gets a line now and then.
type progress struct {
	w    io.Writer
	bar  bool
	told func(phase string, done, total int) // may be nil
}

func newProgress(w io.Writer, told func(phase string, done, total int)) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, bar: ok && term.IsTerminal(int(f.Fd())), told: told}
}

// Phases of a rush, as Config.Told hears of them.
const (
	PhaseSignIn = "sign_in" // shoppers sign in
	PhaseWait   = "wait"    // for the opening
	PhaseRush   = "rush"    // shoppers press until they have their answer
	PhaseJudge  = "judge"   // the database is read and compared
)

// phaseLabels are the phases with a count, in words.
var phaseLabels = map[string]string{PhaseSignIn: "shoppers signed in", PhaseRush: "shoppers answered"}

// enter tells of a phase, or of how far one is.
func (p *progress) enter(phase string, done, total int) {
	if p.told != nil {
		p.told(phase, done, total)
	}
}

// say writes one line. What cannot be written is lost: progress is no result.
func (p *progress) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.w, format+"\n", args...)
}

const (
	barEvery  = 200 * time.Millisecond
	lineEvery = 2 * time.Second
)

// phase shows a count until the returned func is called, which waits for the last line. count is asked now and then, so
// that counting costs the shoppers nothing.
func (p *progress) phase(name string, total int, count func() int) (end func()) {
	label := phaseLabels[name]
	p.enter(name, 0, total)
	var bar *progressbar.ProgressBar
	every := lineEvery
	if p.bar {
		every = barEvery
		bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.w), progressbar.OptionSetDescription(label),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
	}
	last := -1
	show := func() {
		n := min(count(), total)
		p.enter(name, n, total)
		switch {
		case bar != nil:
			_ = bar.Set(n) // see say
		case n != last:
			p.say("%s: %s of %s", label, thousands(n), thousands(total))
		}
		last = n
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				show()
			case <-quit:
				show()
				return
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() {
			close(quit)
			<-done
			if bar != nil {
				_ = bar.Finish() // clears the line
				p.say("%s: %s of %s", label, thousands(last), thousands(total))
			}
		})
	}
}
