package front

import (
	"testing"

	"github.com/google/uuid"

	"doorbuster/store"
)

func TestClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{201, `{"outcome":"placed","order":"0197f000-0000-7000-8000-000000000000"}` + "\n", "placed"},
		{201, "", "placed"},
		{200, `{"outcome":"exists","order":"x"}`, "exists"},
		{409, `{"outcome":"sold_out","left":0}`, "sold_out"},
		{409, `{"order":"x","outcome":"already_ordered"}`, "already_ordered"},
		{503, `{"outcome":"busy","retry_after":3}`, "busy"},
		{503, `{"outcome":"unknown","order":"x","retry_after":3}`, "unknown"},
		{429, `{"outcome":"busy","retry_after":3}`, Limited},
		{204, "", Empty},
		{200, `<!doctype html>"outcome":"placed"`, OK},
		{200, `{"s":"live","left":3}`, OK},
		{500, `{"error":"fault","reference":"x"}`, Failed},
		{409, `{"outcome":"made_up"}`, Failed},
		{409, `{"outcome":"sold_out`, Failed},
		{409, `{"outcome":`, Failed},
		{409, `{`, Failed},
		{303, "", Failed},
		{0, "", Failed},
	} {
		if got := Class(c.status, []byte(c.body)); got != c.want {
			t.Errorf("Class(%d, %q) = %s, want %s", c.status, c.body, got, c.want)
		}
	}
}

// Every outcome of a purchase has a class of its own.
func TestClassKnowsEveryOutcome(t *testing.T) {
	t.Parallel()
	for _, o := range []store.Outcome{
		store.Exists, store.KeyReused, store.NoSuchItem, store.Over, store.NotOpen, store.Paused, store.TooLate, store.BadUnits,
		store.OverLimit, store.AlreadyOrdered, store.SoldOut, store.NotEnough, store.Placed, store.Busy, store.Unknown,
	} {
		if got := Class(409, []byte(`{"outcome":"`+string(o)+`"}`)); got != string(o) {
			t.Errorf("%s is sorted as %s", o, got)
		}
	}
}

func TestClassMakesNoGarbage(t *testing.T) {
	body := []byte(`{"order":"0197f000-0000-7000-8000-000000000000","outcome":"already_ordered"}`)
	if n := testing.AllocsPerRun(100, func() { Class(409, body) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOrderOf(t *testing.T) {
	t.Parallel()
	id := uuid.Must(uuid.NewV7())
	if got, ok := OrderOf([]byte(`{"outcome":"placed","order":"` + id.String() + `"}`)); !ok || got != id {
		t.Errorf("%s, %t", got, ok)
	}
	for _, body := range []string{"", "{}", `{"outcome":"sold_out"}`, `{"order":"x"}`, `{"order":"` + id.String()} {
		if got, ok := OrderOf([]byte(body)); ok {
			t.Errorf("an order in %q: %s", body, got)
		}
	}
}
