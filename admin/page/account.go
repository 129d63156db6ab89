package page

import (
	"context"

	"doorbuster/web/ui"
)

// AccountView is what a member of staff signs in with: GET /{lang}/account. Its forms post
// nothing to /{lang}/sign-out and /{lang}/sign-out/everywhere.
type AccountView struct {
	Frame
	Email     string
	CodesLeft int // recovery codes that were not used
	// Told is the outcome of what led here: signed_out (all other sessions have ended), used
	// (signed in with a recovery code); empty after a plain visit, others say nothing.
	Told string
}

// fewCodes is how many recovery codes are few.
const fewCodes = 3

// accountTold says what the act that led here gave.
func accountTold(ctx context.Context, told string) string {
	switch told {
	case "signed_out":
		return ui.T(ctx, "console_told_signed_out")
	case "used":
		return ui.T(ctx, "console_told_used")
	default:
		return ""
	}
}
