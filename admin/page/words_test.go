package page_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

// messages reads the language files of the console, or with "active" of the shop. No two of them have words for the same.
func messages(t *testing.T, name string, lang ui.Lang) uitest.Messages {
	t.Helper()
	files, err := filepath.Glob("../../web/ui/" + name + "*." + string(lang) + ".toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no words of %s: %v", name, err)
	}
	all := uitest.Messages{}
	for _, file := range files {
		for id, words := range uitest.ReadMessages(t, file) {
			if all[id] != nil {
				t.Errorf("%s: %s has words in another file too", file, id)
			}
			all[id] = words
		}
	}
	return all
}

func TestLanguagesAgree(t *testing.T) {
	uitest.LanguagesAgree(t, messages(t, "console", ui.En), messages(t, "console", ui.Zh))
}

// endings are what the pages append to the ids that they build.
func endings() map[string][]string {
	roles := page.Roles
	for _, role := range page.Roles {
		roles = append(roles, role+"_does")
	}
	mails := []string{"all"}
	for _, state := range page.MailStates {
		if state != "" {
			mails = append(mails, state)
		}
	}
	acts := []string{}
	for _, act := range []string{page.Publish, page.Pause, page.Resume, page.End} {
		acts = append(acts, act, act+"_does")
	}
	return map[string][]string{
		"console_act_":   acts,
		"console_told_":  page.Told,
		"console_log_":   page.LogActions,
		"console_role_":  roles,
		"console_place_": page.PlaceNames(),
		"console_alarm_": page.AlarmKinds,
		"console_do_":    page.AlarmKinds,
		"console_theme_": page.Themes,
		"console_go_":    page.ShortcutNames(),
		"console_find_":  page.SearchNames(),
		"console_tab_":   page.Tabs,
		"console_mail_":  mails,
		"console_kind_":  page.MailKinds,

		"error_":                append(slices.Clone(page.ProductErrorCodes), page.UnitsBad),
		"console_product_":      page.ProductStates,
		"console_product_is_":   page.ProductStates,
		"console_product_told_": page.ProductTold,
		"console_import_":       page.ImportStates,
		"console_rows_":         page.Verdicts,
	}
}

// used gathers every id that the pages of the console ask for.
func used(t *testing.T) map[string]bool {
	t.Helper()
	ids := uitest.IDs(t, endings(), "*.templ", "*.go")
	for _, code := range slices.Concat(page.ErrorCodes, page.SaleErrorCodes, page.ProductErrorCodes) {
		ids["error_"+code] = true
	}
	for _, outcome := range page.Outcomes {
		for _, part := range []string{"title", "what", "do"} {
			switch outcome {
			case page.BadRequest, page.WrongMethod, page.WrongType, page.TooLarge, page.TooMany:
				ids["notice_"+outcome+"_"+part] = true
			default:
				ids["console_notice_"+outcome+"_"+part] = true
			}
		}
	}
	return ids
}

func TestEveryIDHasWords(t *testing.T) {
	console, shop, ids := messages(t, "console", ui.En), messages(t, "active", ui.En), used(t)
	for id := range ids {
		if console[id] == nil && shop[id] == nil {
			t.Errorf("%s is asked for and has no words", id)
		}
	}
	for id := range console {
		switch {
		case !ids[id]:
			t.Errorf("%s has words and nobody asks for it", id)
		case shop[id] != nil:
			t.Errorf("%s has words twice", id)
		case !strings.HasPrefix(id, "console_") && !strings.HasPrefix(id, "error_"):
			t.Errorf("%s does not begin with console_", id)
		}
	}
}

func TestNoRawMessages(t *testing.T) {
	all := messages(t, "console", ui.En)
	maps.Copy(all, messages(t, "active", ui.En))
	uitest.NoRawMessages(t, samples(), all)
}
