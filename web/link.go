package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"doorbuster/web/login"
	"doorbuster/web/page"
	"doorbuster/web/ui"
	"doorbuster/web/wire"
)

// LinkClaims is what a sign-in link says: the merchant's own shop knows this customer. Times are Unix seconds.
type LinkClaims struct {
	Purpose  string `json:"p"`     // always LinkPurpose
	Customer string `json:"sub"`   // the merchant's number for the customer, 1 to 190 characters: who it names is who signs in
	Email    string `json:"email"` // where to write to; may be empty
	Name     string `json:"name"`  // 1 to 200 characters
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"` // at most LinkLife after Issued
	ID       string `json:"jti"` // a random id, for the merchant's own log
}

const (
	// LinkPurpose is the only purpose that a sign-in link may have.
	LinkPurpose = "sign-in"
	// LinkLife is the longest time for which a link may be good.
	LinkLife = 10 * time.Minute

	maxToken  = 4096
	clockSkew = time.Minute // between the merchant's clock and the database's
)

var (
	errLinkForged  = errors.New("web: sign-in link: not signed by us or not for this")
	errLinkExpired = errors.New("web: sign-in link: too old")
)

// SignLink makes the token of a sign-in link: GET /sign-in/link?token=…&to=/en/items/1. It is base64url(JSON of the claims), a point,
// and base64url(HMAC-SHA256 of the part before the point), both without padding. It signs whatever the claims say.
func SignLink(secret []byte, claims LinkClaims) (string, error) {
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("web: sign-in link: %w", err)
	}
	part := strict.EncodeToString(body)
	return part + "." + linkSignature(secret, part), nil
}

func linkSignature(secret []byte, part string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(part))
	return strict.EncodeToString(mac.Sum(nil))
}

// openLink checks a token: the signature first, before anything in it is believed.
func openLink(secrets Keys, token string, now time.Time) (LinkClaims, error) {
	var claims LinkClaims
	part, signed, ok := strings.Cut(token, ".")
	if !ok || len(token) > maxToken {
		return claims, errLinkForged
	}
	good := func(secret []byte) bool { return hmac.Equal([]byte(linkSignature(secret, part)), []byte(signed)) }
	if !slices.ContainsFunc(secrets, good) {
		return claims, errLinkForged
	}
	body, err := strict.DecodeString(part)
	if err != nil || json.Unmarshal(body, &claims) != nil || claims.check() != nil {
		return LinkClaims{}, errLinkForged
	}
	issued, expires := time.Unix(claims.Issued, 0), time.Unix(claims.Expires, 0)
	switch {
	case expires.Sub(issued) > LinkLife || !expires.After(issued) || issued.After(now.Add(clockSkew)):
		return LinkClaims{}, errLinkForged
	case !now.Before(expires):
		return LinkClaims{}, errLinkExpired
	}
	return claims, nil
}

// check refuses claims that the tables could not hold.
func (c LinkClaims) check() error {
	switch {
	case c.Purpose != LinkPurpose:
		return errors.New("purpose")
	case c.Customer == "" || utf8.RuneCountInString(c.Customer) > 190 || !login.Plain(c.Customer):
		return errors.New("sub")
	case utf8.RuneCountInString(c.Email) > login.MaxEmail || !login.Plain(c.Email):
		return errors.New("email")
	case strings.TrimSpace(c.Name) == "" || utf8.RuneCountInString(c.Name) > login.MaxName || !login.Plain(c.Name):
		return errors.New("name")
	default:
		return nil
	}
}

// signInByLink signs in a customer whom the merchant's own shop sends. It is the one GET that changes something: links are GETs. It
// is safe to follow twice, and a stranger cannot make one.
func (s *Server) signInByLink(a *reply, r *http.Request) error {
	query, err := wire.ReadQuery(r, "token", "to")
	if err != nil {
		return err
	}
	claims, err := openLink(s.cfg.LinkSecrets, query.Get("token"), s.store.Now())
	switch {
	case errors.Is(err, errLinkExpired):
		v := refused(page.BadLink)
		v.status = http.StatusGone
		return v
	case err != nil:
		return refused(page.BadLink)
	}
	if err := s.writable(); err != nil {
		return err
	}
	a.logs("sign-in by link")
	user, err := s.store.SignInByLink(r.Context(), claims.Customer, claims.Email, strings.TrimSpace(claims.Name), string(languageOf(a, r, query.Get("to"))))
	if err != nil {
		return err
	}
	if user.UserID == nil {
		return errors.New("sign_in_by_link: no user")
	}
	a.outcome = string(user.Outcome)
	s.startSession(a, *user.UserID, strings.TrimSpace(claims.Name))
	s.goOn(a, r, query.Get("to"))
	return nil
}

// languageOf is the language of the page that a link leads to, else the one that the browser asks for.
func languageOf(a *reply, r *http.Request, to string) ui.Lang {
	if first, _, found := strings.Cut(strings.TrimPrefix(wire.OwnPath(to), "/"), "/"); found {
		if lang, ok := ui.ParseLang(first); ok {
			return lang
		}
	}
	return a.language(r)
}

// goOn leads to a page of ours that the caller asked for, else to the front page.
func (s *Server) goOn(a *reply, r *http.Request, to string) {
	if to = wire.OwnPath(to); to == "" {
		to = "/" + string(a.language(r)) + "/"
	}
	a.leave(to)
}
