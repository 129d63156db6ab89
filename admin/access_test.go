package admin

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
)

// access says of every route who may use it: a right, or how far somebody must have signed in. A route without an entry fails the test.
var access = map[string]string{
	"GET /sign-in": "anybody", "POST /sign-in": "anybody", "GET /sign-in/code": "halfway", "POST /sign-in/code": "halfway",
	"GET /enrol": "halfway", "POST /enrol": "halfway", "GET /enrol/qr.png": "halfway",
	"GET /invitation": "anybody", "POST /invitation": "anybody", "POST /sign-out": "anybody",
	"GET /": "read", "GET /sales": "read", "GET /sales/{sale}": "read",
	"POST /sales/{sale}/publish": "sell", "POST /sales/{sale}/pause": "sell", "POST /sales/{sale}/resume": "sell", "POST /sales/{sale}/end": "sell",
	"POST /sales/{sale}/items/{item}/units": "sell",
	"GET /sales/{sale}/report":              "read",
	"GET /sales/{sale}/rehearsals":          "read", "POST /sales/{sale}/rehearsals": "sell", "GET /rehearsals/{rehearsal}": "read", "GET /rehearsals/{rehearsal}/picture": "read",
	"POST /rehearsals/{rehearsal}/stop": "sell", "POST /rehearsals/{rehearsal}/delete": "sell",
	"GET /sales/{sale}/items/{item}":          "read",
	"GET /checks":                             "read",
	"GET /checks/runs":                        "read",
	"GET /checks/findings":                    "read",
	"GET /checks/findings/{finding}":          "read",
	"POST /checks/findings/{finding}/approve": "sell",
	"GET /sales/{sale}/live":                  "read",
	"GET /sales/{sale}/live/events":           "read",
	"POST /sales/{sale}/live/pause":           "sell",
	"POST /sales/{sale}/live/resume":          "sell",
	"POST /sales/{sale}/live/end":             "sell",
	"POST /sales/{sale}/live/units":           "sell",
	"POST /sales/{sale}/live/extend":          "sell",
	"POST /sales/{sale}/live/tell":            "sell",
	"GET /sales/new":                          "sell",
	"POST /sales/new":                         "sell",
	"GET /sales/{sale}/details":               "sell",
	"POST /sales/{sale}/details":              "sell",
	"GET /sales/{sale}/schedule":              "sell",
	"POST /sales/{sale}/schedule":             "sell",
	"GET /sales/{sale}/rules":                 "sell",
	"POST /sales/{sale}/rules":                "sell",
	"GET /sales/{sale}/items":                 "sell",
	"POST /sales/{sale}/items":                "sell",
	"GET /sales/{sale}/items/{item}/edit":     "sell",
	"POST /sales/{sale}/items/{item}/edit":    "sell",
	"POST /sales/{sale}/items/{item}/remove":  "sell",
	"GET /sales/{sale}/pick":                  "sell",
	"POST /sales/{sale}/pick":                 "sell",
	"GET /sales/{sale}/import":                "sell",
	"POST /sales/{sale}/import":               "sell",
	"GET /sales/{sale}/codes":                 "sell",
	"POST /sales/{sale}/codes":                "sell",
	"POST /sales/{sale}/codes/revoke":         "sell",
	"GET /sales/{sale}/codes/export.csv":      "sell",
	"GET /sales/{sale}/check":                 "read",
	"GET /sales/{sale}/preview":               "read",
	"GET /sales/{sale}/duplicate":             "sell",
	"POST /sales/{sale}/duplicate":            "sell",
	"POST /sales/{sale}/archive":              "sell",
	"POST /sales/{sale}/unarchive":            "sell",
	"POST /sales/{sale}/discard":              "sell",
	"GET /mails":                              "read", "GET /mails/{mail}": "read", "POST /mails/{mail}/resend": "sell",
	"GET /products": "read", "GET /products/new": "sell", "POST /products": "sell", "GET /products/{product}": "read", "POST /products/{product}": "sell",
	"POST /products/{product}/archive": "sell", "POST /products/{product}/restore": "sell", "POST /products/{product}/picture": "sell",
	"POST /products/{product}/picture/remove": "sell", "POST /products/to-sale": "sell", "GET /products/export": "read", "GET /products/import": "sell",
	"POST /products/import": "sell", "GET /products/imports/{import}": "read", "POST /products/imports/{import}/confirm": "sell", "GET /images/{name}": "read",
	"GET /more": "read", "GET /account": "read", "POST /account/preferences": "read", "POST /sign-out/everywhere": "read",
	"GET /switches":               "read",
	"POST /switches":              "sell",
	"GET /switches/items/{item}":  "read",
	"POST /switches/items/{item}": "sell",
	"GET /orders":                 "read",
	"GET /orders/{order}":         "read",
	"POST /orders/{order}/cancel": "sell",
	"POST /orders/{order}/refund": "sell",
	"POST /orders/{order}/resend": "sell",
	"GET /exports":                "read",
	"POST /exports":               "sell",
	"GET /exports/bulk":           "sell",
	"POST /exports/bulk":          "sell",
	"GET /exports/{task}":         "read",
	"GET /exports/{task}/file":    "sell",
	"POST /exports/{task}/cancel": "sell",
	"GET /static/*":               "anybody",
	"GET /log":                    "log", "GET /log/export.csv": "log", "POST /log/{line}/undo": "sell",
	"GET /payments": "read", "GET /payments/{payment}": "read", "POST /payments/{payment}/ask": "sell",
	"GET /webhooks": "read", "GET /webhooks/deliveries": "read", "POST /webhooks/add": "sell", "GET /webhooks/{webhook}": "read", "POST /webhooks/{webhook}/pause": "sell",
	"POST /webhooks/{webhook}/resume": "sell", "POST /webhooks/{webhook}/rotate": "sell", "GET /webhooks/{webhook}/events/{event}": "read",
	"POST /webhooks/{webhook}/events/{event}/resend": "sell",
	"GET /worker": "read",
	"GET /team":   "team", "POST /team/invite": "team", "GET /team/{member}": "team", "POST /team/{member}/role": "team",
	"POST /team/{member}/reset": "team", "POST /team/{member}/disable": "team", "POST /team/{member}/enable": "team",
}

// bodies are what a route needs to do its work.
var bodies = map[string]string{
	"POST /account/preferences": "theme=dark", "POST /sales/{sale}/rehearsals": "item={item}&shoppers=5&seconds=1",
	"POST /sales/{sale}/pause": "reason=x", "POST /sales/{sale}/resume": "reason=x", "POST /sales/{sale}/end": "reason=x&confirm={sale}",
	"POST /sales/{sale}/items/{item}/units":          "way=add&units=1&reason=x",
	"POST /products/{product}":                       "sku=A&title=A&price=1&currency=EUR&version=1",
	"POST /checks/findings/{finding}/approve":        "shown=x&reason=x",
	"POST /switches":                                 "name=stop_new_holds&turn=on&seen=0&reason=x",
	"POST /switches/items/{item}":                    "name=sold_out_page&turn=on&seen=0&reason=x",
	"POST /orders/{order}/cancel":                    "reason=x",
	"POST /orders/{order}/refund":                    "reason=x&units=back",
	"POST /orders/{order}/resend":                    "mail={mail}&reason=x",
	"POST /exports":                                  "sale={sale}&format=csv&delimiter=comma",
	"POST /exports/bulk":                             "kind=cancel&sale={sale}&until=2026-01-01T00:00:00.000000Z&most=1&reason=x&confirm=1",
	"POST /webhooks/{webhook}/pause":                 "reason=x",
	"POST /webhooks/{webhook}/resume":                "reason=x",
	"POST /webhooks/{webhook}/rotate":                "former=void&reason=x",
	"POST /payments/{payment}/ask":                   "reason=x",
	"POST /team/{member}/role":                       "role=viewer&reason=x",
	"POST /team/{member}/disable":                    "reason=x",
	"POST /team/{member}/reset":                      "reason=x",
	"POST /mails/{mail}/resend":                      "reason=x",
	"POST /webhooks/{webhook}/events/{event}/resend": "reason=x",
	"POST /team/{member}/enable":                     "reason=x",
	"POST /sales/{sale}/live/pause":                  "reason=x",
	"POST /sales/{sale}/live/resume":                 "reason=x",
	"POST /sales/{sale}/live/end":                    "reason=x&confirm={sale}",
	"POST /sales/{sale}/live/units":                  "way=add&units=1&item={item}&reason=x",
	"POST /sales/{sale}/live/extend":                 "minutes=1&closes=1&reason=x",
	"POST /sales/{sale}/live/tell":                   "seen=&message=hello&reason=x",
	"POST /sales/new":                                "template=drop&title=x&description=",
	"POST /sales/{sale}/discard":                     "reason=x&confirm={sale}",
	"POST /sales/{sale}/details":                     "edits=0&title=x&description=",
	"POST /sales/{sale}/items/{item}/remove":         "edits=0",
	"POST /sales/{sale}/codes":                       "way=many&count=2",
	"POST /sales/{sale}/codes/revoke":                "number={code}&reason=x",
	"POST /sales/{sale}/pick":                        "from=1&item=all",
	"POST /sales/{sale}/duplicate":                   "title=x&opens=2035-01-01T10:00",
}

// leadsOn are entries of the table that only lead on.
func leadsOn(e route) bool { return e.pattern == "/" && !e.kind.paged }

// objects are what the numbers in paths name: an own one, one of another shop, and none.
type objects struct{ own, foreign, missing map[string]string }

// Every route, for every role, with an own, a foreign and a missing object: who may not, is refused the same way whatever is there; and what belongs to
// another shop is answered like what does not exist, to the byte.
func TestAccessMatrix(t *testing.T) {
	c := newConsole(t, func(cfg *Config) { cfg.WatchFor = time.Millisecond }) // a stream that ends, so that it can be read
	o := c.twoShops()
	callers := map[string]*browser{"stranger": c.browser()}
	half := c.member("half", store.RoleOwner, 1)
	for _, role := range store.Roles {
		callers[string(role)] = c.session(c.member(string(role), role, 1), signedIn)
	}
	seen := map[string]bool{}
	for _, e := range c.server.routes() {
		name := e.method + " " + e.pattern
		needs, ok := access[name]
		if !ok {
			t.Errorf("%s stands in no line of the access matrix", name)
			continue
		}
		seen[name] = true
		if leadsOn(e) {
			continue
		}
		callers["halfway"] = c.session(half, halfway) // some routes end it
		for who, b := range callers {
			fresh := &browser{console: c, cookie: b.cookie}
			if name == "POST /sign-out/everywhere" && who != "stranger" && who != "halfway" {
				fresh = c.session(c.member("out-"+who, store.Role(who), 1), signedIn)
			}
			if name == "POST /sign-out" {
				fresh.cookie = ""
			}
			if strings.HasPrefix(e.pattern, "/rehearsals/") { // who may delete it did
				o.own["rehearsal"] = fmt.Sprint(c.rehearsal(o.own["sale"], o.own["item"]))
			}
			c.tryRoute(e, name, needs, who, fresh, o)
		}
	}
	for name := range access {
		if !seen[name] {
			t.Errorf("%s is no route", name)
		}
	}
}

// tryRoute asks for one route as one caller.
func (c *console) tryRoute(e route, name, needs, who string, b *browser, o objects) {
	c.t.Helper()
	allowed := false
	switch needs {
	case "anybody":
		allowed = true
	case "halfway":
		allowed = who != "stranger"
	default:
		allowed = who != "stranger" && who != "halfway" && may(store.Role(who), needs)
	}
	ask := func(object map[string]string) answered {
		path := e.pattern
		for key, value := range object {
			path = strings.ReplaceAll(path, "{"+key+"}", value)
		}
		if e.kind.paged {
			path = "/en" + path
		}
		fresh := &browser{console: c, cookie: b.cookie}
		if e.method == post {
			body := bodies[name]
			for key, value := range object {
				body = strings.ReplaceAll(body, "{"+key+"}", value)
			}
			return fresh.form(path, body)
		}
		return fresh.get(path)
	}
	own, foreign, missing := ask(o.own), ask(o.foreign), ask(o.missing)
	blank := func(a answered, object map[string]string) string {
		text := a.body + a.header.Get("Location")
		for _, value := range object {
			text = regexp.MustCompile(`(/|%2F)`+value+`\b`).ReplaceAllString(text, "")
		}
		return text
	}
	// A path without an object is the same one three times, and may show the time.
	if strings.Contains(e.pattern, "{") && (foreign.status != missing.status || blank(foreign, o.foreign) != blank(missing, o.missing)) {
		c.t.Errorf("%s as %s: another shop's %d, none %d: they can be told apart", name, who, foreign.status, missing.status)
	}
	out := own.status == http.StatusSeeOther && strings.Contains(own.header.Get("Location"), "/sign-in")
	switch {
	case allowed && (own.status == http.StatusForbidden || own.status >= 500 || (out && needs != "anybody" && needs != "halfway" && !strings.HasPrefix(e.pattern, "/sign-out"))):
		c.t.Errorf("%s as %s: %d to %q, and it is allowed", name, who, own.status, own.header.Get("Location"))
	case allowed && strings.Contains(e.pattern, "{") && (own.status == 404 || foreign.status != 404):
		c.t.Errorf("%s as %s: own %d, another shop's %d", name, who, own.status, foreign.status)
	case !allowed && who != "stranger" && who != "halfway" && (own.status != http.StatusForbidden || own.outcome() != "not_allowed"):
		c.t.Errorf("%s as %s: %d %s, and it is not allowed", name, who, own.status, own.outcome())
	case !allowed && (who == "stranger" || who == "halfway") && own.status != http.StatusSeeOther:
		c.t.Errorf("%s as %s: %d, must be led to sign in", name, who, own.status)
	case !allowed && own.status != missing.status:
		c.t.Errorf("%s as %s: %d and %d: who may not use it learns what is there", name, who, own.status, missing.status)
	}
}

// The table of rights in Go and the one in the procedure are the same.
func TestRightsAreThoseOfTheDatabase(t *testing.T) {
	c := newConsole(t)
	for _, role := range store.Roles {
		m := c.member(string(role), role, 1)
		for _, right := range []string{"read", "sell", "team", "log", "nonsense"} {
			conn, err := c.root.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var allowed bool
			if _, err := conn.ExecContext(t.Context(), "SET @actor = ''"); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.ExecContext(t.Context(), "CALL check_staff(?, ?, @actor, @shop, @allowed)", m.id, right); err != nil {
				t.Fatal(err)
			}
			if err := conn.QueryRowContext(t.Context(), "SELECT @allowed").Scan(&allowed); err != nil {
				t.Fatal(err)
			}
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
			if allowed != may(role, right) {
				t.Errorf("%s %s: %t in the database, %t in the console", role, right, allowed, may(role, right))
			}
		}
	}
}

// No GET changes anything, whoever asks; only sessions that are being signed in are written.
func TestReadingChangesNothing(t *testing.T) {
	c := newConsole(t, func(cfg *Config) { cfg.WatchFor = time.Millisecond })
	o := c.twoShops()
	b := c.session(c.member("ann", store.RoleOwner, 1), signedIn)
	tables := "users, sales, items, stock_shards, orders, stock_moves, outbox, switches, leases, sale_log, payments, mails, events, staff, staff_recovery_codes, webhook_endpoints, rehearsals, reconcile_findings, reconcile_runs, stock_flows, tasks, task_chunks, task_refusals, products, images, product_imports, product_import_rows, access_codes, sale_members"
	before := c.checksums(tables)
	for _, e := range c.server.routes() {
		if e.method != get {
			continue
		}
		path := e.pattern
		for key, value := range o.own {
			path = strings.ReplaceAll(path, "{"+key+"}", value)
		}
		if e.kind.paged {
			path = "/zh" + path
		}
		for _, method := range []string{"GET", "HEAD"} {
			if a := b.do(method, path+"?told=due&tab=all", ""); a.status >= 500 || a.status == 405 {
				t.Errorf("%s %s: %d", method, path, a.status)
			}
		}
	}
	if after := c.checksums(tables); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
}

func (c *console) checksums(tables string) string {
	c.t.Helper()
	rows, err := c.root.QueryContext(c.t.Context(), "CHECKSUM TABLE "+tables)
	if err != nil {
		c.t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		var name, sum string
		if err := rows.Scan(&name, &sum); err != nil {
			c.t.Fatal(err)
		}
		fmt.Fprintln(&out, name, sum)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		c.t.Fatal(err)
	}
	return out.String()
}
