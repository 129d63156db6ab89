package store_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"doorbuster/store"
)

// edit is something that somebody with all rights does by hand, and which invariants tell it.
type edit struct {
	does  string   // SQL; more than one statement by semicolons. $5 is the line of seal 5
	forge bool     // and computes every seal anew
	seal  bool     // and the worker goes on
	found []string // invariants, in the order of their numbers; with a colon the text that must stand in one of them
}

const sealFive = "(move_id, line) = (SELECT move_id, line FROM stock_seals WHERE seq = 5)"

// swap exchanges columns of the seals 5 and 9.
func swap(columns ...string) string {
	sets := make([]string, len(columns))
	for i, c := range columns {
		sets[i] = "s." + c + " = o." + c
	}
	return "UPDATE stock_seals SET line = line + 1000000 WHERE seq IN (5, 9); " +
		"UPDATE stock_seals s JOIN (SELECT * FROM kept_stock_seals WHERE seq IN (5, 9)) o ON o.seq = 14 - s.seq SET " + strings.Join(sets, ", ")
}

const addLine = `INSERT INTO stock_moves SELECT 'an id of 16 byte', 0, item_id, shard, order_id, units, from_account, to_account, reason, actor, `

var edits = map[string]edit{
	"a line's move":         {does: "UPDATE stock_moves SET move_id = 'an id of 16 byte' WHERE $5", found: []string{"S2:seal 5 "}},
	"a line's number":       {does: "UPDATE stock_moves SET line = line + 1 WHERE $5", found: []string{"S2:seal 5 "}},
	"a line's item":         {does: "UPDATE stock_moves SET item_id = item_id + 1 WHERE $5", found: []string{"S1:seal 5 "}},
	"a line's shard":        {does: "UPDATE stock_moves SET shard = shard + 1 WHERE $5", found: []string{"S1:seal 5 "}},
	"a line's order":        {does: "UPDATE stock_moves SET order_id = 'an id of 16 byte' WHERE $5", found: []string{"S1:seal 5 "}},
	"no order any more":     {does: "UPDATE stock_moves SET order_id = NULL WHERE order_id IS NOT NULL LIMIT 1", found: []string{"S1"}},
	"an order of zeros":     {does: "UPDATE stock_moves SET order_id = '' WHERE $5", found: []string{"S1:seal 5 "}},
	"a line's units":        {does: "UPDATE stock_moves SET units = units + 1 WHERE $5", found: []string{"S1:seal 5 "}},
	"where units came from": {does: "UPDATE stock_moves SET from_account = IF(to_account = 'sold', 'held', 'sold') WHERE $5", found: []string{"S1:seal 5 "}},
	"where units went":      {does: "UPDATE stock_moves SET to_account = IF(from_account = 'sold', 'outside', 'sold') WHERE $5", found: []string{"S1:seal 5 "}},
	"a line's reason":       {does: "UPDATE stock_moves SET reason = CONCAT(reason, ' ') WHERE $5", found: []string{"S1:seal 5 "}},
	"who did it":            {does: "UPDATE stock_moves SET actor = UPPER(actor) WHERE $5", found: []string{"S1:seal 5 "}},
	"reason into actor":     {does: "UPDATE stock_moves SET reason = '', actor = CONCAT(reason, actor) WHERE actor = 'shopper' LIMIT 1", found: []string{"S1"}},
	"a line's time":         {does: "UPDATE stock_moves SET moved_at = moved_at + INTERVAL 1 MICROSECOND WHERE $5", found: []string{"S1:the line, or"}},
	"the last line's units": {does: "UPDATE stock_moves SET units = units + 1 WHERE (move_id, line) = (SELECT move_id, line FROM stock_seals WHERE seq = 12)", found: []string{"S1:seal 12 "}},
	"two lines exchanged": {
		does: "UPDATE stock_moves m JOIN (SELECT s.move_id, s.line, o.reason, o.actor FROM stock_seals s JOIN stock_seals r ON r.seq = 13 - s.seq " +
			"JOIN kept_stock_moves o ON o.move_id = r.move_id AND o.line = r.line) x ON x.move_id = m.move_id AND x.line = m.line SET m.reason = x.reason, m.actor = x.actor",
		found: []string{"S1"},
	},

	"a line deleted":             {does: "DELETE FROM stock_moves WHERE $5", found: []string{"S2:seal 5 "}},
	"all lines deleted":          {does: "DELETE FROM stock_moves", found: []string{"S2:seal 12 "}},
	"an old line added":          {does: addLine + "moved_at - INTERVAL 1 HOUR FROM stock_moves WHERE $5", found: []string{"S3:616e206964206f66"}},
	"a line of the future added": {does: addLine + "moved_at + INTERVAL 1 HOUR FROM stock_moves WHERE $5", found: []string{"S3"}},
	"an old line that is sealed": {does: addLine + "moved_at - INTERVAL 1 HOUR FROM stock_moves WHERE $5", seal: true, found: []string{"S6:616e206964206f66"}},
	"a future line that is sealed": {
		does: addLine + "moved_at + INTERVAL 1 HOUR FROM stock_moves WHERE $5", seal: true, found: []string{"S6"},
	},

	"a seal deleted":          {does: "DELETE FROM stock_seals WHERE seq = 5", found: []string{"S4:seal 6"}},
	"the first seal deleted":  {does: "DELETE FROM stock_seals WHERE seq = 1", found: []string{"S4:seal 2"}},
	"the last seals deleted":  {does: "DELETE FROM stock_seals WHERE seq >= 11", found: []string{"S5:the last one is 10"}},
	"all seals deleted":       {does: "DELETE FROM stock_seals", found: []string{"S5:the last one is 0"}},
	"all deleted, and sealed": {does: "DELETE FROM stock_seals", seal: true, found: []string{"S5"}},
	"line and seal deleted":   {does: "DELETE FROM stock_moves WHERE $5; DELETE FROM stock_seals WHERE seq = 5", found: []string{"S4:seal 6"}},
	"a seal's hash":           {does: "UPDATE stock_seals SET hash = REVERSE(hash) WHERE seq = 5", found: []string{"S1:the hash of the seal"}},
	"a head's hash":           {does: "UPDATE stock_seals SET hash = REVERSE(hash) WHERE seq = 6", found: []string{"S1:the hash of the seal", "S5:seal 6 "}},
	"a seal's time":           {does: "UPDATE stock_seals SET sealed_at = sealed_at + INTERVAL 1 MICROSECOND WHERE seq = 5", found: []string{"S1:seal 5 "}},
	"a seal's line":           {does: "UPDATE stock_seals SET line = 77 WHERE seq = 5", found: []string{"S2:seal 5 "}},
	"a seal's number":         {does: "UPDATE stock_seals SET seq = 99 WHERE seq = 12", found: []string{"S4:seal 99", "S5"}},
	"seals changed places":    {does: swap("move_id", "line"), found: []string{"S1:seal 9 "}},
	"whole seals exchanged":   {does: swap("move_id", "line", "hash", "sealed_at"), found: []string{"S1:seal 9 ", "S5:seal 9 "}},

	"a line edited, all seals forged":   {does: "UPDATE stock_moves SET units = units + 1 WHERE $5", forge: true, found: []string{"S5:seal 6 "}},
	"a line deleted, all seals forged":  {does: "DELETE FROM stock_moves WHERE $5; DELETE FROM stock_seals WHERE seq = 5", forge: true, found: []string{"S5:the last one is 11"}},
	"lines cut off, and sealed further": {does: "DELETE m FROM stock_moves m JOIN stock_seals s USING (move_id, line) WHERE s.seq > 9; DELETE FROM stock_seals WHERE seq > 9", found: []string{"S5:the last one is 9"}},
}

// Whatever is edited by hand is found, and what was not edited is clean.
func TestSealsFindEdits(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	l.mustBeClean(t)
	tables := []string{"stock_moves", "stock_seals", "seal_cursors"}
	for _, table := range tables {
		l.exec(t, "CREATE TABLE kept_"+table+" AS SELECT * FROM "+table)
	}
	heads := slices.Clone(l.heads)
	for name, e := range edits {
		t.Run(name, func(t *testing.T) {
			for statement := range strings.SplitSeq(strings.ReplaceAll(e.does, "$5", sealFive), "; ") {
				l.exec(t, statement)
			}
			if e.forge {
				l.forge(t)
				if check := l.verify(t, false); check.Found != 0 {
					t.Errorf("the forgery is a bad one: %v", check.Broken)
				}
			}
			if e.seal {
				l.seal(t, 100)
			}
			e.mustBeFound(t, l.verify(t, true))
			for _, table := range tables {
				l.exec(t, "DELETE FROM "+table)
				l.exec(t, "INSERT INTO "+table+" SELECT * FROM kept_"+table)
			}
			l.heads = slices.Clone(heads)
			l.mustBeClean(t)
		})
	}
}

// mustBeFound wants the invariants of the edit and no others.
func (e edit) mustBeFound(t *testing.T, check store.SealCheck) {
	t.Helper()
	texts := map[string]string{}
	for _, b := range check.Broken {
		texts[b.Invariant[:2]] += b.String() + "\n"
	}
	for _, want := range e.found {
		invariant, part, _ := strings.Cut(want, ":")
		text, found := texts[invariant]
		if !found || !strings.Contains(text, part) {
			t.Errorf("not found: %s %q in %v", invariant, part, check.Broken)
		}
		delete(texts, invariant)
	}
	for _, text := range texts {
		t.Errorf("found beside it: %s", text)
	}
	if check.Found != len(check.Broken) || check.Found == 0 {
		t.Errorf("%d findings, %d listed", check.Found, len(check.Broken))
	}
}

// The file of the heads, edited or damaged itself.
func TestSealHeadsThatAreWrong(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	good := string(l.heads)
	first, _, _ := strings.Cut(good, "\n")
	for name, file := range map[string]string{
		"emptied":      "",
		"cut off":      first[:20] + "\n" + good,
		"nonsense":     good + "nothing of the kind\n",
		"other hash":   good + strings.Replace(first, first[2:4], "zz", 1) + "\n",
		"another head": good + strings.Replace(first, "3 ", "4 ", 1) + "\n",
		"a later one":  good + strings.Replace(first, "3 ", "333 ", 1) + "\n",
	} {
		l.heads = []byte(file)
		check := l.verify(t, true)
		if check.Found != 1 || !strings.HasPrefix(check.Broken[0].Invariant, "S5") {
			t.Errorf("%s: %v", name, check.Broken)
		}
	}
	l.heads = []byte(good)
	l.mustBeClean(t)
}

// growingFile is a file to which the worker adds a head as soon as somebody has asked for its size.
type growingFile struct {
	*os.File
	t     *testing.T
	later string
}

func (f *growingFile) Seek(offset int64, whence int) (int64, error) {
	at, err := f.File.Seek(offset, whence)
	if whence == io.SeekEnd {
		if _, err := f.WriteString(f.later); err != nil {
			f.t.Error(err)
		}
	}
	return at, err
}

// A head that is written while the verification runs belongs to a seal that its snapshot does not have.
func TestSealHeadsThatComeMeanwhile(t *testing.T) {
	t.Parallel()
	l := openLedger(t)
	file, err := os.Create(filepath.Join(t.TempDir(), "heads.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(l.heads); err != nil {
		t.Fatal(err)
	}
	a, err := store.OpenAuditor(l.DSN("doorbuster_auditor"))
	if err != nil {
		t.Fatal(err)
	}
	heads := &growingFile{File: file, t: t, later: store.HeadLine(13, strings.Repeat("ab", 32), time.Now())}
	check, err := a.VerifySeals(t.Context(), heads)
	if err := errors.Join(err, a.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	if check.Found != 0 || check.Anchors != 5 {
		t.Errorf("%d heads compared, want 5: %v", check.Anchors, check.Broken)
	}
}
