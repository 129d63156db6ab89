package web

import (
	"errors"
	"net/http"
	"time"

	"doorbuster/store"
	"doorbuster/web/page"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// Members first. The page of an item is one for everybody, so it cannot know who is a member: while only members may buy it has the button and the form for
// the code, and the database decides about each press. The page of the code below is a shopper's own, and says which of the two he needs. It is the only
// place that asks whether somebody is a member, and no press waits for it.

// first tells whether a sale lets its members in before everybody, and is not open to all yet.
func first(sale store.LiveSale, now time.Time) bool {
	return sale.MembersOpenAt != nil && now.Before(sale.OpensAt)
}

// moment is a moment, or none.
func moment(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// codePath is the address of the page of the code, without the language.
func codePath(item uint64) string { return itemPath(item) + "/code" }

// codeView is the page that asks for a code, for an item whose facts are known; nil: they are not.
func (s *Server) codeView(item uint64, facts *itemFacts) *page.CodeView {
	if facts == nil {
		return nil
	}
	v := &page.CodeView{Item: s.itemView(facts, s.store.Live(), s.store.Now())}
	v.Item.Chrome = s.chrome(codePath(item))
	return v
}

// toCode reads whose code page it is, and of which item. Where no code is asked for any more, or ever, it leads to the item: then the view is nil, and the
// answer was sent.
func (s *Server) toCode(a *reply, r *http.Request) (who session, facts *itemFacts, v *page.CodeView, err error) {
	item, err := numberIn(r, "item")
	if err != nil {
		return who, nil, nil, refused(page.NoSuchItem)
	}
	if who, err = s.mustSession(a, r, codePath(item)); err != nil {
		return who, nil, nil, err
	}
	facts, err = s.items.facts(r.Context(), item)
	if errors.Is(err, store.ErrNotFound) {
		return who, nil, nil, refused(page.NoSuchItem)
	}
	if err != nil {
		return who, nil, nil, err
	}
	v = s.codeView(item, facts)
	if !v.Item.First || v.Item.State == ui.Over {
		return who, nil, nil, a.seeOther(r, itemPath(item))
	}
	v.Item.Chrome = a.chrome(codePath(item))
	return who, facts, v, nil
}

// showCode asks a shopper for the code, or shows a member the button.
func (s *Server) showCode(a *reply, r *http.Request) error {
	who, facts, v, err := s.toCode(a, r)
	if v == nil {
		return err
	}
	if err := s.shopperMay(who); err != nil {
		return s.atItem(err, facts.item.ID)
	}
	_, err = s.store.ShowMembership(r.Context(), who.user, facts.item.SaleID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	v.Member = err == nil
	return a.page(r, http.StatusOK, page.Code(*v))
}

// redeemCode lets a shopper in with a code. What was typed stays when it was wrong.
func (s *Server) redeemCode(a *reply, r *http.Request) error {
	form, err := wire.ReadForm(r, "code")
	if err != nil {
		return err
	}
	who, facts, v, err := s.toCode(a, r)
	if v == nil {
		return err
	}
	if err := s.writable(); err != nil {
		return s.atItem(err, facts.item.ID)
	}
	v.Typed = form.Get("code")
	code, plain := store.PlainCode(v.Typed)
	if code == "" {
		return s.codeWrong(a, r, v, page.CodeMissing)
	}
	wait, ok := s.mayShowCode(r, who.user)
	if !ok {
		v.RetryAfter = seconds(wait)
		a.Header().Set("Retry-After", itoa(v.RetryAfter))
		return s.codeWrong(a, r, v, page.CodeTooMany)
	}
	a.logs("access code")
	outcome := store.NoSuchCode
	if plain {
		if outcome, err = s.store.RedeemAccessCode(r.Context(), who.user, facts.item.SaleID, code); err != nil {
			return s.atItem(err, facts.item.ID)
		}
	}
	a.outcome = string(outcome)
	switch outcome {
	case store.NoSuchCode:
		return s.codeWrong(a, r, v, page.CodeUnknown)
	case store.UsedUp:
		return s.codeWrong(a, r, v, page.CodeUsedUp)
	case store.Admitted, store.AlreadyAdmitted:
		return a.seeOther(r, codePath(facts.item.ID))
	default: // it is open to all by now, or over: its page says so
		return a.seeOther(r, itemPath(facts.item.ID))
	}
}

// codeStatus is the status of the page of the code by what is wrong.
var codeStatus = map[string]int{
	page.CodeMissing: http.StatusBadRequest, page.CodeUnknown: http.StatusUnprocessableEntity, page.CodeUsedUp: http.StatusConflict,
	page.CodeTooMany: http.StatusTooManyRequests,
}

func (s *Server) codeWrong(a *reply, r *http.Request, v *page.CodeView, code string) error {
	a.outcome = code
	v.Errors = ui.FieldErrors{{Field: "code", Code: code}}
	return a.page(r, codeStatus[code], page.Code(*v))
}
