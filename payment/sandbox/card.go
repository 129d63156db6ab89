package sandbox

import (
	"slices"
	"strings"
	"unicode"
)

// Card is a number that may be typed in at the sandbox, and what comes of it.
type Card struct {
	Number string            // 16 digits
	Name   string            // one word for tests and pages
	Words  map[string]string // what it does, by language: en and zh

	behaves   string   // in_card of the procedure sandbox_act
	callbacks []string // what the sandbox rings about when the payment is confirmed, in the order in which it does
}

// Events that callbacks speak of. The shop does not believe them: it asks.
const (
	eventPending    = "pending"
	eventAuthorised = "authorised"
	eventDeclined   = "declined"
)

// Cards are the cards of the sandbox. Every other number is declined.
var Cards = []Card{
	{
		Number: "4242424242424242", Name: "success", behaves: "success", callbacks: []string{eventAuthorised},
		Words: map[string]string{"en": "pays", "zh": "付款成功"},
	},
	{
		Number: "4000000000000002", Name: "declined", behaves: "declined", callbacks: []string{eventDeclined},
		Words: map[string]string{"en": "is declined", "zh": "付款被拒"},
	},
	{
		Number: "4000000000000101", Name: "slow", behaves: "slow", callbacks: []string{eventPending},
		Words: map[string]string{"en": "pays after 8 seconds", "zh": "8 秒后付款成功"},
	},
	{
		Number: "4000000000000119", Name: "lost_callback", behaves: "success",
		Words: map[string]string{"en": "pays, but the callback is lost", "zh": "付款成功，但回调丢失"},
	},
	{
		Number: "4000000000000127", Name: "callback_twice", behaves: "success", callbacks: []string{eventAuthorised, eventAuthorised},
		Words: map[string]string{"en": "pays, and the callback comes twice", "zh": "付款成功，回调重复两次"},
	},
	{
		Number: "4000000000000135", Name: "callbacks_out_of_order", behaves: "success", callbacks: []string{eventAuthorised, eventPending},
		Words: map[string]string{"en": "pays, and the callbacks come in the wrong order", "zh": "付款成功，回调顺序颠倒"},
	},
	{
		Number: "4000000000000143", Name: "wrong_amount", behaves: "one_less", callbacks: []string{eventAuthorised},
		Words: map[string]string{"en": "authorises another amount (1 less)", "zh": "授权金额不符（少 1）"},
	},
	{
		Number: "4000000000000150", Name: "after_hold", behaves: "after_hold", callbacks: []string{eventPending},
		Words: map[string]string{"en": "pays only 2 seconds after the hold has ended", "zh": "保留时间结束 2 秒后才付款成功"},
	},
}

// cardOf finds a card by its number, typed with or without spaces and dashes. Any other number is a card that is declined.
func cardOf(typed string) Card {
	number := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, typed)
	if i := slices.IndexFunc(Cards, func(c Card) bool { return c.Number == number }); i >= 0 {
		return Cards[i]
	}
	return Card{Name: "declined", behaves: "declined", callbacks: []string{eventDeclined}}
}
