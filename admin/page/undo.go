package page

import (
	"context"
	"slices"

	"doorbuster/web/ui"
)

// Undo is what a page says about undoing: what was just done can be undone, and what came of an undoing that led here.
type Undo struct {
	Line uint64 // number of the line of the log that can be undone; 0: none
	Back string // where the undoing leads back to, one of UndoBacks

	Came  string // outcome of the undoing; one without words is not told
	Since string // who has changed it since; empty: it is not known
	Left  int    // units, with not_enough
}

// Where an undoing leads back to: the page of what it is about, or the one that it began on.
const (
	BackToSubject = ""
	BackToLog     = "log"
	BackToRoom    = "room"
)

// UndoBacks lists them all.
var UndoBacks = []string{BackToSubject, BackToLog, BackToRoom, BackToItem}

// UndoCame lists every outcome of an undoing that has words. The first one is the good one.
var UndoCame = []string{"undone", "already_undone", "changed_meanwhile", "over", "closes_past", "not_enough", "yourself", "last_owner"}

// words is what came of an undoing, "" for nothing.
func (u Undo) words(ctx context.Context) string {
	switch {
	case !slices.Contains(UndoCame, u.Came):
		return ""
	case u.Came == "changed_meanwhile" && u.Since == "":
		return ui.T(ctx, "console_undo_changed")
	case u.Came == "changed_meanwhile":
		return ui.T(ctx, "console_undo_changed_meanwhile", "Name", u.Since)
	case u.Came == "not_enough":
		return ui.T(ctx, "console_undo_not_enough", "N", u.Left)
	default:
		return ui.T(ctx, "console_undo_"+u.Came)
	}
}
