package mail

import (
	"context"
	"fmt"
	"strings"

	"doorbuster/store"
	"doorbuster/web/ui"
)

// Letter is a mail as it is read.
type Letter struct{ Subject, Text, HTML string }

// letterView is what stands in a letter, in the words of its language.
type letterView struct {
	Shop    string
	Subject string
	Name    string   // whom it is written to
	Lines   []string // what happened, and what to do
	Facts   []fact
	Button  string
	URL     string // where the button leads to
	Sandbox string // "" where money moves
	Footer  string
}

type fact struct{ Name, Value string }

// Write writes the letter of a mail. It fails on a kind that it does not know.
func (s *Sender) Write(m store.DueMail) (Letter, error) {
	lang, _ := ui.ParseLang(m.Language)
	ctx := ui.With(context.Background(), lang)
	v, err := s.view(ctx, m)
	if err != nil {
		return Letter{}, err
	}
	html, err := ui.RenderBytes(ctx, letter(v))
	if err != nil {
		return Letter{}, err
	}
	return Letter{Subject: v.Subject, Text: v.text(), HTML: string(html)}, nil
}

// Words writes the subject and the text of a mail, for the console to show.
func (s *Sender) Words(m store.DueMail) (subject, text string, err error) {
	letter, err := s.Write(m)
	return letter.Subject, letter.Text, err
}

func (s *Sender) view(ctx context.Context, m store.DueMail) (letterView, error) {
	lines, err := lines(ctx, m)
	if err != nil {
		return letterView{}, err
	}
	total := ui.Amount(ctx, ui.Money{Minor: int64(m.Units) * m.UnitPriceCents, Currency: m.Currency})
	v := letterView{
		Shop: s.options.ShopName, Subject: ui.T(ctx, "mail_"+m.Kind+"_subject", "Item", m.ItemTitle), Name: m.Name, Lines: lines,
		Facts: []fact{
			{ui.T(ctx, "mail_item"), m.ItemTitle},
			{ui.T(ctx, "units"), ui.Grouped(int64(m.Units))},
			{ui.T(ctx, "total"), total},
			{ui.T(ctx, "order"), m.OrderID.String()},
		},
		Button: button(ctx, m.Kind, total), URL: s.options.PublicURL + ui.Path(ctx, "/orders/"+m.OrderID.String()),
		Footer: ui.T(ctx, "mail_footer", "Shop", s.options.ShopName),
	}
	if m.Kind == store.MailHeld || m.Kind == store.MailExpiring {
		v.Facts = append(v.Facts, fact{ui.T(ctx, "mail_until"), ui.MomentSecond(ctx, *m.HoldExpiresAt, m.TimeZone)})
	}
	if s.options.Sandbox {
		v.Sandbox = ui.T(ctx, "sandbox_shop")
	}
	return v, nil
}

// button is the one thing to do.
func button(ctx context.Context, kind, total string) string {
	if kind == store.MailHeld || kind == store.MailExpiring {
		return ui.T(ctx, "pay", "Total", total)
	}
	return ui.T(ctx, "open_order")
}

// lines are what happened and what to do about it.
func lines(ctx context.Context, m store.DueMail) ([]string, error) {
	switch m.Kind {
	case store.MailHeld, store.MailExpiring:
		if m.HoldExpiresAt == nil {
			return nil, fmt.Errorf("mail %d: the order is not held", m.ID)
		}
		return told(ctx, m.Kind, "At", ui.AtSecond(ctx, *m.HoldExpiresAt, m.TimeZone)), nil
	case store.MailPaid, store.MailExpired, store.MailCancelled, store.MailRefunded:
		return told(ctx, m.Kind), nil
	case store.MailReturning:
		return []string{why(ctx, m.Reason), ui.T(ctx, "payment_refunding")}, nil
	case store.MailReturned:
		return []string{ui.T(ctx, "payment_refunded"), ui.T(ctx, "mail_returned_do")}, nil
	default:
		return nil, fmt.Errorf("mail %d: nobody knows how to write %q", m.ID, m.Kind)
	}
}

func told(ctx context.Context, kind string, pairs ...any) []string {
	return []string{ui.T(ctx, "mail_"+kind+"_what", pairs...), ui.T(ctx, "mail_"+kind+"_do", pairs...)}
}

// why is the reason for which a payment goes back.
func why(ctx context.Context, reason string) string {
	const known = " too_late wrong_amount second_payment order_cancelled order_refunded at_provider "
	if reason != "" && strings.Contains(known, " "+reason+" ") {
		return ui.T(ctx, "payment_back_"+reason)
	}
	return ui.T(ctx, "payment_back")
}

// text is the letter without HTML.
func (v letterView) text() string {
	var b strings.Builder
	if v.Sandbox != "" {
		fmt.Fprintf(&b, "*** %s ***\n\n", v.Sandbox)
	}
	for _, line := range v.Lines {
		b.WriteString(line + "\n\n")
	}
	for _, f := range v.Facts {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	fmt.Fprintf(&b, "\n%s:\n%s\n\n-- \n%s\n", v.Button, v.URL, v.Footer)
	return b.String()
}
