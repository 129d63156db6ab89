package store_test

import (
	"errors"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// An audit that ends early leaves nothing behind on its connection: neither its transaction nor what it was limited to.
func TestAuditAfterAnother(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	storetest.Sale(t, d.Open(t), store.NewItem{Units: 5}, store.NewItem{Units: 5})
	if _, err := d.Root(t).ExecContext(t.Context(), "UPDATE stock_shards SET available = available + 1 WHERE item_id = 2"); err != nil {
		t.Fatal(err)
	}
	a, err := store.OpenAuditor(d.DSN("doorbuster_auditor"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		scope store.AuditScope
		finds int
	}{{store.AuditItem(7), -1}, {store.AuditItem(1), 0}, {store.AuditScope{Sale: 7}, -1}, {store.AuditScope{}, 2}, {store.AuditScope{Sale: 1}, 2}, {store.AuditItem(1), 0}} {
		broken, err := a.Audit(t.Context(), c.scope)
		switch {
		case c.finds < 0 && !errors.Is(err, store.ErrNotThere):
			t.Errorf("%+v: %v", c.scope, err)
		case c.finds >= 0 && (err != nil || len(broken) != c.finds):
			t.Errorf("%+v: %v, %v", c.scope, broken, err)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
