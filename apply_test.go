package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"doorbuster/store/storetest"
)

// urlOf writes an address in the driver's form, over a socket, as people write it.
func urlOf(t testing.TB, dsn string) string {
	t.Helper()
	credentials, rest, ok := strings.Cut(dsn, "@unix(")
	user, password, ok2 := strings.Cut(credentials, ":")
	socket, rest, ok3 := strings.Cut(rest, ")/")
	if !ok || !ok2 || !ok3 {
		t.Fatal("the address is not one over a socket")
	}
	database, _, _ := strings.Cut(rest, "?")
	u := url.URL{
		Scheme: "mysql", User: url.UserPassword(user, password), Host: "localhost", Path: "/" + database,
		RawQuery: url.Values{"socket": {socket}}.Encode(),
	}
	return u.String()
}

// Installing: once, a second time nothing, and not during a sale unless told to.
func TestApply(t *testing.T) {
	d := storetest.New(t)
	name := d.Name + "_apply"
	t.Cleanup(func() { root(t, d, "DROP DATABASE IF EXISTS "+name) })
	root(t, d, "ALTER USER doorbuster_auditor@'%' ACCOUNT LOCK")
	here, there := "/"+d.Name, "/"+name
	env := environment(
		"DATABASE_URL="+strings.Replace(urlOf(t, d.RootDSN()), here, there, 1), "WEB_PASSWORD="+storetest.Password,
		"ADMIN_PASSWORD="+storetest.Password, "WORKER_PASSWORD="+storetest.Password, "AUDITOR_PASSWORD="+storetest.Password,
	)
	auditor := fmt.Sprintf("AUDITOR_DATABASE_URL=%s", strings.Replace(d.DSN("doorbuster_auditor"), here, there, 1))
	admin := fmt.Sprintf("ADMIN_DATABASE_URL=%s", strings.Replace(d.DSN("doorbuster_admin"), here, there, 1))
	runProgram(t, environment(auditor), "audit").exits(t, 1, "locked")

	first := runProgram(t, env, "apply")
	first.exits(t, 0, "created ", "tables/sales.sql", "procedures/place_orders.sql")
	if all := first.stdout.String() + first.stderr.String(); strings.Contains(all, storetest.Password) {
		t.Error("it prints a password")
	}
	runProgram(t, environment(auditor), "audit").exits(t, 0, "All invariants hold.")
	second := runProgram(t, env, "apply")
	second.exits(t, 0, "The database is up to date; nothing was changed.")
	if strings.Contains(second.stdout.String(), "created") {
		t.Errorf("the second time it says %s", second.stdout.String())
	}

	file := csvFile(t, csvHead+"lamp,Night Lamp,LAMP,7,39.90\n")
	runProgram(t, environment(admin), "import", file, "--title", "On", "--opens", "2021-01-01T00:00:00Z", "--lasts", "876000h", "--publish").exits(t, 0)
	runProgram(t, env, "apply").exits(t, 0, "nothing was changed") // nothing to replace: a sale is no reason to fail
	root(t, d, "UPDATE "+name+".schema_state SET checksum = REVERSE(checksum) WHERE object = 'procedures/pay_order.sql'")
	runProgram(t, env, "apply").exits(t, 1, "a sale is on")
	runProgram(t, env, "apply", "--during-sale").exits(t, 0, "replaced 1: procedures/pay_order.sql")
	root(t, d, "UPDATE "+name+".schema_state SET checksum = REVERSE(checksum) WHERE object = 'tables/orders.sql'")
	runProgram(t, env, "apply", "--during-sale").exits(t, 1, "tables/orders.sql: the table was made by another version")
}
