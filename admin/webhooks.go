package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	maxWebhooks   = 200 // on the list; who has more sees the first
	maxAttempts   = 100 // of a delivery on its page; a delivery is tried a dozen times before it is given up
	formerSigning = 24 * time.Hour
)

func (s *Server) webhookRoutes() []route {
	return []route{
		{get, "/webhooks", read, s.listWebhooks},
		{post, "/webhooks/add", sell, s.addWebhook},
		{get, deliveriesPath, read, s.listDeliveries},
		{get, "/webhooks/{webhook}", read, s.showWebhook},
		{post, "/webhooks/{webhook}/pause", sell, s.changeWebhook(page.Pause)},
		{post, "/webhooks/{webhook}/resume", sell, s.changeWebhook(page.Resume)},
		{post, "/webhooks/{webhook}/rotate", sell, s.rotateWebhook},
		{get, "/webhooks/{webhook}/events/{event}", read, s.showDelivery},
		{post, "/webhooks/{webhook}/events/{event}/resend", sell, s.resendDelivery},
	}
}

func webhookPath(webhook uint64) string { return "/webhooks/" + strconv.FormatUint(webhook, 10) }

func webhookRow(w store.StaffWebhook) page.WebhookRow {
	return page.WebhookRow{
		ID: w.ID, Everybody: w.ShopID == 0, URL: w.URL, State: w.State, Reason: w.Reason, FormerUntil: w.FormerUntil, Failures: w.Failures, Undelivered: w.Undelivered, Dead: w.Dead,
		Since: w.CreatedAt, Changed: w.ChangedAt,
	}
}

// listWebhooks shows who is told of events.
func (s *Server) listWebhooks(a *reply, r *http.Request) error {
	return s.sendWebhooks(a, r, http.StatusOK, page.WebhookListView{})
}

// sendWebhooks sends the list with what v has already: an address that was wrong.
func (s *Server) sendWebhooks(a *reply, r *http.Request, status int, v page.WebhookListView) error {
	all, err := s.store.ListWebhooks(r.Context(), a.by(), maxWebhooks)
	if err != nil {
		return err
	}
	v.Frame, v.MayChange = a.frame("/webhooks", "webhooks"), a.may("sell") && s.cfg.Webhooks != nil
	for _, w := range all {
		v.Webhooks = append(v.Webhooks, webhookRow(w))
	}
	return a.page(r, status, page.WebhookList(v))
}

// addWebhook lets an address be told of every event of the shop from now on, and shows its secret, once.
func (s *Server) addWebhook(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "url")
	if err != nil {
		return err
	}
	v := page.WebhookListView{URL: form.Get("url")}
	if s.cfg.Webhooks == nil {
		return refused(page.Unavailable)
	}
	address := strings.TrimSpace(v.URL)
	if err := s.cfg.Webhooks.CheckURL(address); err != nil {
		v.Errors = ui.FieldErrors{{Field: "url", Code: page.URLBad}}
		return s.sendWebhooks(a, r, http.StatusBadRequest, v)
	}
	a.act = "webhook added"
	secret := s.cfg.Webhooks.NewSecret()
	added, err := s.store.AddWebhook(r.Context(), a.by(), address, secret)
	if err != nil {
		return err
	}
	a.outcome = string(added.Outcome)
	switch {
	case added.Outcome == store.NotAllowed:
		return refused(page.NotAllowed)
	case added.Outcome != store.Created || added.EndpointID == nil:
		v.Errors = ui.FieldErrors{{Field: "url", Code: page.URLTaken}}
		return s.sendWebhooks(a, r, http.StatusConflict, v)
	}
	return a.page(r, http.StatusOK, page.WebhookSecret(page.WebhookSecretView{
		Frame: a.frame(webhookPath(*added.EndpointID), "webhooks"), ID: *added.EndpointID, URL: address, Secret: secret,
	}))
}

// deliveryStates are the filters of the deliveries; "" is every state.
func deliveryState(text string) bool { return text == "" || slices.Contains(page.DeliveryStates, text) }

// showWebhook shows one webhook with what it was told.
func (s *Server) showWebhook(a *reply, r *http.Request) error {
	webhook, err := numberOf(r, "webhook")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	return s.sendWebhook(a, r, http.StatusOK, webhook, page.WebhookView{Told: query.Get("told")})
}

// sendWebhook sends the page of a webhook with what v has already: a form that was wrong, something to tell.
func (s *Server) sendWebhook(a *reply, r *http.Request, status int, webhook uint64, v page.WebhookView) error {
	query, err := wire.ReadQuery(r, "state", "before")
	if err != nil {
		return err
	}
	before, ok := uint64(0), true
	if text := query.Get("before"); text != "" {
		before, ok = wire.Number(text)
	}
	if v.Filter = query.Get("state"); !ok || !deliveryState(v.Filter) {
		return refused(page.BadRequest)
	}
	one, err := s.store.Webhook(r.Context(), a.by(), webhook)
	if err != nil {
		return err
	}
	deliveries, err := s.store.ListDeliveries(r.Context(), a.by(), webhook, v.Filter, before, perPage+1)
	if err != nil {
		return err
	}
	filter := url.Values{}
	if v.Filter != "" {
		filter.Set("state", v.Filter)
	}
	v.Frame = a.frame(withQuery(webhookPath(webhook), filter), "webhooks")
	v.Webhook, v.MayChange = webhookRow(one), a.may("sell") && s.cfg.Webhooks != nil && one.ShopID != 0
	var things []string
	if v.Told == page.Pause || v.Told == page.Resume {
		things = []string{"webhook " + strconv.FormatUint(webhook, 10) + " state"}
	}
	if err := s.addUndo(a, r, &v.Undo, 0, things...); err != nil {
		return err
	}
	if len(deliveries) > perPage {
		deliveries = deliveries[:perPage]
		filter.Set("before", strconv.FormatUint(deliveries[perPage-1].Seq, 10))
		v.More = withQuery(webhookPath(webhook), filter)
	}
	for _, d := range deliveries {
		v.Deliveries = append(v.Deliveries, deliveryRow(d))
	}
	return a.page(r, status, page.WebhookShow(v))
}

// changeWebhook makes the handler that pauses a webhook or lets it go on.
func (s *Server) changeWebhook(act string) handler {
	return func(a *reply, r *http.Request) error {
		webhook, err := numberOf(r, "webhook")
		if err != nil {
			return err
		}
		form, err := wire.ReadForm(r, "reason")
		if err != nil {
			return err
		}
		v := page.WebhookView{Act: act, Reason: form.Get("reason")}
		reason, code := reasonOf(v.Reason)
		if code != "" {
			v.Errors = ui.FieldErrors{{Field: act + "-reason", Code: code}}
			return s.sendWebhook(a, r, http.StatusBadRequest, webhook, v)
		}
		a.act = "webhook " + act
		outcome, err := s.store.SetWebhookState(r.Context(), a.by(), webhook, act == page.Resume, reason)
		if err != nil {
			return err
		}
		told := string(outcome)
		if outcome == store.Set {
			told = act
		}
		return a.toldWebhook(outcome, webhookPath(webhook), told)
	}
}

// toldWebhook leads back to a page that tells what came of a form.
func (a *reply) toldWebhook(outcome store.Outcome, path, told string) error {
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchWebhook, store.NoSuchEvent:
		return refused(page.NotFound)
	}
	return a.seeOther(path + "?told=" + told)
}

// rotateWebhook gives a webhook a new secret, and shows it, once.
func (s *Server) rotateWebhook(a *reply, r *http.Request) error {
	webhook, err := numberOf(r, "webhook")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "former", "reason")
	if err != nil {
		return err
	}
	keep, ok := map[string]time.Duration{page.FormerSigns: formerSigning, page.FormerVoid: 0}[form.Get("former")]
	if !ok {
		return refused(page.BadRequest)
	}
	if s.cfg.Webhooks == nil {
		return refused(page.Unavailable)
	}
	v := page.WebhookView{Act: page.Rotate, Reason: form.Get("reason"), Former: form.Get("former")}
	reason, code := reasonOf(v.Reason)
	if code != "" {
		v.Errors = ui.FieldErrors{{Field: page.Rotate + "-reason", Code: code}}
		return s.sendWebhook(a, r, http.StatusBadRequest, webhook, v)
	}
	one, err := s.store.Webhook(r.Context(), a.by(), webhook)
	if err != nil {
		return err
	}
	a.act = "webhook secret rotated"
	secret := s.cfg.Webhooks.NewSecret()
	rotated, err := s.store.RotateWebhookSecret(r.Context(), a.by(), webhook, secret, keep, reason)
	if err != nil {
		return err
	}
	if a.outcome = string(rotated.Outcome); rotated.Outcome != store.Rotated {
		return a.toldWebhook(rotated.Outcome, webhookPath(webhook), a.outcome)
	}
	return a.page(r, http.StatusOK, page.WebhookSecret(page.WebhookSecretView{
		Frame: a.frame(webhookPath(webhook), "webhooks"), ID: webhook, URL: one.URL, Secret: secret, Rotated: true, FormerUntil: rotated.FormerUntil,
	}))
}

// showDelivery shows an event on its way to a webhook: what is sent, and what each attempt came to.
func (s *Server) showDelivery(a *reply, r *http.Request) error {
	webhook, event, err := deliveryOf(r)
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	return s.sendDelivery(a, r, http.StatusOK, webhook, event, page.DeliveryView{Told: query.Get("told")})
}

// sendDelivery sends the page of a delivery with what v has already: a form that was wrong, something to tell.
func (s *Server) sendDelivery(a *reply, r *http.Request, status int, webhook, event uint64, v page.DeliveryView) error {
	d, err := s.store.ShowDelivery(r.Context(), a.by(), webhook, event)
	if err != nil {
		return err
	}
	attempts, err := s.store.ListDeliveryAttempts(r.Context(), a.by(), webhook, event, 0, maxAttempts)
	if err != nil {
		return err
	}
	v.Frame, v.URL, v.ID = a.frame(deliveryPath(webhook, event), "webhooks"), d.URL, d.ID.String()
	v.Paused = d.EndpointState != "active"
	v.MayResend = a.may("sell") && !v.Paused
	v.Delivery = page.DeliveryRow{
		Webhook: webhook, Event: event, Kind: d.Kind, Order: d.OrderID.String(), Item: d.ItemTitle, At: d.MadeAt, State: d.State, Attempts: d.Attempts,
		Next: d.NextAt, Ended: d.EndedAt, Zone: d.TimeZone,
	}
	if s.cfg.Webhooks != nil {
		body, err := s.cfg.Webhooks.Body(d.Event)
		if err != nil {
			return fmt.Errorf("the body of event %d: %w", event, err)
		}
		v.Bytes = len(body)
		v.Body = laidOut(body)
	}
	for _, one := range attempts {
		v.Attempts = append(v.Attempts, page.AttemptRow{Number: one.Number, At: one.EndedAt, Status: one.Status, Took: one.DurationMS, Answer: one.Answer})
	}
	return a.page(r, status, page.DeliveryShow(v))
}

// laidOut is a body in lines that a person can read; the bytes that are sent have no spaces.
func laidOut(body []byte) string {
	var lines bytes.Buffer
	if err := json.Indent(&lines, body, "", "  "); err != nil {
		return string(body)
	}
	return lines.String()
}

func deliveryPath(webhook, event uint64) string {
	return webhookPath(webhook) + "/events/" + strconv.FormatUint(event, 10)
}

func deliveryOf(r *http.Request) (webhook, event uint64, err error) {
	if webhook, err = numberOf(r, "webhook"); err != nil {
		return 0, 0, err
	}
	event, err = numberOf(r, "event")
	return webhook, event, err
}

// resendDelivery has an event sent to a webhook again.
func (s *Server) resendDelivery(a *reply, r *http.Request) error {
	webhook, event, err := deliveryOf(r)
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "reason")
	if err != nil {
		return err
	}
	v := page.DeliveryView{Reason: form.Get("reason")}
	reason, code := reasonOf(v.Reason)
	if code != "" {
		v.Errors = ui.FieldErrors{{Field: page.Resend + "-reason", Code: code}}
		return s.sendDelivery(a, r, http.StatusBadRequest, webhook, event, v)
	}
	// Another shop's event is none, also where the webhook is paused.
	if _, err := s.store.ShowDelivery(r.Context(), a.by(), webhook, event); err != nil {
		return err
	}
	a.act = "event resent"
	outcome, err := s.store.ResendEvent(r.Context(), a.by(), webhook, event, reason)
	if err != nil {
		return err
	}
	return a.toldWebhook(outcome, deliveryPath(webhook, event), string(outcome))
}
