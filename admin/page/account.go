package page

import (
	"cmp"
	"context"

	"doorbuster/web/ui"
)

// AccountView is what a member of staff signs in with: GET /{lang}/account. Its forms post
// nothing to /{lang}/sign-out and /{lang}/sign-out/everywhere, and theme and keys to /{lang}/account/preferences.
type AccountView struct {
	Frame
	Email     string
	CodesLeft int // recovery codes that were not used
	// Told is the outcome of what led here: signed_out (all other sessions have ended), used
	// (signed in with a recovery code), kept (the preferences); empty after a plain visit, others say nothing.
	Told string
}

// fewCodes is how many recovery codes are few.
const fewCodes = 3

// accountTold says what the act that led here gave.
func accountTold(ctx context.Context, told string) string {
	switch told {
	case "signed_out":
		return ui.T(ctx, "console_told_signed_out")
	case "kept":
		return ui.T(ctx, "console_told_kept")
	case "used":
		return ui.T(ctx, "console_told_used")
	default:
		return ""
	}
}

// Themes lists how the console can look; system: as the device has it.
var Themes = []string{"system", "light", "dark"}

func (v AccountView) theme() string { return cmp.Or(v.Theme, Themes[0]) }
