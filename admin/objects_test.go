package admin

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
)

// twoShops makes a sale with an order, a mail and a finding in shop 1 and in shop 2.
func (c *console) twoShops() objects {
	c.t.Helper()
	var all []map[string]string
	for shop := 1; shop <= 2; shop++ {
		sale, items := storetest.Sale(c.t, c.store, store.NewItem{Units: 5, Title: fmt.Sprintf("Kettle of shop %d", shop)})
		c.exec("UPDATE sales SET shop_id = ?, title = ? WHERE id = ?", shop, fmt.Sprintf("Sale of shop %d", shop), sale)
		if _, err := c.store.TellShoppers(c.t.Context(), store.Operator("test"), sale, "", "Soon", "asked for"); err != nil {
			c.t.Fatal(err)
		}
		c.exec("UPDATE sale_log SET shop_id = ? WHERE sale_id = ?", shop, sale)
		mail := c.mail(items[0], fmt.Sprintf("shopper-%d", shop), "held", "dead")
		text := func(id any) string { return fmt.Sprint(id) }
		all = append(all, map[string]string{
			"sale": text(sale), "item": text(items[0]), "mail": text(mail), "line": text(c.count("SELECT MAX(id) FROM sale_log WHERE action = 'told'")),
			"rehearsal": text(c.rehearsal(text(sale), text(items[0]))),
			"finding":   text(c.finding(items[0])),
			"order":     c.orderOfMail(mail),
			"member":    text(c.invite(fmt.Sprintf("colleague-%d", shop), store.RoleMerchant, uint64(shop)).id),
			"payment":   c.payment(fmt.Sprintf("shopper-%d", shop), store.PaymentStarted),
			"task":      text(c.exported(shop)),
			"code":      text(c.accessCode(sale)),
		})
		c.productOf(shop, all[shop-1])
	}
	for i, o := range all {
		shop := uint64(i + 1)
		hook := c.hook(store.Member(c.member(fmt.Sprintf("integrator-%d", shop), store.RoleMerchant, shop).id), "https://hook.example/")
		o["webhook"], o["event"] = fmt.Sprint(hook), fmt.Sprint(c.delivery(hook, fmt.Sprintf("shopper-%d", shop), "dead"))
	}
	missing := map[string]string{}
	for name := range all[0] {
		missing[name] = "987654"
	}
	missing["order"], missing["name"] = "01900000-0000-7000-8000-00000987654a", strings.Repeat("9", 32)+".jpg"
	return objects{own: all[0], foreign: all[1], missing: missing}
}

// accessCode puts a code of a sale into the database.
func (c *console) accessCode(sale uint64) int {
	c.t.Helper()
	c.exec("INSERT INTO access_codes (sale_id, code, uses_allowed, made_at, made_by) VALUES (?, 'SPRING26', 5, UTC_TIMESTAMP(6), 'ann')", sale)
	return c.count("SELECT MAX(id) FROM access_codes")
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

// orderOfMail is the number of the order that a mail is about.
func (c *console) orderOfMail(mail int) string {
	c.t.Helper()
	var id uuid.UUID
	if err := c.root.QueryRowContext(c.t.Context(), "SELECT order_id FROM mails WHERE id = ?", mail).Scan(&id); err != nil {
		c.t.Fatal(err)
	}
	return id.String()
}

// exported puts an export that is done into the database, with a file of one part.
func (c *console) exported(shop int) (task int) {
	c.t.Helper()
	by := c.member(fmt.Sprintf("exporter-%d", shop), store.RoleOwner, uint64(shop))
	c.exec(`INSERT INTO tasks (shop_id, staff_id, kind, state, order_state, to_at, format, delimiter, bom, restock, reason, orders_done, orders_refused, progress, chunks, bytes, holder, fence, made_at, ended_at, expires_at)
		VALUES (?, ?, 'export', 'done', '', UTC_TIMESTAMP(6), 'xlsx', '', FALSE, FALSE, '', 0, 0, 1000, 1, 4, 'x', 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY)`, shop, by.id)
	task = c.count("SELECT MAX(id) FROM tasks")
	c.exec("INSERT INTO task_chunks (task_id, number, body) VALUES (?, 1, 'file')", task)
	return task
}

// payment puts a payment of the order of a shopper into the database, as the shop leaves it: the provider has been silent for an hour.
func (c *console) payment(shopper, state string) string {
	c.t.Helper()
	id := uuid.Must(uuid.NewV7())
	c.exec(`INSERT INTO payments (id, order_id, provider, reference, amount_cents, currency, state, reason, started_at, changed_at, captured_at, ask_at, asked)
		VALUES (?, UNHEX(LEFT(SHA2(?, 256), 32)), 'stripe', 'pi_of_', 1999, 'EUR', ?, '', UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, UTC_TIMESTAMP(6) - INTERVAL 1 HOUR,
			IF(? IN ('captured', 'refunding', 'refunded'), UTC_TIMESTAMP(6), NULL), IF(? IN ('captured', 'failed', 'refunded'), NULL, UTC_TIMESTAMP(6) + INTERVAL 1 HOUR), 9)`,
		id[:], shopper, state, state, state)
	c.exec("INSERT INTO payment_moves (payment_id, line, from_state, to_state, detail, actor, moved_at) VALUES (?, 0, '', ?, '', 'shopper', UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)", id[:], state)
	return id.String()
}

// hook adds a webhook: a member's for the shop, an operator's for every shop.
func (c *console) hook(by store.Actor, url string) uint64 {
	c.t.Helper()
	added, err := c.store.AddWebhook(c.t.Context(), by, url, "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")
	if err != nil || added.Outcome != store.Created {
		c.t.Fatal(added, err)
	}
	return *added.EndpointID
}

// delivery puts an event about the order of a shopper, and its delivery to a webhook, into the database, as relay and sender leave them.
func (c *console) delivery(hook uint64, shopper, state string) (seq int) {
	c.t.Helper()
	seq = c.count("SELECT COALESCE(MAX(seq), 0) + 1 FROM events")
	c.exec(`INSERT INTO events (seq, event_id, kind, order_id, item_id, made_at)
		SELECT ?, UNHEX(LEFT(SHA2(CONCAT(?, ?), 256), 32)), 'order_placed', id, item_id, placed_at FROM orders WHERE id = UNHEX(LEFT(SHA2(?, 256), 32))`, seq, shopper, seq, shopper)
	c.exec(`INSERT INTO webhook_deliveries (endpoint_id, seq, order_id, kind, state, attempts, tries, next_at, ended_at)
		SELECT ?, seq, order_id, kind, ?, 1, 1, IF(? = 'due', UTC_TIMESTAMP(6), NULL), IF(? IN ('done', 'dead'), UTC_TIMESTAMP(6), NULL) FROM events WHERE seq = ?`, hook, state, state, state, seq)
	c.exec("INSERT INTO webhook_attempts (endpoint_id, seq, attempt, ended_at, status, duration_ms, answer) VALUES (?, ?, 1, UTC_TIMESTAMP(6), 500, 12, CONCAT('oops from ', ?))", hook, seq, shopper)
	return seq
}

// rehearsal puts one into the database that was played.
func (c *console) rehearsal(sale, item string) (id int) {
	c.t.Helper()
	c.exec(`INSERT INTO rehearsals (sale_id, item_id, shoppers, seconds, state, phase, phase_done, phase_total, trouble, verdict, report, picture, actor, began_at, seen_at, ended_at)
		VALUES (?, ?, 5, 1, 'done', 'judge', 0, 0, '', 'clean', '{"accepted":5}', '<svg/>', 'Ann', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`, sale, item)
	return c.count("SELECT MAX(id) FROM rehearsals")
}

// finding puts a finding about an item into the database that no line can mend.
func (c *console) finding(item uint64) int {
	c.t.Helper()
	c.exec(`INSERT INTO reconcile_findings (invariant, item_id, subject, endangers, expected, found, what_to_do, repair, state, first_run, last_run, first_seen, last_seen)
		VALUES ('I7 price', ?, '', 0, '1', '2', 'look', '', 'open', 1, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`, item)
	return c.count("SELECT MAX(id) FROM reconcile_findings")
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
