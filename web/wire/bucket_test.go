package wire

import (
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	b := NewBuckets[string](5, 10, time.Second)
	now := b.start
	for i := range 10 {
		if _, ok := b.Take("ann", now); !ok {
			t.Fatalf("request %d of the burst refused", i+1)
		}
	}
	wait, ok := b.Take("ann", now)
	if ok || wait <= 0 || wait > 200*time.Millisecond {
		t.Errorf("after the burst: %t, wait %s", ok, wait)
	}
	if _, ok := b.Take("bob", now); !ok {
		t.Error("bob pays for ann")
	}
	if _, ok := b.Take("ann", now.Add(wait)); !ok {
		t.Error("refused after the wait that was told")
	}
	if _, ok := b.Take("ann", now.Add(wait)); ok {
		t.Error("two tokens came back in the time of one")
	}
	allowed := 0
	for ms := range 10_000 {
		if _, ok := b.Take("cem", now.Add(time.Duration(ms)*time.Millisecond)); ok {
			allowed++
		}
	}
	if allowed < 58 || allowed > 60 {
		t.Errorf("%d requests in ten seconds, want a burst of 10 and 5 a second", allowed)
	}
}

func TestBucketsAreBounded(t *testing.T) {
	b := NewBuckets[uint64](1, 1, time.Second)
	size := func() (n int) {
		for i := range b.shards {
			n += len(b.shards[i].full)
		}
		return n
	}
	const limit = 32 * maxKeys
	for key := range uint64(limit + limit/4) {
		if _, ok := b.Take(key, b.start); !ok {
			t.Fatalf("%d refused at its first request", key)
		}
	}
	if n := size(); n > limit {
		t.Errorf("%d keys are kept, at most %d should be", n, limit)
	}
	later := b.start.Add(time.Minute)
	for key := range uint64(1000) {
		b.Take(limit*2+key, later)
	}
	if n := size(); n > limit/2 {
		t.Errorf("%d keys are kept a minute later", n)
	}
}
