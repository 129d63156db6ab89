package page

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorbuster/web/ui"
)

// Acts of the live room, besides those of a sale.
const (
	Units  = "units"
	Extend = "extend"
	Tell   = "tell"
)

// Codes of FieldError of the forms of the live room.
const (
	MinutesBad  = "minutes_bad"
	MessageBad  = "message_bad"
	ItemMissing = "item_missing"
)

// RoomErrorCodes lists them all.
var RoomErrorCodes = []string{MinutesBad, MessageBad, ItemMissing}

// RoomItem is an item whose units can be changed.
type RoomItem struct {
	ID    uint64
	Title string
	Left  int64
}

// RoomNow is what changes of a live room. It is rendered by itself too, to be sent to who watches.
type RoomNow struct {
	ID             uint64
	Tab            string
	Opens, Closes  time.Time
	Members        *time.Time // when members come in before everybody; nil: open to all from Opens
	Zone           string
	Message        string    // what shoppers are told; empty: nothing
	At             time.Time // of the database, when the figures were read
	Away           bool      // the database does not answer: all of it is as of At
	Units, Sold    int64     // of the equation
	Held, Left     int64
	EquationAt     time.Time // of the database, when the equation was read
	FirstHoldEnds  *time.Time
	Shards, Empty  int
	Emptiest       *int64 // units in the emptiest stock row; nil: there are none
	Nodes          int    // that have reported lately
	Busy, Conns    int
	Waiting        int
	Batch          float64 // requests in one call; 0: none was made
	Accepted       int64
	Refusals       []Refusal // in the order of RefusalKinds; those that nobody got are left out
	Orders         []float64 // a second, oldest first
	Refused        []float64
	Stock, Waiters []float64
}

// Refusal is how many presses were refused for one kind of reason.
type Refusal struct {
	Kind string // one of RefusalKinds
	N    int64
}

// RefusalKinds are the kinds of reasons, in the order in which they stand.
var RefusalKinds = []string{"sold_out", "theirs", "closed", "busy", "often", "other"}

// kindOf is the kind of the answers that are not counted as "other".
var kindOf = map[string]string{
	"sold_out": "sold_out", "not_enough": "sold_out", "already_ordered": "theirs", "over_limit": "theirs",
	"not_open": "closed", "members_only": "closed", "paused": "closed", "over": "closed", "busy": "busy", "too_late": "busy", "too_many": "often",
}

// RefusalKind is the kind of the reason of a refusal.
func RefusalKind(outcome string) string {
	if kind, ok := kindOf[outcome]; ok {
		return kind
	}
	return "other"
}

// RoomView is GET /{lang}/sales/{sale}/live and the answer to its forms.
type RoomView struct {
	Frame
	Title     string
	State     string // of the sale: draft, published, paused, ended
	Now       RoomNow
	Items     []RoomItem
	MoreItems bool // there are more than Items: the page of the sale has the others
	MayChange bool
	Switches  SwitchReminder // those in force for the sale when the page was loaded

	// Told is the outcome of a form, as on the page of the sale.
	Told     string
	ToldLeft int64

	Form RoomForm
}

// RoomForm is a form of the live room that was wrong: which it was, what was typed, what is wrong with it.
type RoomForm struct {
	Act                     string
	Reason, Confirm         string
	Item                    string // number of the chosen one
	Units, Minutes, Message string
	ClosesSeen, MessageSeen string
	Errors                  ui.FieldErrors
}

// acts are the acts of the room. They do not change from second to second, so that no button jumps away under a finger: what cannot be done now is
// answered by the database.
func (v RoomView) acts() []string {
	switch {
	case !v.MayChange || v.State == "draft" || v.State == "importing":
		return nil
	case v.State == "ended":
		return []string{Tell}
	default:
		return []string{Pause, Resume, Units, Extend, Tell, End}
	}
}

// open says whether a form was wrong and must be shown open.
func (v RoomView) open(act string) bool { return len(v.Form.Errors) > 0 && v.Form.Act == act }

// typed is what was typed into a form that was wrong, other for all others.
func (v RoomView) typed(act, text, other string) string {
	if v.open(act) {
		return text
	}
	return other
}

func (v RoomView) errorOf(act, field string) string {
	if !v.open(act) {
		return ""
	}
	return v.Form.Errors.Of(field)
}

// told lets the words of the page of a sale tell what came of a form.
func (v RoomView) told() SaleShowView { return SaleShowView{Told: v.Told, ToldLeft: v.ToldLeft} }

// path is where a form of the room goes to.
func (v RoomView) path(act string) string { return fmt.Sprintf("/sales/%d/live/%s", v.Now.ID, act) }

func (v RoomNow) balanced() bool { return v.Units == v.Sold+v.Held+v.Left }

// refused is how many presses were refused.
func (v RoomNow) refused() (n int64) {
	for _, r := range v.Refusals {
		n += r.N
	}
	return n
}

// barWidth is the width of the drawing of the refusals.
const barWidth = 1000

// part is one piece of the drawing of the refusals.
type part struct {
	kind     string
	from, to int64
}

// parts are the pieces, side by side.
func (v RoomNow) parts() []part {
	var parts []part
	total, sum := v.refused(), int64(0)
	for _, r := range v.Refusals {
		from := sum * barWidth / total
		sum += r.N
		parts = append(parts, part{kind: r.Kind, from: from, to: sum * barWidth / total})
	}
	return parts
}

// Size of the drawing of a line.
const (
	lineWidth  = 120
	lineHeight = 32
)

// points draws a line from right to left: the newest point is always at the right. The highest point of the line is at the top, unless it is 0.
func points(line []float64) string {
	most := 0.0
	if len(line) > 0 {
		most = slices.Max(line)
	}
	if most == 0 {
		most = 1
	}
	var b strings.Builder
	for i, p := range line {
		if i > 0 {
			b.WriteByte(' ')
		}
		x, y := lineWidth-len(line)+i+1, 1+(1-p/most)*(lineHeight-2)
		b.WriteString(strconv.Itoa(x) + "," + strconv.FormatFloat(y, 'f', 1, 64))
	}
	return b.String()
}

// newest is the last point of a line, 0 for none.
func newest(line []float64) float64 {
	if len(line) == 0 {
		return 0
	}
	return line[len(line)-1]
}

// rate is a number a second: with one digit behind the point below ten.
func rate(n float64) string {
	if n > 0 && n < 9.95 {
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return ui.Grouped(int64(n + 0.5))
}

// seen is an instant as a form carries it, to the microsecond.
func seen(at time.Time) string { return strconv.FormatInt(at.UnixMicro(), 10) }

// shardWords says how the stock is spread.
func shardWords(ctx context.Context, v RoomNow) string {
	if v.Emptiest == nil {
		return ui.T(ctx, "sale_empty")
	}
	return ui.T(ctx, "console_room_shards", "N", v.Shards, "Empty", ui.Grouped(int64(v.Empty)), "Least", ui.Grouped(*v.Emptiest))
}

// poolWords says how busy the nodes are.
func poolWords(ctx context.Context, v RoomNow) string {
	if v.Nodes == 0 {
		return ui.T(ctx, "console_room_no_node")
	}
	return ui.T(ctx, "console_room_pool", "Busy", ui.Grouped(int64(v.Busy)), "Count", ui.Grouped(int64(v.Conns)), "Batch", rate(v.Batch), "Nodes", ui.Grouped(int64(v.Nodes)))
}
