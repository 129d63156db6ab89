package admin

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"doorbuster/admin/page"
	"doorbuster/admin/room"
	"doorbuster/store"
	"doorbuster/web/login"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

func (s *Server) roomRoutes() []route {
	routes := []route{
		{get, "/sales/{sale}/live", read, s.showRoom},
		{get, "/sales/{sale}/live/events", read, s.watchRoom},
	}
	for _, act := range []roomAct{roomPause, roomResume, roomEnd, roomUnits, roomExtend, roomTell} {
		routes = append(routes, route{post, "/sales/{sale}/live/" + act.name, sell, s.changeInRoom(act)})
	}
	return routes
}

// newRooms makes the rooms of a Server.
func newRooms(cfg Config) *room.Rooms {
	return room.New(room.Config{
		Source: cfg.Store, Log: cfg.Log,
		Render: func(lang ui.Lang, r *room.Reading) ([]byte, error) {
			body, err := ui.RenderBytes(ui.With(context.Background(), lang), page.RoomLive(roomNow(r)))
			if err != nil {
				return nil, err
			}
			return event("", body), nil
		},
	})
}

// event is one of a stream of server-sent events.
func event(name string, data []byte) []byte {
	var b strings.Builder
	if name != "" {
		b.WriteString("event: " + name + "\n")
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(string(data), "\r", ""), "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteByte('\n')
	return []byte(b.String())
}

// frameTime is how long a viewer may take for one frame before it is hung up on.
const frameTime = 10 * time.Second

// watchRoom sends the live room to somebody until they go, may not watch any more, or cfg.WatchFor has passed: then the browser comes again.
func (s *Server) watchRoom(a *reply, r *http.Request) error {
	sale, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	if _, err := wire.ReadQuery(r); err != nil {
		return err
	}
	ctx := r.Context()
	if _, err := s.store.ShowRoom(ctx, a.by(), sale); err != nil {
		return err
	}
	h := a.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Accel-Buffering", "no") // a proxy in between must not gather frames
	if r.Method == http.MethodHead {
		return nil
	}
	v, err := s.rooms.Join(a.lang, store.Watcher{
		Token: sha256.Sum256([]byte(s.sessions.Token(ctx))), Staff: a.member.ID, Since: time.UnixMicro(s.sessions.GetInt64(ctx, keySince)), Sale: sale,
	})
	if err != nil {
		for _, name := range []string{"Content-Type", "X-Accel-Buffering"} {
			h.Del(name)
		}
		return &store.BusyError{Err: err}
	}
	defer v.Leave()
	s.sendFrames(a, ctx, v)
	return nil
}

// sendFrames sends frame after frame. Whoever does not take one in time is hung up on.
func (s *Server) sendFrames(a *reply, ctx context.Context, v *room.Viewer) {
	conn := http.NewResponseController(a)
	if conn.SetReadDeadline(time.Time{}) != nil { // that of the server would end the request
		return
	}
	send := func(frame []byte) bool {
		if conn.SetWriteDeadline(time.Now().Add(frameTime)) != nil {
			return false
		}
		_, err := a.Write(frame)
		return err == nil && conn.Flush() == nil
	}
	end := time.NewTimer(s.cfg.WatchFor)
	defer end.Stop()
	if !send([]byte(":\n\n")) { // it has begun, though there may be no frame yet
		return
	}
	for {
		select {
		case frame, on := <-v.Frames():
			if !on && v.Cut() {
				send(event("end", nil))
			}
			if !on || !send(frame) {
				return
			}
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// showRoom shows the live room as it stands; its script goes on from there.
func (s *Server) showRoom(a *reply, r *http.Request) error {
	sale, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told", "left")
	if err != nil {
		return err
	}
	v := page.RoomView{Told: query.Get("told")}
	v.ToldLeft, _ = strconv.ParseInt(query.Get("left"), 10, 64) // a number or nothing
	return s.sendRoom(a, r, http.StatusOK, sale, v)
}

// sendRoom sends the page with what v has already. What is being watched anyway is not read again, but for what the forms go by: who may look, and what
// they see, is asked of the database each time.
func (s *Server) sendRoom(a *reply, r *http.Request, status int, sale uint64, v page.RoomView) error {
	ctx := r.Context()
	reading, err := room.NewReader(s.store, a.by(), sale).Read(ctx)
	if err != nil {
		return err
	}
	watched := s.rooms.Latest(sale)
	if watched != nil {
		reading.Sale = watched.Sale
		reading.Orders, reading.Refused, reading.Left, reading.Waiting = watched.Orders, watched.Refused, watched.Left, watched.Waiting
	}
	// After a change the page must not show what was before it.
	if watched == nil || v.Told != "" {
		if reading.Sale, err = s.store.ShowSale(ctx, a.by(), sale); err != nil {
			return err
		}
	}
	if v.Switches, err = s.reminder(r, a, store.SwitchFilter{Sale: sale}); err != nil {
		return err
	}
	v.Frame = a.frame(salePath(sale)+"/live", "sales")
	v.Undo.Back = page.BackToRoom
	if err := s.addUndo(a, r, &v.Undo, sale, saleThings(r, sale, v.Told)...); err != nil {
		return err
	}
	v.Title, v.State, v.Now, v.MayChange = reading.Room.Title, reading.Room.State, roomNow(reading), a.may("sell")
	if v.MayChange {
		items, err := s.store.ListSaleItems(ctx, a.by(), sale, 0, itemsPerPage)
		if err != nil {
			return err
		}
		for _, i := range items {
			v.Items = append(v.Items, page.RoomItem{ID: i.ID, Title: i.Title, Left: i.UnitsAvailable})
		}
		v.MoreItems = reading.Room.Items > len(items)
	}
	return a.page(r, status, page.Room(v))
}

// roomNow is a reading as the page shows it.
func roomNow(r *room.Reading) page.RoomNow {
	v := page.RoomNow{
		ID: r.Room.ID, Tab: r.Room.Tab, Opens: r.Room.OpensAt, Members: r.Room.MembersOpenAt, Closes: r.Room.ClosesAt, Zone: r.Room.TimeZone, Message: r.Room.Message,
		At: r.Room.DatabaseTime, Away: r.Away,
		Units: r.Sale.UnitsAllotted, Sold: r.Sale.UnitsSold, Held: r.Sale.UnitsHeld, Left: r.Sale.UnitsAvailable,
		EquationAt: r.Sale.DatabaseTime, FirstHoldEnds: r.Sale.FirstHoldEndsAt,
		Shards: r.Room.Shards, Empty: r.Room.EmptyShards, Emptiest: r.Room.EmptiestShard,
		Nodes: r.Room.Nodes, Busy: r.Room.Busy, Conns: r.Room.Conns, Waiting: r.Room.Waiting,
		Orders: r.Orders, Refused: r.Refused, Stock: r.Left, Waiters: r.Waiting,
	}
	if r.Room.Batches > 0 {
		v.Batch = float64(r.Room.BatchOrders) / float64(r.Room.Batches)
	}
	refused := map[string]int64{}
	for _, one := range r.Answers {
		switch {
		case one.Outcome == store.Placed:
			v.Accepted = int64(one.Answers)
		case !room.Yes(one.Outcome):
			refused[page.RefusalKind(string(one.Outcome))] += int64(one.Answers)
		}
	}
	for _, kind := range page.RefusalKinds {
		if refused[kind] > 0 {
			v.Refusals = append(v.Refusals, page.Refusal{Kind: kind, N: refused[kind]})
		}
	}
	return v
}

// roomAct is one form of the room. check finds what is wrong with what was typed; do does it, and says how many units are left when that matters.
type roomAct struct {
	name   string
	fields []string // besides the reason
	check  func(sale uint64, f *roomForm)
	do     func(s *Server, r *http.Request, by store.Actor, sale uint64, f *roomForm) (store.Outcome, *int, error)
}

// roomForm is what was typed, and what it means.
type roomForm struct {
	page.RoomForm
	way            string
	item           uint64
	units, minutes int
	closes         time.Time
	reason         string
}

func (f *roomForm) wrong(field, code string) {
	f.Errors = append(f.Errors, ui.FieldError{Field: f.Act + "-" + field, Code: code})
}

// ofSale is an act that needs nothing but a reason.
func ofSale(act saleAct) roomAct {
	return roomAct{name: act.name, do: func(s *Server, r *http.Request, by store.Actor, sale uint64, f *roomForm) (store.Outcome, *int, error) {
		outcome, err := act.do(s.store, r, by, sale, f.reason)
		return outcome, nil, err
	}}
}

var (
	roomPause  = ofSale(pauseAct)
	roomResume = ofSale(resumeAct)
	roomEnd    = roomAct{name: page.End, fields: []string{"confirm"}, do: ofSale(endAct).do, check: func(sale uint64, f *roomForm) {
		if strings.TrimSpace(f.Confirm) != strconv.FormatUint(sale, 10) {
			f.wrong("confirm", page.ConfirmWrong)
		}
	}}
	roomUnits = roomAct{name: page.Units, fields: []string{"item", "units", "way"}, do: (*Server).doUnits, check: func(_ uint64, f *roomForm) {
		units, ok := wire.Number(strings.TrimSpace(f.Units))
		if !ok || units < 1 || units > maxUnits {
			f.wrong("units", page.UnitsBad)
		}
		f.units = int(min(units, maxUnits))
		if f.item, ok = wire.Number(f.Item); !ok {
			f.wrong("item", page.ItemMissing)
		}
	}}
	roomExtend = roomAct{name: page.Extend, fields: []string{"closes", "minutes"}, check: func(_ uint64, f *roomForm) {
		minutes, ok := wire.Number(strings.TrimSpace(f.Minutes))
		if !ok || minutes < 1 || minutes > maxExtension {
			f.wrong("minutes", page.MinutesBad)
		}
		f.minutes = int(min(minutes, maxExtension))
		micros, _ := wire.Number(f.ClosesSeen) // anything else is no end that was seen: the database says so
		f.closes = time.UnixMicro(int64(min(micros, 1<<52)))
	}, do: func(s *Server, r *http.Request, by store.Actor, sale uint64, f *roomForm) (store.Outcome, *int, error) {
		outcome, err := s.store.ExtendSale(r.Context(), by, sale, f.closes, f.minutes, f.reason)
		return outcome, nil, err
	}}
	roomTell = roomAct{name: page.Tell, fields: []string{"seen", "message"}, check: func(_ uint64, f *roomForm) {
		if f.Message = strings.TrimSpace(f.Message); utf8.RuneCountInString(f.Message) > maxMessage || !login.Plain(f.Message) {
			f.wrong("message", page.MessageBad)
		}
	}, do: func(s *Server, r *http.Request, by store.Actor, sale uint64, f *roomForm) (store.Outcome, *int, error) {
		seen := f.MessageSeen
		if utf8.RuneCountInString(seen) > maxMessage || !login.Plain(seen) {
			seen = "" // no message of ours
		}
		outcome, err := s.store.TellShoppers(r.Context(), by, sale, seen, f.Message, f.reason)
		return outcome, nil, err
	}}
)

const (
	maxExtension = 7 * 24 * 60 // minutes, as in extend_sale
	maxMessage   = 200         // characters, as in the table
)

// doUnits adds units to an item of the sale, or withdraws some.
func (s *Server) doUnits(r *http.Request, by store.Actor, sale uint64, f *roomForm) (store.Outcome, *int, error) {
	items, err := s.store.ListSaleItems(r.Context(), by, sale, 0, itemsPerPage)
	if err != nil {
		return "", nil, err
	}
	for _, i := range items {
		if i.ID != f.item {
			continue
		}
		change := s.store.AddUnits
		if f.way == page.Withdraw {
			change = s.store.WithdrawUnits
		}
		done, err := change(r.Context(), by, f.item, f.units, f.reason)
		return done.Outcome, done.UnitsLeft, err
	}
	return store.NoSuchItem, nil, nil
}

// changeInRoom makes the handler of an act, which leads back to the room.
func (s *Server) changeInRoom(act roomAct) handler {
	return func(a *reply, r *http.Request) error {
		sale, err := numberOf(r, "sale")
		if err != nil {
			return err
		}
		form, err := wire.ReadForm(r, append([]string{"reason"}, act.fields...)...)
		if err != nil {
			return err
		}
		f := &roomForm{way: form.Get("way"), RoomForm: page.RoomForm{
			Act: act.name, Reason: form.Get("reason"), Confirm: form.Get("confirm"), Item: form.Get("item"), Units: form.Get("units"),
			Minutes: form.Get("minutes"), Message: form.Get("message"), ClosesSeen: form.Get("closes"), MessageSeen: form.Get("seen"),
		}}
		if act.name == page.Units && f.way != page.Add && f.way != page.Withdraw {
			return refused(page.BadRequest)
		}
		if act.check != nil {
			act.check(sale, f)
		}
		var code string
		if f.reason, code = reasonOf(f.Reason); code != "" {
			f.wrong("reason", code)
		}
		if len(f.Errors) > 0 {
			return s.sendRoom(a, r, http.StatusBadRequest, sale, page.RoomView{Form: f.RoomForm})
		}
		a.act = "room " + act.name
		outcome, left, err := act.do(s, r, a.by(), sale, f)
		if err != nil {
			return err
		}
		var more url.Values
		if f.item != 0 {
			more = toldUnits(f.item, outcome, left)
		}
		return a.toldAt(salePath(sale)+"/live", outcome, more)
	}
}
