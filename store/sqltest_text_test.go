package store_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/go-sql-driver/mysql"
)

// epoch is T. It is far from now, so a time that did not follow the session's clock is seen.
var epoch = time.Date(2035, time.June, 1, 12, 0, 0, 0, time.UTC)

// labelPrefix starts every id that a label stands for. The letter and the number of the label follow, so ids sort as their labels do.
const labelPrefix = "01900000000070008000"

var (
	labelWord = regexp.MustCompile(`\$([a-z])(\d+)\b`)
	hexWord   = regexp.MustCompile(`\bhex:([a-z])(\d+)\b`)
	askedWord = regexp.MustCompile(`\breq:o(\d+)/(\d+)/(\d+)/(\d+)`)
	itemWord  = regexp.MustCompile(`\bitem:(\d+)/(\d+)/(m\d+)`)
	timeWord  = regexp.MustCompile(`\$T([+-][0-9a-z.]+)?`)
	idText    = regexp.MustCompile(`(?i)` + labelPrefix + `[0-9a-f]{12}`)
	jsonList  = regexp.MustCompile(`^\[".*"\]$`)
)

// idHex is the id of a label in hexadecimal.
func idHex(label string) string {
	n, err := strconv.ParseUint(label[1:], 10, 32)
	if err != nil {
		panic(err) // the regular expressions let nothing else through
	}
	return labelPrefix + fmt.Sprintf("%02x%010x", label[0], n)
}

// askedText is one entry of the in_requests of place_orders in hexadecimal; the request r has the number of the order.
func askedText(order, user, units, item string) string {
	return idHex(order) + hexNumber(user, 16) + hexNumber(item, 16) + hexNumber(units, 8) + idHex("r"+order[1:])
}

// homeText is one entry of the in_items of place_orders in hexadecimal.
func homeText(item, shard, move string) string {
	return hexNumber(item, 16) + hexNumber(shard, 4) + idHex(move)
}

func hexNumber(text string, digits int) string {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(err) // a mistake in a test's file
	}
	return fmt.Sprintf("%0*x", digits, n)
}

// expand puts ids and instants into a statement.
func expand(statement string) string {
	statement = labelWord.ReplaceAllStringFunc(statement, func(w string) string { return "X'" + idHex(w[1:]) + "'" })
	statement = askedWord.ReplaceAllStringFunc(statement, func(w string) string {
		m := askedWord.FindStringSubmatch(w)
		return askedText("o"+m[1], m[2], m[4], m[3])
	})
	statement = itemWord.ReplaceAllStringFunc(statement, func(w string) string {
		m := itemWord.FindStringSubmatch(w)
		return homeText(m[1], m[2], m[3])
	})
	statement = hexWord.ReplaceAllStringFunc(statement, func(w string) string { return idHex(w[4:]) })
	return timeWord.ReplaceAllStringFunc(statement, func(w string) string {
		at := epoch
		if w != "$T" {
			d, err := time.ParseDuration(w[2:])
			if err != nil {
				return w // the server will complain about it
			}
			at = at.Add(d)
		}
		return "'" + at.Format("2006-01-02 15:04:05.000000") + "'"
	})
}

// labelled puts labels where ids stand in a text.
func labelled(text string) string {
	return idText.ReplaceAllStringFunc(text, func(id string) string {
		raw, err := hex.DecodeString(id[len(labelPrefix):])
		if err != nil {
			return id
		}
		return string(raw[0]) + strconv.FormatUint(uint64(binary.BigEndian.Uint32(raw[2:])), 10)
	})
}

// duration reads +10m or -1us.
func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// timeText is an instant as T+10m.
func timeText(at time.Time) string {
	d := at.Sub(epoch)
	switch {
	case d.Abs() > 60*24*time.Hour:
		return "real"
	case d == 0:
		return "T"
	}
	text := strings.ReplaceAll(d.String(), "µs", "us")
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	if d > 0 {
		text = "+" + text
	}
	return "T" + text
}

// valueText is a value of a row as text; kind is the column's type.
func valueText(v any, kind string) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case time.Time:
		return timeText(v)
	case []byte:
		if kind == "BINARY" {
			return labelled(hex.EncodeToString(v))
		}
		return stringText(string(v))
	default:
		return fmt.Sprint(v)
	}
}

// stringText evens out lists of JSON: the products put their spaces differently, and promise no order of what they aggregate.
func stringText(s string) string {
	var list []string
	if jsonList.MatchString(s) && json.Unmarshal([]byte(s), &list) == nil {
		for i := range list {
			list[i] = labelled(list[i])
		}
		slices.Sort(list)
		return "[" + strings.Join(list, ",") + "]"
	}
	return labelled(s)
}

// okText prints an answer that is of no interest.
func okText(a answer) string {
	if a.err != nil {
		return errorText(a.err) + "\n"
	}
	return "ok\n"
}

// rowsText prints each row of an answer as name=value.
func rowsText(a answer) string {
	var b strings.Builder
	if a.err != nil {
		b.WriteString(errorText(a.err) + "\n")
	}
	for _, row := range a.rows {
		pairs := make([]string, len(row))
		for i := range row {
			pairs[i] = a.columns[i] + "=" + row[i]
			if a.columns[i] == "commit_us" && row[i] != "0" && row[i] != "NULL" {
				pairs[i] = a.columns[i] + "=some" // a real time
			}
		}
		b.WriteString(strings.Join(pairs, " ") + "\n")
	}
	if a.err == nil && len(a.rows) == 0 {
		b.WriteString("no row\n")
	}
	if a.open {
		b.WriteString("a transaction was left open\n")
	}
	return b.String()
}

// tableText prints an answer as a table.
func tableText(a answer) string {
	if a.err != nil {
		return errorText(a.err)
	}
	if len(a.rows) == 0 {
		return "no row"
	}
	return columnsText(a.columns, a.rows)
}

func columnsText(head []string, rows [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 1, 2, ' ', 0)
	for _, row := range append([][]string{head}, rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	if err := w.Flush(); err != nil {
		panic(err) // a Builder takes everything
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// errorMeanings gives one word to what the two products number differently. A "bad value" does not fit its column: it is NULL, too long,
// out of range, or not of the type.
var errorMeanings = map[string][]uint16{
	"denied":             {1044, 1045, 1142, 1143, 1227, 1370, 1410, 1698, 3118, 4151},
	"bad value":          {1048, 1264, 1265, 1292, 1364, 1366, 1406, 1411},
	"bad json":           {3140, 3141, 4037, 4038},
	"lock wait timeout":  {1205},
	"deadlock":           {1213},
	"inside transaction": {1568},
}

var quotedWord = regexp.MustCompile("['`]([^'`]*)['`]")

// errorText is an error as the files print it.
func errorText(err error) string {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return "error " + err.Error()
	}
	for meaning, numbers := range errorMeanings {
		if slices.Contains(numbers, e.Number) {
			return "error " + meaning
		}
	}
	var quoted []string
	for _, m := range quotedWord.FindAllStringSubmatch(e.Message, -1) {
		quoted = append(quoted, m[1])
	}
	last := func(n int) string {
		name := quoted[n]
		return name[strings.LastIndex(name, ".")+1:]
	}
	switch {
	case (e.Number == 3819 || e.Number == 4025) && len(quoted) > 0: // a check is violated
		return "error check " + last(0)
	case e.Number == 1062 && len(quoted) > 0: // a unique key
		return "error duplicate " + last(len(quoted)-1)
	case e.Number >= 50000 && e.Number < 52000: // ours
		return fmt.Sprintf("error %d %s", e.Number, e.Message)
	default:
		return fmt.Sprintf("error %d", e.Number)
	}
}
