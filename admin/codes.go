package admin

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"doorbuster/admin/page"
	"doorbuster/admin/sheet"
	"doorbuster/store"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

const (
	mostCodes    = 10_000    // made at once
	mostUses     = 1_000_000 // of one code
	codesAtATime = 1000      // read for the export
)

func (s *Server) codeRoutes() []route {
	return []route{
		{get, "/sales/{sale}/codes", sell, s.listCodes},
		{post, "/sales/{sale}/codes", sell, s.makeCodes},
		{post, "/sales/{sale}/codes/revoke", sell, s.revokeCode},
		{get, "/sales/{sale}/codes/export.csv", sell, s.exportCodes},
	}
}

// accessCount counts the codes of a sale, for everybody who may see it.
func (s *Server) accessCount(r *http.Request, a *reply, sale uint64) (page.AccessCount, error) {
	n, err := s.store.CountAccessCodes(r.Context(), a.by(), sale)
	return page.AccessCount{Codes: n.Codes, Open: n.Open, Members: n.Uses}, err
}

func codesPath(sale uint64) string { return salePath(sale) + "/codes" }

// listCodes shows the codes of a sale, newest first.
func (s *Server) listCodes(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "before", "told", "revoke")
	if err != nil {
		return err
	}
	v := page.CodeListView{Told: query.Get("told"), Typed: map[string]string{"uses": "100"}}
	if number := query.Get("revoke"); number != "" {
		v.Act, v.Typed["number"] = "revoke", number
	}
	var before uint64
	if text := query.Get("before"); text != "" {
		var ok bool
		if before, ok = wire.Number(text); !ok {
			return refused(page.BadRequest)
		}
	}
	return s.sendCodes(a, r, http.StatusOK, before, v)
}

// sendCodes sends the page of the codes with what v has already: a form that was wrong, something to tell.
func (s *Server) sendCodes(a *reply, r *http.Request, status int, before uint64, v page.CodeListView) error {
	id, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	sale, err := s.store.ShowSale(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	if v.Count, err = s.accessCount(r, a, id); err != nil {
		return err
	}
	codes, err := s.store.ListAccessCodes(r.Context(), a.by(), id, before, perPage+1)
	if err != nil {
		return err
	}
	v.Frame = a.frame(codesPath(id), "sales")
	v.Sale, v.Title, v.Zone, v.Members, v.Opens = id, sale.Title, sale.TimeZone, sale.MembersOpenAt, sale.OpensAt
	v.Over = sale.Tab == page.TabOver || sale.Tab == page.TabArchived
	if len(codes) > perPage {
		codes = codes[:perPage]
		v.More = codesPath(id) + "?before=" + strconv.FormatUint(codes[perPage-1].ID, 10)
	}
	for _, c := range codes {
		v.Codes = append(v.Codes, page.CodeRow{ID: c.ID, Code: c.Code, Uses: c.Uses, Allowed: c.UsesAllowed, MadeAt: c.MadeAt, MadeBy: c.MadeBy, RevokedAt: c.RevokedAt})
	}
	return a.page(r, status, page.CodeList(v))
}

// makeCodes makes one code that many share, or many that one each uses.
func (s *Server) makeCodes(a *reply, r *http.Request) error {
	id, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "way", "code", "uses", "count")
	if err != nil {
		return err
	}
	v := page.CodeListView{Act: form.Get("way"), Typed: typed(form, "code", "uses", "count")}
	codes, uses, wrong := wantedCodes(v.Act, v.Typed)
	if wrong == nil && codes == nil {
		return refused(page.BadRequest)
	}
	status := http.StatusBadRequest
	if len(wrong) == 0 {
		a.act = "access codes"
		outcome, err := s.store.MakeAccessCodes(r.Context(), a.by(), id, codes, uses)
		if err != nil {
			return err
		}
		a.outcome = string(outcome)
		field := map[string]string{page.OneCode: "code", page.ManyCodes: "count"}[v.Act]
		switch outcome {
		case store.CodeTaken:
			wrong = ui.FieldErrors{{Field: field, Code: page.CodeTaken}}
		case store.TooMany:
			wrong = ui.FieldErrors{{Field: field, Code: page.CodesFull}}
		default:
			return a.toldAt(codesPath(id), outcome, nil)
		}
		status = http.StatusConflict
	}
	v.Errors = wrong
	return s.sendCodes(a, r, status, 0, v)
}

// wantedCodes are the codes that a form wants; none and nothing wrong: it is no form of ours.
func wantedCodes(way string, typed map[string]string) (codes []string, uses int, wrong ui.FieldErrors) {
	switch way {
	case page.OneCode:
		code, ok := store.PlainCode(typed["code"])
		if code == "" {
			code, ok = madeUpCode(), true
		}
		if !ok {
			wrong = append(wrong, ui.FieldError{Field: "code", Code: page.CodeBad})
		}
		n, ok := whole(typed["uses"], 1, mostUses)
		if !ok {
			wrong = append(wrong, ui.FieldError{Field: "uses", Code: page.CodeUsesBad})
		}
		return []string{code}, n, wrong
	case page.ManyCodes:
		n, ok := whole(typed["count"], 1, mostCodes)
		if !ok {
			return nil, 0, ui.FieldErrors{{Field: "count", Code: page.CodeCountBad}}
		}
		for range n {
			codes = append(codes, madeUpCode())
		}
		return codes, 1, nil
	default:
		return nil, 0, nil
	}
}

// codeLetters are those of codes that are made by chance: none looks like another, on paper or on the telephone line. Twelve of them are 55 bits: with the few
// tries that a shopper has, finding one of a hundred thousand takes longer than any sale.
const (
	codeLetters = "ACDEFGHJKMNPQRTUVWXY3479"
	codeLength  = 12
)

// madeUpCode is a code by chance.
func madeUpCode() string {
	code := make([]byte, 0, codeLength)
	for {
		var some [2 * codeLength]byte
		_, _ = rand.Read(some[:]) // it never fails
		for _, b := range some {
			if b >= byte(len(codeLetters))*10 { // else the first letters were more frequent
				continue
			}
			if code = append(code, codeLetters[int(b)%len(codeLetters)]); len(code) == codeLength {
				return string(code)
			}
		}
	}
}

// revokeCode lets nobody in with a code any more.
func (s *Server) revokeCode(a *reply, r *http.Request) error {
	id, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	form, err := wire.ReadForm(r, "number", "reason")
	if err != nil {
		return err
	}
	v := page.CodeListView{Act: "revoke", Typed: typed(form, "number", "reason")}
	number, ok := wire.Number(strings.TrimSpace(v.Typed["number"]))
	if !ok {
		v.Errors = append(v.Errors, ui.FieldError{Field: "number", Code: page.CodeNumberBad})
	}
	reason, code := reasonOf(v.Typed["reason"])
	if code != "" {
		v.Errors = append(v.Errors, ui.FieldError{Field: "reason", Code: code})
	}
	if len(v.Errors) == 0 {
		a.act = "access code revoke"
		outcome, err := s.store.RevokeAccessCode(r.Context(), a.by(), id, number, reason)
		if err != nil {
			return err
		}
		a.outcome = string(outcome)
		if outcome != store.NoSuchCode {
			return a.toldAt(codesPath(id), outcome, nil)
		}
		v.Errors = ui.FieldErrors{{Field: "number", Code: page.CodeNumberBad}}
	}
	return s.sendCodes(a, r, http.StatusBadRequest, 0, v)
}

// exportCodes sends all codes of a sale as CSV, as they are read: nothing of it is kept.
func (s *Server) exportCodes(a *reply, r *http.Request) error {
	id, err := numberOf(r, "sale")
	if err != nil {
		return err
	}
	if _, err := s.store.CountAccessCodes(r.Context(), a.by(), id); err != nil {
		return err
	}
	codes, err := s.store.ListAccessCodes(r.Context(), a.by(), id, 0, codesAtATime)
	if err != nil {
		return notBegun(err)
	}
	a.act, a.outcome = "access codes exported", "sent"
	h := a.Header()
	ui.SecurityHeaders(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="codes-%d.csv"`, id))
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.WriteString(a, sheet.BOM); err != nil {
		return err
	}
	out := sheet.NewCSV(a, ',')
	if err := out.Write(cellsOf("number", "code", "uses_allowed", "uses", "made_utc", "made_by", "revoked_utc")); err != nil {
		return err
	}
	for len(codes) > 0 {
		for _, c := range codes {
			if err := out.Write([]sheet.Cell{
				sheet.Number(int64(c.ID)), sheet.Text(c.Code), sheet.Number(int64(c.UsesAllowed)), sheet.Number(int64(c.Uses)), sheet.Time(&c.MadeAt), sheet.Text(c.MadeBy), sheet.Time(c.RevokedAt),
			}); err != nil {
				return err
			}
		}
		if len(codes) < codesAtATime {
			break
		}
		// Each part has the time that a whole answer has.
		if err := http.NewResponseController(a).SetWriteDeadline(time.Now().Add(wire.WriteTime)); err != nil {
			return err
		}
		if codes, err = s.store.ListAccessCodes(r.Context(), a.by(), id, codes[len(codes)-1].ID, codesAtATime); err != nil {
			return err
		}
	}
	return out.Flush()
}
