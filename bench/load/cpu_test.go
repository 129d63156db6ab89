package load

import (
	"context"
	"math"
	"testing"
	"time"
)

// burn keeps the processor busy until done says so.
func burn(done func() bool) {
	x := 1.0
	for !done() {
		for range 10_000 {
			x = math.Sqrt(x + 1)
		}
	}
}

func TestOwnCPU(t *testing.T) {
	r := Closed(t.Context(), 1, Stop{Calls: 1}, func(context.Context, int) Class {
		before := ownCPU()
		burn(func() bool { return ownCPU() > before })
		return "ok"
	})
	if r.OwnCPU <= 0 {
		t.Errorf("OwnCPU is %v", r.OwnCPU)
	}
}

func TestParseStat(t *testing.T) {
	const rest = " S 1 2 3 0 -1 4194560 10 11 12 13 250 75 16 17 20 0 34 0 1000"
	for _, name := range []string{"mariadbd", "a b", "x) R 9 9 9 9 9 9 9 9 9 9 9 9 9 (y"} {
		got, err := parseStat([]byte("4711 (" + name + ")" + rest))
		if err != nil || got != 3250*time.Millisecond {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "4711 (x) S 1 2", "4711 (x) S 1 2 3 0 -1 4194560 10 11 12 13 a b"} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q gives %v", bad, got)
		}
	}
}

func TestParseIdle(t *testing.T) {
	got, err := parseIdle([]byte("cpu  100 20 30 450 50 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n"))
	if err != nil || got != 5*time.Second {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "cpu  1 2 3 4", "cpu0 1 2 3 4 5", "cpu  1 2 3 x 5", "cpu  1 2 3 4 x"} {
		if got, err := parseIdle([]byte(bad)); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}
