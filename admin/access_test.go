package admin

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// access says of every route who may use it: a right, or how far somebody must have signed in. A route without an entry fails the test.
var access = map[string]string{
	"GET /sign-in": "anybody", "POST /sign-in": "anybody", "GET /sign-in/code": "halfway", "POST /sign-in/code": "halfway",
	"GET /enrol": "halfway", "POST /enrol": "halfway", "GET /enrol/qr.png": "halfway",
	"GET /invitation": "anybody", "POST /invitation": "anybody", "POST /sign-out": "anybody",
	"GET /": "read", "GET /sales": "read", "GET /sales/{sale}": "read",
	"POST /sales/{sale}/publish": "sell", "POST /sales/{sale}/pause": "sell", "POST /sales/{sale}/resume": "sell", "POST /sales/{sale}/end": "sell",
	"POST /sales/{sale}/items/{item}/units": "sell",
	"GET /mails":                            "read", "GET /mails/{mail}": "read", "POST /mails/{mail}/resend": "sell",
	"GET /products": "read", "GET /products/new": "sell", "POST /products": "sell", "GET /products/{product}": "read", "POST /products/{product}": "sell",
	"POST /products/{product}/archive": "sell", "POST /products/{product}/restore": "sell", "POST /products/{product}/picture": "sell",
	"POST /products/{product}/picture/remove": "sell", "POST /products/to-sale": "sell", "GET /products/export": "read", "GET /products/import": "sell",
	"POST /products/import": "sell", "GET /products/imports/{import}": "read", "POST /products/imports/{import}/confirm": "sell", "GET /images/{name}": "read",
	"GET /more": "read", "GET /account": "read", "POST /account/preferences": "read", "POST /sign-out/everywhere": "read",
	"GET /static/*": "anybody",
}

// bodies are what a route needs to do its work.
var bodies = map[string]string{
	"POST /account/preferences": "theme=dark",
	"POST /sales/{sale}/pause":  "reason=x", "POST /sales/{sale}/resume": "reason=x", "POST /sales/{sale}/end": "reason=x&confirm={sale}",
	"POST /sales/{sale}/items/{item}/units": "way=add&units=1&reason=x",
	"POST /products/{product}":              "sku=A&title=A&price=1&currency=EUR&version=1",
}

// leadsOn are entries of the table that only lead on.
func leadsOn(e route) bool { return e.pattern == "/" && !e.kind.paged }

// objects are what the numbers in paths name: an own one, one of another shop, and none.
type objects struct{ own, foreign, missing map[string]string }

// Every route, for every role, with an own, a foreign and a missing object: who may not, is refused the same way whatever is there; and what belongs to
// another shop is answered like what does not exist, to the byte.
func TestAccessMatrix(t *testing.T) {
	c := newConsole(t)
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
			return fresh.form(path, strings.ReplaceAll(bodies[name], "{sale}", object["sale"]))
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
	if foreign.status != missing.status || blank(foreign, o.foreign) != blank(missing, o.missing) {
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

// twoShops makes a sale with an order and a mail in shop 1 and in shop 2.
func (c *console) twoShops() objects {
	c.t.Helper()
	var all []map[string]string
	for shop := 1; shop <= 2; shop++ {
		sale, items := storetest.Sale(c.t, c.store, store.NewItem{Units: 5, Title: fmt.Sprintf("Kettle of shop %d", shop)})
		c.exec("UPDATE sales SET shop_id = ?, title = ? WHERE id = ?", shop, fmt.Sprintf("Sale of shop %d", shop), sale)
		mail := c.mail(items[0], fmt.Sprintf("shopper-%d", shop), "held", "dead")
		all = append(all, map[string]string{"sale": fmt.Sprint(sale), "item": fmt.Sprint(items[0]), "mail": fmt.Sprint(mail)})
		c.productOf(shop, all[len(all)-1])
	}
	return objects{own: all[0], foreign: all[1], missing: map[string]string{"sale": "987654", "item": "987654", "mail": "987654", "product": "987654", "import": "987654", "name": strings.Repeat("9", 32) + ".jpg"}}
}

// productOf makes a product with a picture, and an import, of a shop.
func (c *console) productOf(shop int, object map[string]string) {
	c.t.Helper()
	product := c.product(uint64(shop), "A", "A")
	name := strings.Repeat(fmt.Sprint(shop), 32) + ".jpg"
	c.exec("INSERT INTO images (id, shop_id, media_type, width, height, bytes, made_at, look_at) VALUES (UNHEX(?), ?, 'image/jpeg', 1, 1, 'x', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))", name[:32], shop)
	c.exec(`INSERT INTO product_imports (shop_id, file, state, rows_read, rows_new, rows_changed, rows_done, rows_bad, rows_skipped, problems, actor, made_at, changed_at)
		VALUES (?, 'a.csv', 'ready', 0, 0, 0, 0, 0, 0, '[]', 'ann', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`, shop)
	object["product"], object["import"], object["name"] = fmt.Sprint(product), fmt.Sprint(c.count("SELECT MAX(id) FROM product_imports")), name
}

// mail puts an order of a shopper and a mail about it into the database, as relay and sender leave them.
func (c *console) mail(item uint64, shopper, kind, state string) (id int) {
	c.t.Helper()
	u, err := c.store.SignInByLink(c.t.Context(), shopper, shopper+"@example.com", shopper, "en")
	if err != nil {
		c.t.Fatal(err)
	}
	c.exec(`INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at, move_id, request_id)
		VALUES (UNHEX(LEFT(SHA2(?, 256), 32)), ?, ?, 1, 1999, 'held', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, UNHEX(LEFT(SHA2(?, 256), 32)), UNHEX(LEFT(SHA2(?, 256), 32)))`,
		shopper, item, *u.UserID, shopper+"m", shopper+"r")
	c.exec(`INSERT INTO mails (source, kind, order_id, user_id, state, attempts, tries, next_at, answer, made_at, ended_at)
		VALUES (UNHEX(LEFT(SHA2(?, 256), 32)), ?, UNHEX(LEFT(SHA2(?, 256), 32)), ?, ?, 1, 1, IF(? = 'due', UTC_TIMESTAMP(6), NULL), '451 not now', UTC_TIMESTAMP(6), IF(? = 'due', NULL, UTC_TIMESTAMP(6)))`,
		shopper+"s", kind, shopper, *u.UserID, state, state, state)
	return c.count("SELECT MAX(id) FROM mails")
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
	c := newConsole(t)
	o := c.twoShops()
	b := c.session(c.member("ann", store.RoleOwner, 1), signedIn)
	tables := "users, sales, items, stock_shards, orders, stock_moves, outbox, switches, leases, sale_log, payments, mails, events, staff, staff_recovery_codes, webhook_endpoints, products, images, product_imports, product_import_rows"
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
