package load

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"testing"
	"time"
)

func TestCPUOf(t *testing.T) {
	var used time.Duration
	burn(func() bool { // ends when the first 10 ms are over
		var err error
		if used, err = CPUOf(os.Getpid()); err != nil {
			t.Fatal(err)
		}
		return used > 0
	})
	if own := ownCPU(); used > own+clockTick {
		t.Errorf("CPUOf says %v, the process itself %v", used, own)
	}
	if _, err := CPUOf(math.MaxInt32); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such process: %v", err)
	}
}

func TestIdleCPU(t *testing.T) {
	if idle, err := IdleCPU(); err != nil || idle <= 0 {
		t.Errorf("%v, %v", idle, err)
	}
}
