package page_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorbuster/admin/page"
	"doorbuster/catalog"
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

// endings are what the pages append to the ids that they build. Some lists are made first: with "all" for no state, with what an act does.
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
	switches := []string{}
	for _, name := range page.SwitchNames {
		switches = append(switches, name, name+"_does")
	}
	acts := []string{}
	for _, act := range []string{page.Pause, page.Resume, page.End, page.Units, page.Extend, page.Tell, page.Discard} {
		acts = append(acts, act, act+"_does")
	}
	moves, findings := []string{"all"}, []string{"all"}
	for _, show := range page.MovesShown {
		if show != page.MovesAll {
			moves = append(moves, show)
		}
	}
	for _, state := range page.FindingStates {
		if state != "" {
			findings = append(findings, state)
		}
	}
	states := []string{"all"}
	states = append(states, page.OrderStates[1:]...)
	jobs := []string{}
	for _, job := range page.Jobs {
		jobs = append(jobs, job, job+"_late")
	}
	templates := []string{}
	for _, template := range page.Templates {
		templates = append(templates, template, template+"_does")
	}
	built := builtEndings()
	maps.Copy(built, map[string][]string{
		"console_moves_":        moves,
		"console_findings_are_": findings,
		"console_findings_is_":  findings[1:],
		"console_order_state_":  states,
		"console_template_":     templates,
		"console_act_":          acts,
		"console_job_":          jobs,
		"console_role_":         roles,
		"console_mail_":         mails,
		"console_switch_":       switches,
	})
	return built
}

// builtEndings are those that stand in lists of the pages as they are.
func builtEndings() map[string][]string {
	return map[string][]string{
		"console_step_":              page.Steps,
		"console_draft_told_":        page.DraftTold,
		"console_access_codes_told_": page.CodesTold,
		"console_access_code_":       {"open", "used", "revoked"},
		"console_finding_":           page.FindingCodes, "console_fine_": page.FindingCodes,
		"error_":           slices.Concat(page.OrderErrorCodes, page.TaskErrorCodes, page.RoomErrorCodes, page.DraftErrorCodes, page.ProductErrorCodes, page.CodeErrorCodes, []string{page.UnitsBad}),
		"console_moved_":   page.MoveReasons,
		"console_move_by_": page.MoveActors,
		"console_broken_":  page.Invariants, "console_means_": page.Invariants,
		"console_check_book_":     page.BookNames,
		"console_approve_":        page.FindingTold,
		"console_order_act_":      {page.Cancel, page.Refund},
		"console_order_told_":     page.OrderTold,
		"console_order_story_":    page.StoryKinds,
		"console_order_account_":  page.Accounts,
		"console_order_payment_":  page.PaymentStates,
		"console_order_delivery_": page.DeliveryStates,
		"console_order_actor_":    page.Actors,
		"console_order_why_":      page.PaymentReasons,
		"console_team_act_":       {page.ChangeRole, page.ChangeRole + "_does", page.Reset, page.Reset + "_does", page.Disable, page.Disable + "_does", page.Enable, page.Enable + "_does"},
		"console_team_told_":      page.MemberTold,
		"console_member_":         page.MemberStates,
		"console_hook_told_":      page.WebhookTold,
		"console_hook_":           {page.Pause, page.Pause + "_does", page.Resume, page.Resume + "_does", page.Rotate, page.Rotate + "_does"},
		"console_delivery_":       page.DeliveryStates,
		"console_event_":          page.EventKinds,
		"console_payments_":       page.PaymentFilters,
		"console_payment_":        page.PaymentStates,
		"console_pay_why_":        page.PaymentReasons,
		"console_pay_told_":       page.PaymentTold,
		"console_told_":           page.Told,
		"console_log_":            page.LogActions,
		"console_place_":          page.PlaceNames(),
		"console_alarm_":          page.AlarmKinds,
		"console_do_":             page.AlarmKinds,
		"console_theme_":          page.Themes,
		"console_go_":             page.ShortcutNames(),
		"console_find_":           page.SearchNames(),
		"console_phase_":          page.RehearsalPhases,
		"console_trouble_":        page.RehearsalTroubles,
		"console_verdict_":        page.RehearsalVerdicts,
		"console_result_":         page.RehearsalResults,
		"console_latency_":        page.RehearsalLatencies,
		"console_refusal_":        page.RehearsalRefusals,
		"console_check_":          page.RehearsalChecks,
		"console_rehearsal_told_": page.RehearsalTold,
		"console_books_":          page.ReportVerdicts,
		"console_told_shopper_":   page.ReportAnswers,
		"console_tab_":            page.Tabs,
		"console_room_refused_":   page.RefusalKinds,
		"console_job_trouble_":    page.JobTroubles,
		"console_job_failed_":     page.JobFailures,
		"console_kind_":           page.MailKinds,
		"console_task_kind_":      page.TaskKinds,
		"console_task_state_":     page.TaskStates,
		"console_task_why_":       page.TaskWhys,
		"console_refused_":        page.RefusalOutcomes,
		"console_export_state_":   page.ExportStates,
		"console_delimiter_":      page.Delimiters,
		"console_bulk_":           page.BulkKinds,
		"console_bulk_count_":     page.BulkKinds, "console_bulk_does_": page.BulkKinds,
		"console_product_": page.ProductStates, "console_product_is_": page.ProductStates,
		"console_product_told_": page.ProductTold,
		"console_import_":       page.ImportStates,
		"console_rows_":         page.Verdicts, "console_row_": catalog.Codes(),
		"console_undo_":   page.UndoCame,
		"console_detail_": page.DetailNames(), "console_": page.DetailParts(),
	}
}

// used gathers every id that the pages of the console ask for.
func used(t *testing.T) map[string]bool {
	t.Helper()
	ids := uitest.IDs(t, endings(), "*.templ", "*.go")
	for _, code := range slices.Concat(page.ErrorCodes, page.SaleErrorCodes, page.RehearsalErrorCodes, page.SwitchErrorCodes, page.OrderErrorCodes, page.TaskErrorCodes, page.TeamErrorCodes, page.LogErrorCodes, page.WebhookErrorCodes, page.RoomErrorCodes, page.DraftErrorCodes, page.ProductErrorCodes, page.CodeErrorCodes) {
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

// What is wrong with a file reads the same on a page and at the command line.
func TestReasonsReadAsTheirReaderSaysThem(t *testing.T) {
	words := messages(t, "console_rows", ui.En)
	for _, code := range catalog.Codes() {
		one, other := catalog.Sentence(code)
		if got := words["console_row_"+code]; got["other"] != other || got["one"] != one {
			t.Errorf("%s reads %q on a page, and %q, %q in a file's report", code, got, one, other)
		}
	}
}

func TestNoRawMessages(t *testing.T) {
	all := messages(t, "console", ui.En)
	maps.Copy(all, messages(t, "active", ui.En))
	uitest.NoRawMessages(t, samples(), all)
}
