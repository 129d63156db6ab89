package page_test

import (
	"time"

	"doorbuster/admin/page"
	"doorbuster/web/ui"
	"doorbuster/web/ui/uitest"
)

func owner(path, here string) page.Frame {
	f := in(path, here)
	f.Role, f.Rights = "owner", []string{"read", "sell", "team", "log"}
	return f
}

// teamSamples are the team, a link, and a member in every state with each form wrong and each outcome told.
func teamSamples() []uitest.Sample {
	at := now.Add(7 * 24 * time.Hour)
	over := now.Add(-time.Hour)
	mei := page.MemberRow{ID: 1, Name: "Mei Lin", Email: "mei@example.com", Role: "owner", State: "active", SecondFactor: true, CodesLeft: 10, SignedIn: &over, Since: opens, Yourself: true}
	bob := page.MemberRow{ID: 2, Name: `Bob "><b>`, Email: long, Role: "merchant", State: "active", SecondFactor: true, CodesLeft: 1, SignedIn: &over, Since: opens}
	fay := page.MemberRow{ID: 3, Name: "Fay", Email: "fay@example.com", Role: "viewer", State: "invited", InvitedUntil: &at, LinkHolds: true, Since: opens}
	late, bare, gone, odd := fay, fay, bob, bob
	late.ID, late.InvitedUntil, late.LinkHolds = 4, &over, false
	bare.ID, bare.InvitedUntil, bare.LinkHolds = 5, nil, false
	gone.ID, gone.Name, gone.State = 6, "Gus", "disabled"
	odd.ID, odd.State, odd.Role, odd.SignedIn = 7, "of_tomorrow", "of_tomorrow", nil
	team := page.TeamView{Frame: owner("/team", "team"), Members: []page.MemberRow{mei, bob, fay, late, bare, gone, odd}, More: "/team?after=7"}
	wrong := team
	wrong.Email, wrong.Name, wrong.Members = `"><script>`, "", team.Members[:1]
	wrong.Errors = ui.FieldErrors{{Field: "email", Code: page.MemberTaken}, {Field: "name", Code: page.MemberName}, {Field: "role", Code: page.RoleMissing}}
	show := func(m page.MemberRow, told string) page.MemberView {
		return page.MemberView{Frame: owner("/team/2", "team"), Member: m, Told: told}
	}
	all := []uitest.Sample{
		{Name: "team", Page: page.Team(team)},
		{Name: "team_wrong", Page: page.Team(wrong)},
		{Name: "team_link", Page: page.TeamLink(page.TeamLinkView{Frame: owner("/team/3", "team"), Member: fay, Link: "https://console.example/en/invitation?token=dG9rZW4"})},
		{Name: "member_yourself", Page: page.Member(show(mei, ""))},
		{Name: "member_active", Page: page.Member(show(bob, "<evil>"))},
		{Name: "member_invited", Page: page.Member(show(fay, ""))},
		{Name: "member_disabled", Page: page.Member(show(gone, ""))},
	}
	for _, told := range page.MemberTold {
		all = append(all, uitest.Sample{Name: "member_told_" + told, Page: page.Member(show(bob, told))})
	}
	for _, act := range []string{page.ChangeRole, page.Disable, page.Enable} {
		v := show(bob, "")
		if act == page.Enable {
			v.Member = gone
		}
		v.Act, v.Role, v.Reason, v.Errors = act, "viewer", `"><script>`, ui.FieldErrors{{Field: act + "-reason", Code: page.ReasonBad}}
		all = append(all, uitest.Sample{Name: "member_wrong_" + act, Page: page.Member(v)})
	}
	return all
}
