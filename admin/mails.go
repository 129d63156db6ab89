package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// lateMail is how long a due mail may wait before it is said to be late.
const lateMail = 5 * time.Minute

// mailStates are the filters of the outbox; "" is every state.
var mailStates = map[string]bool{"": true, "due": true, "sent": true, "dropped": true, "dead": true}

func (s *Server) mailRoutes() []route {
	return []route{
		{get, "/mails", read, s.listMails},
		{get, "/mails/{mail}", read, s.showMail},
		{post, "/mails/{mail}/resend", sell, s.resendMail},
	}
}

// listMails shows the outbox, newest first.
func (s *Server) listMails(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "state", "before")
	if err != nil {
		return err
	}
	state, before := query.Get("state"), uint64(0)
	if text := query.Get("before"); text != "" {
		var ok bool
		if before, ok = wire.Number(text); !ok {
			return refused(page.BadRequest)
		}
	}
	if !mailStates[state] {
		return refused(page.BadRequest)
	}
	mails, err := s.store.ListMails(r.Context(), a.by(), state, before, perPage+1)
	if err != nil {
		return err
	}
	filter := url.Values{}
	if state != "" {
		filter.Set("state", state)
	}
	v := page.MailListView{State: state, NoServer: waiting(mails, time.Now()), Frame: a.frame(withQuery("/mails", filter), "mails")}
	if len(mails) > perPage {
		mails = mails[:perPage]
		filter.Set("before", strconv.FormatUint(mails[perPage-1].ID, 10))
		v.More = withQuery("/mails", filter)
	}
	for _, m := range mails {
		v.Mails = append(v.Mails, mailRow(m))
	}
	return a.page(r, http.StatusOK, page.MailList(v))
}

// waiting says whether mails are due for a while that nobody has tried to send: then no worker has a mail server.
func waiting(mails []store.Mail, now time.Time) bool {
	return slices.ContainsFunc(mails, func(m store.Mail) bool {
		return m.Attempts == 0 && m.NextAt != nil && now.Sub(*m.NextAt) > lateMail
	})
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func mailRow(m store.Mail) page.MailRow {
	return page.MailRow{
		ID: m.ID, Kind: m.Kind, State: m.State, Attempts: m.Attempts, NextAt: m.NextAt, EndedAt: m.EndedAt, Answer: m.Answer, MadeAt: m.MadeAt,
		Order: m.OrderID.String(), Email: m.Email, Language: m.Language, Item: m.Item, Zone: m.TimeZone,
	}
}

func mailPath(mail uint64) string { return "/mails/" + strconv.FormatUint(mail, 10) }

// mailTold are the outcomes of resendMail that the page of the mail has words for.
var mailTold = map[string]bool{string(store.Due): true, string(store.TooOld): true}

// showMail shows one mail with its words, as they would be sent now.
func (s *Server) showMail(a *reply, r *http.Request) error {
	id, err := numberOf(r, "mail")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	var v page.MailView
	if told := query.Get("told"); mailTold[told] {
		v.Told = told
	}
	return s.sendMail(a, r, http.StatusOK, id, v)
}

// sendMail sends the page of a mail with what v has already: a form that was wrong, something to tell.
func (s *Server) sendMail(a *reply, r *http.Request, status int, id uint64, v page.MailView) error {
	mail, due, err := s.store.ShowMail(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	v.Frame, v.Mail, v.MayResend = a.frame(mailPath(id), "mails"), mailRow(mail), a.may("sell")
	if s.cfg.Letters != nil {
		if v.Subject, v.Text, err = s.cfg.Letters.Words(due); err != nil { // what it tells is not true any more: the hold is over
			s.cfg.Log.Info("a mail is shown without its words", "mail", id, "error", err)
			v.Subject, v.Text = "", ""
		}
	}
	return a.page(r, status, page.MailShow(v))
}

// resendMail has a mail sent again.
func (s *Server) resendMail(a *reply, r *http.Request) error {
	id, err := numberOf(r, "mail")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "reason")
	if err != nil {
		return err
	}
	v := page.MailView{Reason: form.Get("reason")}
	reason, code := reasonOf(v.Reason)
	if code != "" {
		v.Errors = ui.FieldErrors{{Field: page.Resend + "-reason", Code: code}}
		return s.sendMail(a, r, http.StatusBadRequest, id, v)
	}
	a.act = "mail resent"
	outcome, err := s.store.ResendMail(r.Context(), a.by(), id, reason)
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchMail:
		return refused(page.NotFound)
	default:
		return a.seeOther(mailPath(id) + "?told=" + string(outcome))
	}
}
