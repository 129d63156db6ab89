package admin

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"doorbuster/store"
)

var linkText = regexp.MustCompile(`http://console\.example(/(?:en|zh)/invitation\?token=[\w-]{43})`)

// linkOf reads the link of an invitation off a page.
func (c *console) linkOf(a answered) string {
	c.t.Helper()
	m := linkText.FindStringSubmatch(html.UnescapeString(a.body))
	if a.status != 200 || m == nil {
		c.t.Fatalf("%d and no link:\n%s", a.status, a.body)
	}
	return m[1]
}

// acts are the acts on a member that a page offers.
func actsOn(body string) string {
	var all []string
	for _, m := range regexp.MustCompile(`action="/\w\w/team/\d+/(\w+)"`).FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " ")
}

// An owner invites somebody, who joins; the role changes with the next click, and who is disabled is out with the next click. Each stands in the log, with
// before and after.
func TestTeam(t *testing.T) {
	c := newConsole(t)
	ann := c.session(c.member("ann", store.RoleOwner, 1), signedIn)
	made := ann.form("/zh/team/invite", "email=+Bob%40Example.com+&name=+Bob+Lee+&role=merchant")
	link := c.linkOf(made)
	if !strings.HasPrefix(link, "/zh/") || made.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s, %s", link, made.header)
	}
	if again := ann.get("/en/team").body; strings.Contains(again, "token=") || !strings.Contains(again, "bob@example.com") {
		t.Error("the link is told twice, or the member is not listed")
	}
	bob := c.browser()
	token := strings.TrimPrefix(link, "/zh/invitation?token=")
	leads(t, "join", bob.form("/zh/invitation", "token="+token+"&password="+url.QueryEscape(password)), "/zh/enrol")
	id := c.count("SELECT id FROM staff WHERE email = 'bob@example.com' AND state = 'active' AND role = 'merchant' AND name = 'Bob Lee' AND shop_id = 1")
	m := &member{id: uint64(id), email: "bob@example.com", secret: NewSecret()}
	if e, err := c.server.cfg.Enrol(t.Context(), m.id, m.secret); err != nil || e.Outcome != store.Enrolled {
		t.Fatal(e, err)
	}
	bob = c.session(m, signedIn)
	path := fmt.Sprintf("/en/team/%d", id)
	if got := bob.get("/en/sales"); got.status != 200 {
		t.Errorf("the new member: %d", got.status)
	}
	if got := actsOn(ann.get(path).body); got != "role reset disable" {
		t.Errorf("an active member may be: %s", got)
	}
	leads(t, "same role", ann.form(path+"/role", "role=merchant&reason=x"), path+"?told=repeated")
	leads(t, "another role", ann.form(path+"/role", "role=auditor&reason=looks+first"), path+"?told=set")
	if got := bob.get("/en/account"); !strings.Contains(got.body, "Auditor") {
		t.Error("the role does not count with the next click")
	}
	leads(t, "disable", ann.form(path+"/disable", "reason=left+us"), path+"?told=disabled")
	if got := bob.get("/en/sales"); got.status != 303 || !strings.Contains(got.header.Get("Location"), "/sign-in") {
		t.Errorf("who is disabled sees %d", got.status)
	}
	if got := actsOn(ann.get(path).body); got != "enable role" {
		t.Errorf("a disabled member may be: %s", got)
	}
	leads(t, "enable", ann.form(path+"/enable", "reason=is+back"), path+"?told=enabled")
	if link := c.linkOf(ann.form(path+"/reset", "reason=lost+the+phone")); !strings.HasPrefix(link, "/en/") {
		t.Error(link)
	}
	for action, detail := range map[string]string{
		"staff_invited": "bob@example.com as merchant", "staff_role_changed": "bob@example.com: from merchant to auditor",
		"staff_disabled": "bob@example.com (auditor): from active to disabled", "staff_enabled": "bob@example.com (auditor): from disabled to active",
		"staff_reset": "bob@example.com (auditor): from active to invited",
	} {
		if n := c.count("SELECT COUNT(*) FROM sale_log WHERE action = ? AND detail = ? AND actor = 'ann' AND staff_id IS NOT NULL", action, detail); n != 1 {
			t.Errorf("%s %s: %d lines", action, detail, n)
		}
	}
	for _, secret := range []string{"bob@example.com", token, password} {
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("%q stands in the log of the program", secret)
		}
	}
}

// What is wrong stands at its field, what was typed stays, and nothing changes.
func TestTeamFormsThatAreWrong(t *testing.T) {
	c := newConsole(t)
	owner := c.member("ann", store.RoleOwner, 1)
	ann := c.session(owner, signedIn)
	bob := c.invite("bob", store.RoleMerchant, 1)
	c.invite("olga", store.RoleOwner, 2)
	path := fmt.Sprintf("/en/team/%d", bob.id)
	self := fmt.Sprintf("/en/team/%d", owner.id)
	before := c.checksums("staff, sale_log")
	for _, w := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/en/team/invite", "", 400, `href="#email"`},
		{"/en/team/invite", "email=x&name=Bea&role=viewer", 400, `id="email-error"`},
		{"/en/team/invite", "email=bea%40example.com&name=+&role=viewer", 400, `value="bea@example.com"`},
		{"/en/team/invite", "email=bea%40example.com&role=viewer&name=" + strings.Repeat("x", maxMemberName+1), 400, `id="name-error"`},
		{"/en/team/invite", "email=bea%40example.com&name=Bea", 400, `id="role-error"`},
		{"/en/team/invite", "email=bea%40example.com&name=Bea&role=king", 400, `data-outcome="bad_request"`},
		{"/en/team/invite", "email=olga%40example.com&name=Bea&role=viewer", 409, "already"},
		{"/en/team/invite", "email=bob%40example.com&name=Bea&role=viewer", 409, "already"},
		{path + "/role", "role=viewer&reason=+", 400, `id="role-reason-error"`},
		{path + "/role", "role=king&reason=x", 400, `data-outcome="bad_request"`},
		{path + "/role", "reason=x", 400, `data-outcome="bad_request"`},
		{path + "/disable", "reason=a%00b", 400, `id="disable-reason-error"`},
		{path + "/disable", "reason=x&more=1", 400, `data-outcome="bad_request"`},
		{self + "/role", "role=viewer&reason=x", 303, ""},
		{self + "/disable", "reason=x", 303, ""},
		{self + "/reset", "reason=x", 303, ""},
		{path + "/reset", "reason=+", 400, `id="reset-reason-error"`},
	} {
		got := ann.form(w.path, w.body)
		if got.status != w.status || !strings.Contains(got.body, w.want) {
			t.Errorf("%s %s: %d\n%s", w.path, w.body, got.status, got.body)
		}
		if w.status == 303 && got.header.Get("Location") != self+"?told=yourself" {
			t.Errorf("%s leads to %s", w.path, got.header.Get("Location"))
		}
	}
	if got := actsOn(ann.get(self).body); got != "" {
		t.Errorf("on herself she may: %s", got)
	}
	if after := c.checksums("staff, sale_log"); after != before {
		t.Errorf("something was changed:\n%s\n%s", before, after)
	}
}

// Two owners who demote each other at the same moment: one does, the other is refused, and one owner stays.
func TestTwoOwnersDemoteEachOther(t *testing.T) {
	c := newConsole(t)
	two := []*member{c.invite("ann", store.RoleOwner, 1), c.invite("bob", store.RoleOwner, 1)}
	for round := range 25 {
		var (
			group    sync.WaitGroup
			outcomes [2]store.Outcome
			errs     [2]error
		)
		for i := range two {
			group.Go(func() {
				outcomes[i], errs[i] = c.store.ChangeStaffRole(t.Context(), store.Member(two[i].id), two[1-i].id, store.RoleViewer, "why")
			})
		}
		group.Wait()
		got := map[store.Outcome]int{outcomes[0]: 1}
		got[outcomes[1]]++
		if errs[0] != nil || errs[1] != nil || got[store.Set] != 1 || got[store.NotAllowed] != 1 {
			t.Fatalf("round %d: %v, %v", round, outcomes, errs)
		}
		if n := c.count("SELECT COUNT(*) FROM staff WHERE role = 'owner' AND state = 'active'"); n != 1 {
			t.Fatalf("round %d: %d owners are left", round, n)
		}
		c.exec("UPDATE staff SET role = 'owner'")
	}
}
