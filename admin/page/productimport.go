package page

import (
	"net/url"
	"strconv"
	"time"

	"doorbuster/web/ui"
)

// ImportFileMissing is the code of a form without its file.
const ImportFileMissing = "import_file_missing"

// States of an import of products; the bytes are those of the database.
const (
	ImportReading = "reading"
	ImportReady   = "ready"
	ImportRunning = "running"
	ImportDone    = "done"
	ImportDropped = "dropped"
)

// ImportStates lists them.
var ImportStates = []string{ImportReading, ImportReady, ImportRunning, ImportDone, ImportDropped}

// Verdicts lists what a row of an import can do, in the order of the tabs; the bytes are those of the database.
var Verdicts = []string{"new", "changed", "unchanged"}

// ImportRow is one import.
type ImportRow struct {
	ID                                     uint64
	File                                   string
	State                                  string // one of ImportStates
	Read, New, Changed, Done, Bad, Skipped int
	Actor                                  string
	Made                                   time.Time
}

// Unchanged is how many rows do nothing: of those that were compared, later of those that were carried out.
func (i ImportRow) Unchanged() int {
	if i.State == ImportRunning || i.State == ImportDone {
		return i.Done - i.New - i.Changed
	}
	return i.Read - i.New - i.Changed
}

// count is how many rows have a verdict.
func (i ImportRow) count(verdict string) int {
	switch verdict {
	case "new":
		return i.New
	case "changed":
		return i.Changed
	default:
		return i.Unchanged()
	}
}

// mark is the tone and the icon of its state.
func (i ImportRow) mark() (tone, icon string) {
	switch i.State {
	case ImportDone:
		return "good", "check"
	case ImportDropped:
		return "plain", "none"
	default:
		return "warn", "clock"
	}
}

// ImportAskView is GET /{lang}/products/import and the answer to its form: POST to the same address (file, currency).
type ImportAskView struct {
	Frame
	Currency string      // as typed
	Imports  []ImportRow // newest first
	Errors   ui.FieldErrors
}

// WaitingRow is a row of a file that was not carried out yet.
type WaitingRow struct {
	Line     int
	SKU      string
	Title    string
	Price    ui.Money
	OldTitle string // of the product as it is now; empty: there is none
	OldPrice ui.Money
}

// ProductImportView is GET /{lang}/products/imports/{import}?verdict=. Its form posts nothing to …/confirm.
type ProductImportView struct {
	Frame
	Import    ImportRow
	Problems  []BadRow     // the first hundred
	Verdict   string       // one of Verdicts: which rows are shown
	Rows      []WaitingRow // only while it is ImportReady
	More      string       // path of the next page without the language; empty: no more
	MayChange bool
	Told      string // not_ready, or empty
}

func importPath(id uint64) string { return "/products/imports/" + strconv.FormatUint(id, 10) }

// verdictPath is the address of a tab without the language.
func (v ProductImportView) verdictPath(verdict string) string {
	return withQuery(importPath(v.Import.ID), url.Values{"verdict": {verdict}})
}
