package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

// roomSamples are the live room in every state, with each form wrong.
func roomSamples() []uitest.Sample {
	least, first := int64(0), now.Add(9*time.Minute)
	line := func(points ...float64) []float64 { return points }
	room := func(change func(v *page.RoomView)) page.RoomView {
		v := page.RoomView{
			Frame: in("/sales/9/live", "sales"), Title: "Kettle & <b>lid</b>", State: "published", MayChange: true,
			Items: []page.RoomItem{{ID: 31, Title: "Over-ear Headphones", Left: 80}, {ID: 32, Title: "Kettle & <b>lid</b>", Left: 12_000}},
			Now: page.RoomNow{
				ID: 9, Tab: page.TabLive, Opens: now.Add(-time.Minute), Closes: now.Add(time.Hour), Zone: "Europe/Berlin", At: now, EquationAt: now.Add(-4 * time.Second),
				Units: 12_500, Sold: 405, Held: 15, Left: 12_080, FirstHoldEnds: &first, Shards: 8, Empty: 2, Emptiest: &least,
				Nodes: 2, Busy: 3, Conns: 16, Waiting: 1234, Batch: 211.6, Accepted: 420,
				Refusals: []page.Refusal{{Kind: "sold_out", N: 90_210}, {Kind: "busy", N: 412}, {Kind: "often", N: 3}},
				Orders:   line(0, 12, 480.4, 211, 7.25), Refused: line(0, 0, 3, 9_800, 9_120), Stock: line(12_500, 12_100, 12_080), Waiters: line(0, 0, 0),
			},
		}
		if change != nil {
			change(&v)
		}
		return v
	}
	wrong := func(act string, errors ...ui.FieldError) func(v *page.RoomView) {
		return func(v *page.RoomView) {
			v.Form = page.RoomForm{
				Act: act, Reason: `"><script>`, Confirm: "yes", Item: "32", Units: "-3", Minutes: "soon", Message: `"><b>`, ClosesSeen: "7", MessageSeen: "before",
				Errors: errors,
			}
		}
	}
	bad := func(field, code string) ui.FieldError { return ui.FieldError{Field: field, Code: code} }
	sample := func(name string, change func(v *page.RoomView)) uitest.Sample {
		return uitest.Sample{Name: "room_" + name, Page: page.Room(room(change))}
	}
	return []uitest.Sample{
		sample("live", nil),
		sample("looked_at", func(v *page.RoomView) { v.MayChange = false }),
		sample("away", func(v *page.RoomView) { v.Now.Away = true }),
		sample("adding", func(v *page.RoomView) { v.Now.EquationAt = time.Time{} }),
		sample("unbalanced", func(v *page.RoomView) { v.Now.Left++ }),
		sample("quiet", func(v *page.RoomView) {
			v.Now = page.RoomNow{ID: 9, Tab: page.TabSoon, Opens: now.Add(time.Hour), Closes: now.Add(2 * time.Hour), Zone: "Asia/Shanghai", At: now, EquationAt: now}
			v.Items = nil
		}),
		sample("draft", func(v *page.RoomView) { v.State, v.Now.Tab = "draft", page.TabDraft }),
		sample("ended", func(v *page.RoomView) {
			v.State, v.Now.Tab, v.Now.Message = "ended", page.TabOver, `Thank you <all> & "come again".`
		}),
		sample("many_items", func(v *page.RoomView) { v.MoreItems = true }),
		sample("told_changed_meanwhile", func(v *page.RoomView) { v.Told = "changed_meanwhile" }),
		sample("told_not_enough", func(v *page.RoomView) { v.Told, v.ToldLeft = "not_enough", 3 }),
		sample("pause_wrong", wrong(page.Pause, bad("pause-reason", page.ReasonMissing))),
		sample("end_wrong", wrong(page.End, bad("end-confirm", page.ConfirmWrong), bad("end-reason", page.ReasonBad))),
		sample("units_wrong", wrong(page.Units, bad("units-item", page.ItemMissing), bad("units-units", page.UnitsBad))),
		sample("extend_wrong", wrong(page.Extend, bad("extend-minutes", page.MinutesBad))),
		sample("tell_wrong", wrong(page.Tell, bad("tell-message", page.MessageBad))),
	}
}
