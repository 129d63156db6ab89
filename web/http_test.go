package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/google/uuid"

	"doorbuster/store"
	"doorbuster/store/storetest"
	"doorbuster/web/wire"
)

// TestHTTP plays the files of testdata/http against a real shop. Each file begins with an empty database. The commands stand in
// play.commands; {name} stands for a value that was named before, in what is sent and in what is expected.
func TestHTTP(t *testing.T) {
	datadriven.Walk(t, "../testdata/http", func(t *testing.T, path string) {
		p := &play{shop: newShop(t), values: map[string]string{}, cookies: map[string]string{}, users: map[string]uint64{}}
		datadriven.RunTest(t, path, p.run)
	})
}

type play struct {
	*shop
	values  map[string]string
	cookies map[string]string
	users   map[string]uint64
}

func (p *play) run(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	p.t = t
	commands := map[string]func(*datadriven.TestData) string{
		"sale":    p.sale,    // sale [opens=-1m] [closes=1h] [free], one item per line: name field=value…
		"shopper": p.shopper, // shopper ann bob: make them and sign them in
		"http":    p.http,    // a request: line, header lines, empty line, body
		"get":     p.http,    // http for browsers
		"form":    p.http,    // likewise, with a form as body
		"json":    p.http,    // http for programs, with JSON as body
		"raw":     p.raw,     // bytes of our own on a connection; \r and \0 are written so
		"pass":    p.pass,    // pass as=ann item=boots name=p [age=11m] [key=x] [order=id]
		"link":    p.link,    // link name=l [sub=…] [purpose=…] [age=…] [life=…] [key=x]
		"sql":     p.sql,     // as root
		"orders":  p.orders,  // orders item=boots: who has what
		"sell":    p.merchant,
		"limits":  p.limits, // limits address=n shopper=n burst=n: a new server with these
		"audit":   p.audit,
		"settle":  func(*datadriven.TestData) string { p.settle(); return "ok" }, // wait until memory has read the database again
	}
	do, ok := commands[d.Cmd]
	if !ok {
		t.Fatalf("%s: no command %q", d.Pos, d.Cmd)
	}
	return do(d)
}

// arg reads an argument of a command, or gives what it is without.
func arg(d *datadriven.TestData, name, without string) string {
	for _, a := range d.CmdArgs {
		if a.Key == name {
			if len(a.Vals) == 0 {
				return "true"
			}
			return strings.Join(a.Vals, ",")
		}
	}
	return without
}

func (p *play) number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

func (p *play) time(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

func (p *play) sale(d *datadriven.TestData) string {
	var items []store.NewItem
	var names []string
	for line := range strings.SplitSeq(d.Input, "\n") {
		words := strings.Fields(line)
		item := store.NewItem{SKU: words[0], Title: "Thing " + words[0]}
		for _, w := range words[1:] {
			name, value, _ := strings.Cut(w, "=")
			switch name {
			case "units":
				item.Units = p.number(value)
			case "limit":
				item.LimitPerUser = p.number(value)
			case "cents":
				item.PriceCents, item.Currency = int64(p.number(value)), "EUR"
			default:
				p.t.Fatalf("%s: no field %q", d.Pos, name)
			}
		}
		items, names = append(items, item), append(names, words[0])
	}
	now := p.store.Now()
	sale, ids := storetest.SaleAt(p.t, p.store, now.Add(p.time(arg(d, "opens", "-1m"))), now.Add(p.time(arg(d, "closes", "1h"))), items...)
	p.values[arg(d, "name", "sale")] = strconv.FormatUint(sale, 10)
	for i, id := range ids {
		p.values[names[i]] = strconv.FormatUint(id, 10)
	}
	p.settle()
	return "ok"
}

func (p *play) shopper(d *datadriven.TestData) string {
	for _, a := range d.CmdArgs {
		p.users[a.Key], p.cookies[a.Key] = p.shop.shopper(a.Key)
	}
	return "ok"
}

// merchant changes a sale: pause, resume, end (of sale), add, withdraw (units of item), on, off (a switch, of item if one is named, with its rate).
func (p *play) merchant(d *datadriven.TestData) string {
	id := func(name string) uint64 {
		n, err := strconv.ParseUint(p.values[arg(d, name, "")], 10, 64)
		if err != nil {
			p.t.Fatalf("%s: %v", d.Pos, err)
		}
		return n
	}
	ctx := p.t.Context()
	var outcome store.Outcome
	var err error
	var units store.UnitsChange
	switch act := d.CmdArgs[0].Key; act {
	case "pause":
		outcome, err = p.store.PauseSale(ctx, store.Operator("test"), id("sale"), "test")
	case "resume":
		outcome, err = p.store.ResumeSale(ctx, store.Operator("test"), id("sale"), "test")
	case "end":
		outcome, err = p.store.EndSale(ctx, store.Operator("test"), id("sale"), "test")
	case "add":
		units, err = p.store.AddUnits(ctx, store.Operator("test"), id("item"), p.number(arg(d, "units", "1")), "test")
		outcome = units.Outcome
	case "on", "off":
		turn := store.SwitchTurn{Name: store.Switch(arg(d, "switch", "")), On: act == "on", Rate: p.number(arg(d, "rate", "0"))}
		if arg(d, "item", "") != "" {
			turn.Item = id("item")
		}
		outcome, err = p.turn(turn)
	default:
		p.t.Fatalf("%s: no act %q", d.Pos, act)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.settle()
	return string(outcome)
}

func (p *play) limits(d *datadriven.TestData) string {
	p.serve(func(c *Config) {
		c.Limits = Limits{
			AddressPerSecond: p.number(arg(d, "address", "0")), ShopperPerSecond: p.number(arg(d, "shopper", "1000")),
			ShopperBurst: p.number(arg(d, "burst", "1000")), SignInsPerMinute: p.number(arg(d, "signins", "0")),
			TriesPerAccount: p.number(arg(d, "tries", "0")), SignUpsPerHour: p.number(arg(d, "signups", "0")), CodesPerMinute: p.number(arg(d, "codes", "0")), CodesPerShopper: p.number(arg(d, "code_tries", "0")),
		}
	})
	return "ok"
}

func (p *play) audit(*datadriven.TestData) string {
	var lines []string
	for _, b := range p.db.Audit(p.t) {
		lines = append(lines, b.String())
	}
	if len(lines) == 0 {
		return "ok"
	}
	return strings.Join(lines, "\n")
}

func (p *play) sql(d *datadriven.TestData) string {
	p.exec(p.fill(d.Input))
	p.settle()
	return "ok"
}

// orders lists the orders of an item as the tables have them, in order of time.
func (p *play) orders(d *datadriven.TestData) string {
	rows, err := p.db.Root(p.t).QueryContext(p.t.Context(), `SELECT u.customer_ref, o.state, o.units FROM orders o JOIN users u ON u.id = o.user_id
		WHERE o.item_id = ? ORDER BY o.placed_at, o.id`, p.values[arg(d, "item", "")])
	if err != nil {
		p.t.Fatal(err)
	}
	lines := []string{}
	for rows.Next() {
		var who, state string
		var units int
		if err := rows.Scan(&who, &state, &units); err != nil {
			p.t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %d", who, state, units))
	}
	if err := rows.Err(); err != nil {
		p.t.Fatal(err)
	}
	if len(lines) == 0 {
		return "none"
	}
	return strings.Join(lines, "\n")
}

// pass makes a pass that the shop itself would not have made.
func (p *play) pass(d *datadriven.TestData) string {
	item, err := strconv.ParseUint(p.values[arg(d, "item", "")], 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	made := p.server.newPass(p.users[arg(d, "as", "")], item)
	made.issued = made.issued.Add(-p.time(arg(d, "age", "0s")))
	if order := arg(d, "order", ""); order != "" {
		made.order = uuid.MustParse(p.values[order])
	}
	p.values[arg(d, "name", "pass")] = newPasses(Keys{testKey(arg(d, "key", "p")[0])}).seal(made)
	return "ok"
}

func (p *play) link(d *datadriven.TestData) string {
	issued := p.store.Now().Add(-p.time(arg(d, "age", "0s")))
	token, err := SignLink(testKey(arg(d, "key", "l")[0]), LinkClaims{
		Purpose: arg(d, "purpose", LinkPurpose), Customer: arg(d, "sub", "c-1"), Email: "eve@example.com", Name: "Eve",
		Issued: issued.Unix(), Expires: issued.Add(p.time(arg(d, "life", "5m"))).Unix(), ID: "1",
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.values[arg(d, "name", "link")] = token
	return "ok"
}

// fill puts named values into what is sent.
func (p *play) fill(text string) string {
	for name, value := range p.values {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// http sends the request of the input and prints what a caller acts on: status, outcome, where to, when, what is allowed, the JSON.
func (p *play) http(d *datadriven.TestData) string {
	head, body, _ := strings.Cut(p.fill(d.Input), "\n\n")
	line, lines, _ := strings.Cut(head, "\n")
	method, path, _ := strings.Cut(line, " ")
	header := []string{}
	fields, err := textproto.NewReader(bufio.NewReader(strings.NewReader(lines + "\n\n"))).ReadMIMEHeader()
	if err != nil {
		p.t.Fatalf("%s: %v", d.Pos, err)
	}
	for name, values := range fields {
		for _, v := range values {
			header = append(header, name, v)
		}
	}
	preset := map[string][]string{
		"get": {"Accept", "text/html"}, "form": {"Accept", "text/html", "Content-Type", wire.Form},
		"json": {"Accept", "application/json", "Content-Type", "application/json"},
	}[d.Cmd]
	for i := 0; i+1 < len(preset); i += 2 {
		if fields.Get(preset[i]) == "" {
			header = append(header, preset[i], preset[i+1])
		}
	}
	if as := arg(d, "as", ""); as != "" {
		header = append(header, "Cookie", p.cookies[as])
	}
	if n := arg(d, "pad", ""); n != "" {
		body += strings.Repeat("x", p.number(n))
	}
	a := p.do(method, path, strings.TrimSuffix(body, "\n"), header...)
	p.keep(d, a)
	return p.print(d, a)
}

var (
	uuidText   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	passText   = regexp.MustCompile(`[A-Za-z0-9_-]{98}`)
	outcomeIn  = regexp.MustCompile(`data-outcome="([a-z_]+)"|"outcome":"([a-z_]+)"`)
	reference  = regexp.MustCompile(`"reference":"[0-9a-f-]{36}"`)
	retryAfter = regexp.MustCompile(`"retry_after":[1-5]\b`)
	heldUntil  = regexp.MustCompile(`"held_until":\d{13}\b`)
)

// keep names what came back: order=name, pass=name, session=name.
func (p *play) keep(d *datadriven.TestData, a answered) {
	if name := arg(d, "order", ""); name != "" {
		p.values[name] = uuidText.FindString(a.header.Get("Location") + a.body)
	}
	if name := arg(d, "pass", ""); name != "" {
		p.values[name] = passText.FindString(a.body)
	}
	if name := arg(d, "session", ""); name != "" {
		for _, c := range (&http.Response{Header: a.header}).Cookies() {
			if c.Name == "db_session" {
				p.cookies[name] = c.Name + "=" + c.Value
			}
		}
	}
}

func (p *play) print(d *datadriven.TestData, a answered) string {
	var out strings.Builder
	outcome := "-"
	if m := outcomeIn.FindStringSubmatch(a.body); m != nil {
		outcome = m[1] + m[2]
	}
	fmt.Fprintf(&out, "%d %s\n", a.status, outcome)
	show := append([]string{"Location", "Allow", "Retry-After"}, strings.Split(arg(d, "show", ""), ",")...)
	for _, name := range show {
		for _, value := range a.header.Values(name) {
			if n, err := strconv.Atoi(value); err == nil && name == "Retry-After" && n >= 1 && n <= 5 {
				value = "1 to 5"
			}
			fmt.Fprintf(&out, "%s: %s\n", name, p.blank(value))
		}
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		out.WriteString(p.blank(a.body))
	}
	if text := arg(d, "has", ""); text != "" {
		fmt.Fprintf(&out, "has %s: %t\n", text, strings.Contains(a.body, p.fill(text)))
	}
	return out.String()
}

// blank puts names in the place of what is different each time.
func (p *play) blank(text string) string {
	text = reference.ReplaceAllString(text, `"reference":{reference}`)
	text = retryAfter.ReplaceAllString(text, `"retry_after":{1 to 5}`)
	text = heldUntil.ReplaceAllString(text, `"held_until":{time}`)
	names := make([]string, 0, len(p.values))
	for name := range p.values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if len(p.values[name]) > 20 {
			text = strings.ReplaceAll(text, p.values[name], "{"+name+"}")
		} else {
			text = regexp.MustCompile(`(/|"item":)`+regexp.QuoteMeta(p.values[name])+`\b`).ReplaceAllString(text, "${1}{"+name+"}")
		}
	}
	text = uuidText.ReplaceAllString(text, "{uuid}")
	return passText.ReplaceAllString(text, "{pass}")
}

// raw writes bytes on a connection of its own and prints the status line of the answer.
func (p *play) raw(d *datadriven.TestData) string {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(p.t.Context(), "tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	text := strings.ReplaceAll(p.fill(d.Input), "\n", "\r\n")
	text = strings.ReplaceAll(text, `\0`, "\x00")
	if as := arg(d, "as", ""); as != "" {
		text = strings.Replace(text, "\r\n\r\n", "\r\nCookie: "+p.cookies[as]+"\r\n\r\n", 1)
	}
	if n := arg(d, "pad", ""); n != "" {
		text = strings.Replace(text, "{pad}", strings.Repeat("x", p.number(n)), 1)
	}
	if arg(d, "blank", "true") == "true" && !strings.Contains(text, "\r\n\r\n") {
		text += "\r\n\r\n"
	}
	if _, err := io.WriteString(conn, text); err != nil {
		return "cut while sending"
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "no answer"
	}
	_ = res.Body.Close()
	return fmt.Sprintf("%d close=%t", res.StatusCode, res.Close)
}
