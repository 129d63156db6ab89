package page

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"doorbuster/web/ui"
)

// DetailWords says in the language of the page what a line of the log was done to. Stored is sale_log.detail, which the procedures write in English and which
// nobody changes; zone is the one in which its times are told. False: it has none of the forms in detailForms (of an older version, cut off at its end, or
// somebody's own words), and stands as it is stored.
func DetailWords(ctx context.Context, action, stored, zone string) (string, bool) {
	for _, form := range detailForms {
		if form.action != action {
			continue
		}
		if found := form.pattern.FindStringSubmatch(stored); found != nil {
			return ui.T(ctx, "console_detail_"+form.name, detailArgs(ctx, form.pattern, found, zone)...), true
		}
	}
	return stored, false
}

// detailWords is what the pages show.
func (l LogRow) detailWords(ctx context.Context, zone string) string {
	text, _ := DetailWords(ctx, l.Action, l.Detail, zone)
	return text
}

// detailArgs names what a pattern has found: the group Was_role is the argument Was, in the words for a role.
func detailArgs(ctx context.Context, pattern *regexp.Regexp, found []string, zone string) []any {
	var args []any
	for i, group := range pattern.SubexpNames() {
		if group != "" {
			name, kind, _ := strings.Cut(group, "_")
			args = append(args, name, detailArg(ctx, kind, found[i], zone))
		}
	}
	return args
}

// detailArg puts one argument into the words that the console has for its kind; one without words stands as it is.
func detailArg(ctx context.Context, kind, text, zone string) any {
	switch kind {
	case "n":
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
		return text
	case "role":
		return roleWords(ctx, text)
	case "action":
		return actionWords(ctx, text)
	case "format":
		return strings.ToUpper(text)
	case "moment":
		return momentWords(ctx, text, zone)
	case "values":
		return valuesWords(ctx, text)
	case "changes":
		return changesWords(ctx, text, zone)
	case "repair":
		return repairWords(ctx, text)
	}
	if list, ok := detailLists[kind]; ok {
		return ui.Known(ctx, "console_"+list.prefix, list.words, text)
	}
	return singleWords(ctx, kind, text)
}

// singleWords are for the kinds whose words stand on several pages, and for texts that are as they are, of which an empty one is said to be none.
func singleWords(ctx context.Context, kind, text string) string {
	if word, ok := detailSingles[kind][text]; ok {
		return ui.T(ctx, "console_"+word)
	}
	if found := perSecond.FindStringSubmatch(text); kind == "set" && found != nil {
		return ui.T(ctx, "console_switch_rate_now", detailArgs(ctx, perSecond, found, deskZone)...)
	}
	return text
}

// momentWords tell a time as the procedures write it; none is a word of its own.
func momentWords(ctx context.Context, text, zone string) string {
	at, err := time.Parse(time.DateTime, strings.TrimSuffix(text, " UTC"))
	if err != nil {
		return singleWords(ctx, "text", text)
	}
	return ui.MomentSecond(ctx, at, zone)
}

// moneyWords tell an amount such as 1999 EUR.
func moneyWords(ctx context.Context, text string) string {
	minor, currency, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(minor, 10, 64)
	if err != nil || len(currency) != 3 {
		return text
	}
	return ui.Amount(ctx, ui.Money{Minor: n, Currency: currency})
}

// valuesWords are the values of a product that were changed, without the names of their fields.
func valuesWords(ctx context.Context, text string) string {
	values := strings.Split(text, " | ")
	for i, value := range values {
		if found := listPrice.FindStringSubmatch(value); found != nil {
			values[i] = ui.T(ctx, "console_detail_list", detailArgs(ctx, listPrice, found, deskZone)...)
		} else if found := textLength.FindStringSubmatch(value); found != nil {
			values[i] = ui.T(ctx, "console_detail_text", detailArgs(ctx, textLength, found, deskZone)...)
		} else if isMoney.MatchString(value) {
			values[i] = moneyWords(ctx, value)
		} else {
			values[i] = singleWords(ctx, "text", value)
		}
	}
	return strings.Join(values, " | ")
}

// changesWords are the fields of a draft or of an item that were changed, each before and after. A part that was cut off stands as it is.
func changesWords(ctx context.Context, text, zone string) string {
	var parts []string
	begin := 0
	for _, cut := range changeBegins.FindAllStringIndex(text, -1) {
		parts = append(parts, fieldWords(ctx, text[begin:cut[0]], zone))
		begin = cut[0] + len("; ")
	}
	parts = append(parts, fieldWords(ctx, text[begin:], zone))
	return strings.Join(parts, ui.T(ctx, "dot"))
}

func fieldWords(ctx context.Context, part, zone string) string {
	if found := everyItem.FindStringSubmatch(part); found != nil {
		return ui.T(ctx, "console_detail_every_item", detailArgs(ctx, everyItem, found, zone)...)
	}
	label, values, _ := strings.Cut(part, ": ")
	was, became, changed := strings.Cut(values, " -> ")
	field, known := changedFields[label]
	if !changed || !known {
		return part
	}
	words := func(value string) any {
		switch field.kind {
		case "minutes":
			return detailArg(ctx, "n", strings.TrimSuffix(value, " min"), zone)
		case "money":
			return moneyWords(ctx, value)
		default:
			return detailArg(ctx, field.kind, value, zone)
		}
	}
	return ui.T(ctx, "console_detail_change", "What", ui.T(ctx, "console_"+field.word), "Was", words(was), "Now", words(became))
}

// repairWords are the ledger lines of a repair, and what they come to. One that was cut off stands as it is.
func repairWords(ctx context.Context, text string) string {
	lines, sum, _ := strings.Cut(text, "; ")
	total := ""
	for name, pattern := range repairSums {
		if found := pattern.FindStringSubmatch(sum); found != nil {
			total = ui.T(ctx, "console_detail_"+name, detailArgs(ctx, pattern, found, deskZone)...)
		}
	}
	if total == "" {
		return text
	}
	parts := strings.Split(lines, ", ")
	for i, part := range parts {
		if found := repairLine.FindStringSubmatch(part); found != nil {
			parts[i] = ui.T(ctx, "console_detail_repair_line", detailArgs(ctx, repairLine, found, deskZone)...)
		}
	}
	return strings.Join(append(parts, total), ui.T(ctx, "dot"))
}
