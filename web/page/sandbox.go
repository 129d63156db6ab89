package page

import (
	"strings"

	"doorbuster/web/ui"
)

// SandboxView is the page of a payment provider that takes no money: GET /{lang}/sandbox/{payment}. Personal, never cached.
// The form posts number (typed) or card (a button).
type SandboxView struct {
	ui.Chrome
	ID        string // of the payment, canonical UUID
	Order     string // canonical UUID
	ItemTitle string
	Total     ui.Money
	Cards     []TestCard
}

// TestCard is a card number that always does the same. Does says what, in the language of the page.
type TestCard struct{ Number, Does string }

// grouped writes the number as cards show it.
func (c TestCard) grouped() string {
	var groups []string
	for rest := c.Number; rest != ""; {
		n := min(4, len(rest))
		groups, rest = append(groups, rest[:n]), rest[n:]
	}
	return strings.Join(groups, " ")
}
