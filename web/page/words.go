package page

import (
	"context"
	"encoding/json"
	"strings"

	"doorbuster/web/ui"
)

// leftWords says honestly how many units are left. Above a hundred it is a floor, as
// the number moves faster than anyone reads.
func leftWords(ctx context.Context, state ui.State, left, units int64) string {
	told, floor := ui.LeftFloor(left)
	switch {
	case state == ui.Soon:
		return ui.T(ctx, "left_soon", "N", units)
	case state == ui.Over:
		return ui.T(ctx, "left_over", "N", units)
	case state == ui.SoldOut || told == 0:
		return noneWords(ctx, units)
	case floor:
		return ui.T(ctx, "left_more", "Left", told, "Units", units)
	default:
		return ui.T(ctx, "left_some", "Left", told, "Units", units)
	}
}

// noneWords says that all units are taken. Where the shop withdrew every one of them,
// a number would be nonsense.
func noneWords(ctx context.Context, units int64) string {
	if units <= 0 {
		return ui.T(ctx, "state_sold_out")
	}
	return ui.T(ctx, "left_none", "N", units)
}

// cardWords is what a card says of an item: its state where that says all, else what
// is left.
func cardWords(ctx context.Context, item ItemCard) string {
	if item.State == ui.Live || item.State == ui.Early || item.State == ui.Soon {
		return leftWords(ctx, item.State, item.Left, item.Units)
	}
	return ui.T(ctx, "state_"+string(item.State))
}

// ruleWords is the limit, the rule of fairness and the hold in one sentence.
func ruleWords(ctx context.Context, v ItemView) string {
	parts := []string{ui.T(ctx, "rule_limit", "N", max(v.Limit, 1))}
	if fair(v.Fairness) {
		parts = append(parts, ui.T(ctx, "rule_"+v.Fairness))
	}
	if v.HoldMinutes > 0 {
		parts = append(parts, ui.T(ctx, "rule_hold", "N", v.HoldMinutes))
	}
	return strings.Join(parts, ui.T(ctx, "rule_comma")) + ui.T(ctx, "rule_stop")
}

// buttonWords is what the one button says without a script.
func buttonWords(ctx context.Context, v ItemView) string {
	if v.State == ui.Soon {
		return ui.T(ctx, "button_soon", "At", ui.Clock(v.starts(), v.Zone))
	}
	return ui.T(ctx, "button_"+string(v.State))
}

// hintWords is the line under the button.
func hintWords(ctx context.Context, v ItemView) string {
	if v.Order != "" {
		return ui.T(ctx, "hint_yours")
	}
	return ui.T(ctx, "hint_"+string(v.State))
}

// itemClock is the state line without a script: absolute times.
func itemClock(ctx context.Context, v ItemView) ui.CountdownView {
	out := ui.CountdownView{Word: ui.T(ctx, "word_"+string(v.State))}
	if v.State == ui.Soon && v.First {
		out.Word = ui.T(ctx, "word_members_soon")
	}
	switch v.State {
	case ui.Soon, ui.Early:
		at := v.Opens
		if v.State == ui.Soon {
			at = v.starts()
		}
		out.Large, out.Until = ui.Clock(at, v.Zone), at
		out.Small = ui.Place(ctx, at, v.Zone) + ui.T(ctx, "dot") + ui.Day(ctx, at, v.Zone)
	case ui.Live:
		out.Large, out.Until = ui.Clock(v.Closes, v.Zone), v.Closes
		out.Small = ui.Place(ctx, v.Closes, v.Zone) + ui.T(ctx, "dot") + ui.Day(ctx, v.Closes, v.Zone)
	default:
		out.Large = ui.T(ctx, "state_"+string(v.State))
		out.Small = stillWords(ctx, v, v.State)
	}
	return out
}

// stillWords is the third line of a state in which nothing counts.
func stillWords(ctx context.Context, v ItemView, state ui.State) string {
	switch {
	case state == ui.Over:
		return ui.T(ctx, "ended", "At", ui.Moment(ctx, v.Closes, v.Zone))
	case state == ui.SoldOut && !v.EmptyAt.IsZero():
		return ui.T(ctx, "empty_at", "At", ui.AtSecond(ctx, v.EmptyAt, v.Zone))
	default:
		return ui.T(ctx, "until", "At", ui.Moment(ctx, v.Closes, v.Zone))
	}
}

// itemWords hands the script its words, by the names it looks them up with: a state
// and which line it is. The script knows no language.
func itemWords(ctx context.Context, v ItemView) string {
	words := map[string]string{
		"day":          ui.T(ctx, "js_day"),
		"left_some":    ui.T(ctx, "left_some", "Left", "{n}", "Units", v.Units),
		"left_more":    ui.T(ctx, "left_more", "Left", "{n}", "Units", v.Units),
		"left_none":    noneWords(ctx, v.Units),
		"left_soon":    ui.T(ctx, "left_soon", "N", v.Units),
		"left_over":    ui.T(ctx, "left_over", "N", v.Units),
		"soon_word":    ui.T(ctx, "js_opens_in"),
		"soon_where":   ui.Moment(ctx, v.Opens, v.Zone),
		"soon_go":      ui.T(ctx, "js_opens_at", "At", ui.Clock(v.Opens, v.Zone)),
		"soon600":      ui.T(ctx, "js_ten_minutes"),
		"soon300":      ui.T(ctx, "js_five_minutes"),
		"soon60":       ui.T(ctx, "js_one_minute"),
		"soon10":       ui.T(ctx, "js_ten_seconds"),
		"live_word":    ui.T(ctx, "js_ends_in"),
		"live_where":   ui.T(ctx, "until", "At", ui.Moment(ctx, v.Closes, v.Zone)),
		"live_go":      ui.T(ctx, "button_live"),
		"live_say":     ui.T(ctx, "js_open_now"),
		"asking_go":    ui.T(ctx, "js_asking"),
		"asking_hint":  ui.T(ctx, "js_asking_hint"),
		"busy_go":      ui.T(ctx, "js_busy"),
		"busy_hint":    ui.T(ctx, "js_busy_hint"),
		"unknown_go":   ui.T(ctx, "js_checking"),
		"unknown_hint": ui.T(ctx, "js_checking_hint"),
		"yours_hint":   ui.T(ctx, "hint_yours"),
	}
	if v.First {
		words["soon_word"] = ui.T(ctx, "js_members_open_in")
		words["soon_where"] = ui.Moment(ctx, v.Members, v.Zone)
		words["soon_go"] = ui.T(ctx, "js_opens_at", "At", ui.Clock(v.Members, v.Zone))
		words["early_word"] = ui.T(ctx, "js_all_open_in")
		words["early_where"] = ui.Moment(ctx, v.Opens, v.Zone)
		words["early_go"] = ui.T(ctx, "button_early")
		words["early_hint"] = ui.T(ctx, "hint_early")
		words["early_say"] = ui.T(ctx, "js_members_now")
	}
	for _, state := range []ui.State{ui.Soon, ui.Live, ui.SoldOut, ui.Paused, ui.Closed, ui.Over} {
		name := string(state)
		words[name+"_hint"] = ui.T(ctx, "hint_"+name)
		if state == ui.Soon || state == ui.Live {
			continue
		}
		words[name+"_word"] = ui.T(ctx, "word_"+name)
		words[name+"_clock"] = ui.T(ctx, "state_"+name)
		words[name+"_say"] = ui.T(ctx, "state_"+name)
		words[name+"_where"] = stillWords(ctx, v, state)
		words[name+"_go"] = ui.T(ctx, "button_"+name)
	}
	return toJSON(words)
}

// toJSON writes a flat map for a data attribute; a map of strings cannot fail.
func toJSON(words map[string]string) string {
	text, err := json.Marshal(words)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// orderClock is the large line of the stub.
func orderClock(ctx context.Context, v OrderView) ui.CountdownView {
	state := v.shown()
	out := ui.CountdownView{Word: ui.T(ctx, "stub_"+state+"_word"), Large: ui.T(ctx, "stub_"+state)}
	switch state {
	case Held:
		out.Large, out.Until = ui.Clock(v.HeldUntil, v.Zone), v.HeldUntil
		out.Small = ui.T(ctx, "stub_held_small", "Place", ui.Place(ctx, v.HeldUntil, v.Zone))
	case ended:
		out.Large = ui.Clock(v.HeldUntil, v.Zone)
		out.Small = ui.T(ctx, "stub_ended_small")
	case Refunded:
		out.Small = ui.T(ctx, "stub_refunded_small", "Total", ui.Amount(ctx, v.Total))
	default:
		out.Small = ui.T(ctx, "stub_"+state+"_small")
	}
	// "No money moved" is not said while some may have.
	switch late := state == ended || state == Expired; {
	case late && v.paying():
		out.Small = ui.T(ctx, "stub_late_small")
	case (late || state == Cancelled) && (v.paying() || v.returns()):
		out.Small = ui.T(ctx, "stub_back_small")
	}
	return out
}

// payButton offers to begin, or to go on with what was begun.
func payButton(ctx context.Context, v OrderView) string {
	if v.PaymentState == PaymentStarted {
		return ui.T(ctx, "pay_on", "Total", ui.Amount(ctx, v.Total))
	}
	return ui.T(ctx, "pay", "Total", ui.Amount(ctx, v.Total))
}

// paymentLines say how the latest payment stands. An empty What says nothing.
type paymentLines struct{ Tone, Icon, What, Then string }

// paymentWords chooses them. A payment that went as it should needs no words of its own, and one that failed none once it does not matter.
func paymentWords(ctx context.Context, v OrderView) paymentLines {
	switch {
	case v.PaymentState == PaymentStarted && v.open():
		return paymentLines{"warn", "clock", ui.T(ctx, "payment_started"), ui.T(ctx, "payment_started_then")}
	case v.paying() && v.State != Paid:
		return paymentLines{"warn", "clock", ui.T(ctx, "payment_checked"), ui.T(ctx, "payment_checked_then")}
	case v.PaymentState == PaymentFailed && v.open():
		return paymentLines{"error", "alert", failedWords(ctx, v.PaymentReason), ui.T(ctx, "payment_failed_then")}
	case v.PaymentState == PaymentRefunding:
		return paymentLines{"warn", "return", returnWords(ctx, v.PaymentReason), ui.T(ctx, "payment_refunding")}
	case v.PaymentState == PaymentRefunded:
		return paymentLines{"warn", "return", returnWords(ctx, v.PaymentReason), ui.T(ctx, "payment_refunded")}
	default:
		return paymentLines{}
	}
}

// failedWords is why nothing was taken.
func failedWords(ctx context.Context, reason string) string {
	switch reason {
	case "declined", "abandoned":
		return ui.T(ctx, "payment_failed_"+reason)
	default:
		return ui.T(ctx, "payment_failed")
	}
}

// returnWords is why the money goes back.
func returnWords(ctx context.Context, reason string) string {
	switch reason {
	case "too_late", "wrong_amount", "second_payment", "order_cancelled", "order_refunded", "at_provider":
		return ui.T(ctx, "payment_back_"+reason)
	default:
		return ui.T(ctx, "payment_back")
	}
}

// holdWords are the script's words for the clock of a hold.
func holdWords(ctx context.Context, v OrderView) string {
	return toJSON(map[string]string{
		"day":        ui.T(ctx, "js_day"),
		"held_word":  ui.T(ctx, "js_held_word"),
		"held_where": ui.T(ctx, "js_held_where", "At", ui.At(ctx, v.HeldUntil, v.Zone)),
		"held300":    ui.T(ctx, "js_hold_five_minutes"),
		"held180":    ui.T(ctx, "hold_short"),
		"held60":     ui.T(ctx, "js_hold_one_minute"),
		"held30":     ui.T(ctx, "js_hold_thirty_seconds"),
	})
}

// retryWords are the script's words for a form that presses itself.
func retryWords(ctx context.Context) string {
	return toJSON(map[string]string{"again": ui.T(ctx, "js_again"), "now": ui.T(ctx, "js_again_now")})
}

// outcomeWords says above the stub what the last act gave; nothing for a plain visit.
func outcomeWords(ctx context.Context, outcome string) string {
	switch outcome {
	case "placed", "exists":
		return ui.T(ctx, "told_placed")
	case AlreadyOrdered:
		return ui.T(ctx, "told_already_ordered")
	case "paid", "already_paid":
		return ui.T(ctx, "told_paid")
	case "extended", "already_extended":
		return ui.T(ctx, "told_extended")
	case "cancelled", "already_cancelled":
		return ui.T(ctx, "told_cancelled")
	default:
		return ""
	}
}

// fair tells whether there are words for a rule of fairness.
func fair(rule string) bool { return rule == FirstCome || rule == Shuffle || rule == Draw }

// saleCount says how many items a sale has, and how many of them are gone.
func saleCount(ctx context.Context, sale SaleCard) string {
	text := ui.T(ctx, "sale_items", "N", sale.Items)
	if sale.SoldOut > 0 {
		text += ui.T(ctx, "sale_sold_out", "N", sale.SoldOut)
	}
	return text
}
