package page_test

import (
	"time"

	"github.com/a-h/templ"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

const (
	shanghai = "Asia/Shanghai"
	order    = "019aa3f0-5b1c-7d42-9c1e-4f0d9f3a21c8"
	request  = "019aa3f0-9d10-7b6e-a4c1-7f60d1f2a9b3"
	long     = "A.Very.Long.Address.Of.Somebody.With.Many.Names.And.No.Hyphens@mail.of.a.long.domain.example.com"
)

var (
	opens = time.Date(2025, 11, 21, 2, 0, 0, 0, time.UTC)
	now   = opens.Add(61*time.Minute + 7*time.Second)
)

// out is the frame of who is not signed in, and in that of a member.
func out(path string) page.Frame { return page.Frame{Shop: "Harbour & Hill", Path: path} }

func in(path, here string) page.Frame {
	return page.Frame{Shop: "Harbour & Hill", Path: path, Member: "Mei Lin", Role: "merchant", Rights: []string{"read", "sell"}, Here: here}
}

func samples() []uitest.Sample {
	var all []uitest.Sample
	for _, some := range [][]uitest.Sample{signSamples(), homeSamples(), saleSamples(), saleShowSamples(), mailSamples(), accountSamples(), noticeSamples(), placesSamples(), rehearsalSamples(), reportSamples(), itemSamples(), checkSamples(), switchSamples(), orderSamples(), taskSamples(), teamSamples(), logSamples(), paymentSamples(), webhookSamples(), workerSamples(), roomSamples(), draftSamples(), codeSamples(), productSamples()} {
		all = append(all, some...)
	}
	return all
}

func placesSamples() []uitest.Sample {
	owner := in("/more", "more")
	owner.Role, owner.Rights = "owner", []string{"read", "sell", "team", "log"}
	return []uitest.Sample{{Name: "places", Page: page.Places(in("/more", "more"))}, {Name: "places_owner", Page: page.Places(owner)}}
}

func signSamples() []uitest.Sample {
	var every ui.FieldErrors
	for _, code := range page.ErrorCodes {
		every = append(every, ui.FieldError{Code: code})
	}
	wrong := func(code string) ui.FieldErrors { return ui.FieldErrors{{Field: "code", Code: code}} }
	trial := out("/sign-in")
	trial.Sandbox = true
	const secret = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
	return []uitest.Sample{
		{Name: "sign_in", Page: page.SignIn(page.SignInView{Frame: out("/sign-in?to=%2Fen%2Fsales"), To: "/en/sales"})},
		{Name: "sign_in_wrong", Page: page.SignIn(page.SignInView{
			Frame: trial, Email: `"><script>@example.com`, Errors: ui.FieldErrors{{Code: ui.WrongCredentials}},
		})},
		{Name: "sign_in_missing", Page: page.SignIn(page.SignInView{
			Frame: out("/sign-in"), Errors: ui.FieldErrors{{Field: "email", Code: ui.EmailMissing}, {Field: "password", Code: ui.PasswordMissing}},
		})},
		{Name: "sign_in_every_error", Page: page.SignIn(page.SignInView{Frame: out("/sign-in"), Errors: every})},
		{Name: "code", Page: page.Code(page.CodeView{Frame: out("/sign-in/code"), To: "/en/sales"})},
		{Name: "code_wrong", Page: page.Code(page.CodeView{Frame: out("/sign-in/code"), Errors: wrong(page.CodeWrong)})},
		{Name: "code_replayed", Page: page.Code(page.CodeView{Frame: out("/sign-in/code"), Errors: wrong(page.CodeReplayed)})},
		{Name: "enrol", Page: page.Enrol(page.EnrolView{Frame: out("/enrol"), To: "/en/sales", Secret: secret})},
		{Name: "enrol_wrong", Page: page.Enrol(page.EnrolView{Frame: out("/enrol"), Secret: secret, Errors: wrong(page.CodeMissing)})},
		{Name: "recovery_codes", Page: recoveryCodes("")},
		{Name: "recovery_codes_on", Page: recoveryCodes("/en/sales")},
		{Name: "invitation", Page: page.Invitation(page.InvitationView{
			Frame: out("/invitation?token=dG9rZW4"), Token: "dG9rZW4", Email: "mei@example.com", Name: "Mei Lin", MinPassword: 8,
		})},
		{Name: "invitation_wrong", Page: page.Invitation(page.InvitationView{
			Frame: out("/invitation?token=dG9rZW4"), Token: `"><b>`, Email: long, Name: "</h1><b>", MinPassword: 1,
			Errors: ui.FieldErrors{{Field: "password", Code: ui.PasswordCommon}},
		})},
	}
}

func recoveryCodes(to string) templ.Component {
	return page.RecoveryCodes(page.RecoveryCodesView{
		Frame: in("/account", "account"), To: to,
		Codes: []string{"7qk3-waxf-2m4c-ht6b", "pbrd-5zj2-kv3n-gy7a", "c4mt-ahxw-6fqb-3jkr", "n2vz-7gyp-bdka-5xwt", "h6bq-3rfm-jact-4zvn", "x5wk-2pgd-7nyh-bqmb"},
	})
}

func homeSamples() []uitest.Sample {
	live, soon := sale(3, page.TabLive, 0), sale(4, page.TabSoon, 25)
	next := sale(5, page.TabSoon, 24*9)
	near := sale(6, page.TabSoon, 2)
	near.Opens = now.Add(40 * time.Second)
	alarm := func(kind string, n int, path string) page.Alarm { return page.Alarm{Kind: kind, N: n, Path: path} }
	var every []page.Alarm
	for i, kind := range page.AlarmKinds {
		every = append(every, alarm(kind, 1+i*600, ""))
	}
	owner := in("/", "home")
	owner.Member, owner.Role, owner.Sandbox = "Wolfeschlegelsteinhausenbergerdorff-von-und-zu-Hohenstein", "owner", true
	return []uitest.Sample{
		{Name: "home", Page: page.Home(page.HomeView{
			Frame: in("/", "home"), Alarms: []page.Alarm{alarm(page.DeadMails, 2, "/mails?state=dead"), alarm(page.LateJobs, 1, "")},
			Live: []page.SaleRow{live}, Soon: []page.SaleRow{near, soon, next}, Now: now,
		})},
		{Name: "home_well", Page: page.Home(page.HomeView{Frame: in("/", "home"), Soon: []page.SaleRow{soon}, Now: now})},
		{Name: "home_empty", Page: page.Home(page.HomeView{Frame: in("/", "home"), Now: now})},
		{Name: "home_every_alarm", Page: page.Home(page.HomeView{Frame: owner, Alarms: every, Live: []page.SaleRow{live}, Now: now})},
	}
}

func sale(id uint64, tab string, hours int) page.SaleRow {
	at := opens.Add(time.Duration(hours) * time.Hour)
	return page.SaleRow{
		ID: id, Title: "Friday kitchen doorbuster", Tab: tab, Opens: at, Closes: at.Add(2 * time.Hour), Zone: shanghai,
		Items: 12, Allotted: 1200, Left: 437, TakesPayment: true,
	}
}

func saleSamples() []uitest.Sample {
	big := sale(1_024, page.TabOver, -400)
	big.Title, big.Items, big.Allotted, big.Left = "Unterwassertaschenlampenbatteriefachdeckel & <b>other</b> things with a name that wraps over some lines", 1000, 12_345_678, 0
	free := sale(7, page.TabPaused, -3)
	free.TakesPayment = false
	counts := map[string]int{page.TabDraft: 1, page.TabSoon: 2, page.TabLive: 1, page.TabPaused: 1, page.TabOver: 1031}
	list := page.SaleListView{
		Frame: in("/sales", "sales"), Tab: page.TabAll, Counts: counts, More: "/sales?before=2025-11-04T10%3A00%3A00Z.1024",
		Sales: []page.SaleRow{sale(12, page.TabDraft, 100), sale(11, page.TabSoon, 25), sale(9, page.TabLive, 0), free, big},
	}
	one, searched, none, odd := list, list, list, list
	list.MayChange, none.Told = true, "discarded"
	one.Frame, one.Tab, one.Sales, one.More = in("/sales?tab=live", "sales"), page.TabLive, []page.SaleRow{sale(9, page.TabLive, 0)}, ""
	searched.Frame, searched.Tab, searched.Search = in("/sales?search=kitchen+%26+50%25&tab=over", "sales"), page.TabOver, "kitchen & 50%"
	searched.Counts = map[string]int{page.TabAll: 3, page.TabOver: 3}
	none.Frame, none.Search, none.Sales, none.Counts = in("/sales?search=%22%3E", "sales"), `"><script>`, nil, nil
	odd.Tab, odd.Sales = "of_tomorrow", nil
	tab := one
	tab.Sales = nil
	return []uitest.Sample{
		{Name: "sale_list", Page: page.SaleList(list)},
		{Name: "sale_list_tab", Page: page.SaleList(one)},
		{Name: "sale_list_search", Page: page.SaleList(searched)},
		{Name: "sale_list_none_found", Page: page.SaleList(none)},
		{Name: "sale_list_tab_empty", Page: page.SaleList(tab)},
		{Name: "sale_list_odd_tab", Page: page.SaleList(odd)},
		{Name: "sale_list_empty", Page: page.SaleList(page.SaleListView{Frame: in("/sales", "sales"), Tab: page.TabAll, MayChange: true})},
		{Name: "sale_list_empty_viewer", Page: page.SaleList(page.SaleListView{Frame: in("/sales", "sales"), Tab: page.TabAll, Told: "discarded"})},
	}
}

func mail(id uint64, kind, state string) page.MailRow {
	m := page.MailRow{
		ID: id, Kind: kind, State: state, Attempts: 1, MadeAt: opens.Add(2 * time.Second), Order: order, Email: "lena@example.com", Language: "en",
		Item: "Enamel kettle, 1.6 litres", Zone: shanghai,
	}
	at := opens.Add(5 * time.Minute)
	if state == page.MailDue {
		m.NextAt = &at
	} else {
		m.EndedAt = &at
	}
	return m
}

func mailSamples() []uitest.Sample {
	waiting, dropped, dead := mail(9, "expiring", page.MailDue), mail(8, "held", page.MailDropped), mail(7, "paid", page.MailDead)
	waiting.Attempts, dropped.Answer = 0, "it is not held any more"
	dead.Attempts, dead.Answer, dead.Email, dead.Language = 1012, "550 5.1.1 <"+long+">: Recipient address rejected: User unknown in virtual mailbox table", long, "zh"
	rows := []page.MailRow{waiting, dropped, dead}
	for i, kind := range page.MailKinds {
		sent := mail(uint64(6-min(i, 5)), kind, page.MailSent)
		sent.Answer = "250 2.0.0 Ok: queued as 4F2A1"
		rows = append(rows, sent)
	}
	list := page.MailListView{Frame: in("/mails", "mails"), Mails: rows, More: "/mails?before=1"}
	due := page.MailListView{Frame: in("/mails?state=due", "mails"), State: page.MailDue, Mails: []page.MailRow{waiting}, NoServer: true}
	show := func(m page.MailRow) page.MailView {
		return page.MailView{
			Frame: in("/mails/7", "mails"), Mail: m, Subject: "It is yours: Enamel kettle <1.6 litres>", MayResend: true,
			Text: "The order is complete. It stays yours.\n\nItem: Enamel kettle, 1.6 litres\nUnits: 2\n\nOpen your order:\n" +
				"https://shop.example/en/orders/" + order + "\n\n-- \nYou get this mail because you ordered at Harbour & Hill.\n",
		}
	}
	again, old, bare := show(waiting), show(mail(8, "held", page.MailSent)), show(dropped)
	again.Told, old.Told, bare.Subject, bare.Text, bare.MayResend = page.MailDue, "too_old", "", "", false
	gone := show(mail(8, "returned", page.MailSent))
	gone.Mail.EndedAt, gone.MayResend, gone.Told = nil, false, "of_tomorrow"
	return []uitest.Sample{
		{Name: "mail_list", Page: page.MailList(list)},
		{Name: "mail_list_no_server", Page: page.MailList(due)},
		{Name: "mail_list_empty", Page: page.MailList(page.MailListView{Frame: in("/mails", "mails")})},
		{Name: "mail_list_state_empty", Page: page.MailList(page.MailListView{Frame: in("/mails?state=dead", "mails"), State: page.MailDead})},
		{Name: "mail_show", Page: page.MailShow(show(dead))},
		{Name: "mail_show_due", Page: page.MailShow(again)},
		{Name: "mail_show_too_old", Page: page.MailShow(old)},
		{Name: "mail_show_no_words", Page: page.MailShow(bare)},
		{Name: "mail_show_viewer", Page: page.MailShow(gone)},
	}
}

func accountSamples() []uitest.Sample {
	var all []uitest.Sample
	for i, role := range append([]string{"of_tomorrow"}, page.Roles...) {
		v := page.AccountView{Frame: in("/account", "account"), Email: "mei@example.com", CodesLeft: i * 2}
		v.Role = role
		all = append(all, uitest.Sample{Name: "account_" + role, Page: page.Account(v)})
	}
	told := func(outcome string) page.AccountView {
		return page.AccountView{Frame: in("/account", "account"), Email: long, CodesLeft: 1, Told: outcome}
	}
	return append(all,
		uitest.Sample{Name: "account_signed_out", Page: page.Account(told("signed_out"))},
		uitest.Sample{Name: "account_used", Page: page.Account(told("used"))},
	)
}

func noticeSamples() []uitest.Sample {
	var all []uitest.Sample
	for _, outcome := range append([]string{"no_words_for_this"}, page.Outcomes...) {
		v := page.NoticeView{Frame: in("/", ""), Outcome: outcome}
		switch outcome {
		case page.Busy, page.Unavailable, page.Unknown, page.TooMany:
			v.RetryAfter = 4
		case page.Fault:
			v.Reference = request
		}
		all = append(all, uitest.Sample{Name: "notice_" + outcome, Page: page.Notice(v)})
	}
	for _, outcome := range []string{page.NotFound, page.NoSuchInvitation} {
		stranger := page.NoticeView{Frame: out("/sign-in"), Outcome: outcome}
		all = append(all, uitest.Sample{Name: "notice_" + outcome + "_out", Page: page.Notice(stranger)})
	}
	return all
}
