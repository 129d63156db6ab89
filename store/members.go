package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// RedeemAccessCode lets a shopper into a sale before everybody; code is capital letters and digits.
// Outcomes: NoSuchSale, Over, OpenToAll, AlreadyAdmitted, NoSuchCode, UsedUp, Admitted.
func (s *Store) RedeemAccessCode(ctx context.Context, user, sale uint64, code string) (Outcome, error) {
	var o Outcome
	err := s.pages.get(ctx, &o, "redeem_access_code", "CALL redeem_access_code(?, ?, ?)", user, sale, code)
	return o, err
}

// ShowMembership returns since when a shopper is a member of a sale, or ErrNotFound.
func (s *Store) ShowMembership(ctx context.Context, user, sale uint64) (time.Time, error) {
	var joined time.Time
	err := s.pages.get(ctx, &joined, "show_membership", "CALL show_membership(?, ?)", user, sale)
	return joined, err
}

// AccessCode lets shoppers into a sale before everybody. Times are UTC.
type AccessCode struct {
	ID          uint64     `db:"id"`
	Code        string     `db:"code"`
	UsesAllowed int        `db:"uses_allowed"`
	Uses        int        `db:"uses"` // how many came in with it
	MadeAt      time.Time  `db:"made_at"`
	MadeBy      string     `db:"made_by"`
	RevokedAt   *time.Time `db:"revoked_at"` // nil: it lets in whoever shows it, while uses are left
}

// MakeAccessCodes makes up to 10,000 codes of a sale, each for so many shoppers, all or none.
// Outcomes: NotAllowed, NoSuchSale, Over, TooMany, CodeTaken, Made.
func (s *Store) MakeAccessCodes(ctx context.Context, by Actor, sale uint64, codes []string, uses int) (Outcome, error) {
	doc, err := json.Marshal(codes)
	if err != nil {
		return "", fmt.Errorf("make_access_codes: %w", err)
	}
	var r struct {
		Outcome Outcome `db:"outcome"`
		Made    int     `db:"codes_made"`
	}
	err = s.staff.get(ctx, &r, "make_access_codes", "CALL make_access_codes(?, ?, ?, ?, ?)", by.staffID(), sale, string(doc), uses, by.name)
	return r.Outcome, err
}

// RevokeAccessCode lets nobody in with a code any more.
// Outcomes: NotAllowed, NoSuchCode, AlreadyRevoked, Revoked.
func (s *Store) RevokeAccessCode(ctx context.Context, by Actor, sale, code uint64, reason string) (Outcome, error) {
	return s.changeSale(ctx, "revoke_access_code", "CALL revoke_access_code(?, ?, ?, ?, ?)", by.staffID(), sale, code, by.name, reason)
}

// ListAccessCodes returns up to limit codes of a sale of by's shop, newest first, those made before code before (0: from the newest); none to who may not
// change sales.
func (s *Store) ListAccessCodes(ctx context.Context, by Actor, sale, before uint64, limit int) ([]AccessCode, error) {
	var codes []AccessCode
	err := s.staff.list(ctx, &codes, "list_access_codes", "CALL list_access_codes(?, ?, ?, ?)", by.staffID(), sale, before, limit)
	return codes, err
}

// AccessCount says how many codes a sale has, and how many shoppers came in with them.
type AccessCount struct {
	Codes       int `db:"codes"`
	Open        int `db:"open_codes"` // that could let somebody in
	UsesAllowed int `db:"uses_allowed"`
	Uses        int `db:"uses"` // also of codes that are revoked: the members
}

// CountAccessCodes counts the codes of a sale of by's shop, or returns ErrNotFound.
func (s *Store) CountAccessCodes(ctx context.Context, by Actor, sale uint64) (AccessCount, error) {
	var n AccessCount
	err := s.staff.get(ctx, &n, "count_access_codes", "CALL count_access_codes(?, ?)", by.staffID(), sale)
	return n, err
}

// PlainCode is a code as it is kept, of what somebody typed: capital letters and digits, also where a keyboard made wide ones; spaces and hyphens of any
// sort do not count. Not ok: no code can be so.
func PlainCode(text string) (code string, ok bool) {
	ok = true
	var b strings.Builder
	for _, r := range text {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		r = unicode.ToUpper(r)
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r):
			continue
		case r < '0' || r > 'Z' || r > '9' && r < 'A':
			ok = false
		}
		b.WriteRune(r)
	}
	return b.String(), ok && b.Len() >= 4 && b.Len() <= maxCode
}

// maxCode is the longest code, in characters.
const maxCode = 32
