package admin

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"doorbuster/store"
)

const (
	sessionLife = 12 * time.Hour   // absolute: after it everybody signs in anew
	halfLife    = 10 * time.Minute // between the password and the code
	storeTime   = 5 * time.Second
)

// What a session holds.
const (
	keyStaff  = "staff"  // number of the member
	keySince  = "since"  // when the stage was reached, in microseconds; of signedIn by the clock of the database
	keyStage  = "stage"  // halfway or signedIn
	keyFrom   = "from"   // of halfway: the member's SessionsFrom when the password was read, in microseconds
	keyTries  = "tries"  // codes that were wrong
	keySecret = "secret" // the sealed secret of an enrolment that is not finished
)

// newSessions is scs.New without its store in memory, which would keep a goroutine running.
func newSessions(s *store.Store, secure bool) *scs.SessionManager {
	name := "db_staff"
	if secure {
		name = "__Host-db_staff"
	}
	return &scs.SessionManager{
		Store: sessionStore{s}, Codec: scs.GobCodec{}, Lifetime: sessionLife,
		Cookie: scs.SessionCookie{
			Name: name, Path: "/", HttpOnly: true, Secure: secure,
			SameSite: http.SameSiteLaxMode, // strict would sign out whoever follows a link in a mail
			Persist:  false,                // the browser forgets it when it is closed
		},
	}
}

// sessionStore keeps sessions in MySQL by the procedures of the console: scs's own store needs rights on a table, which no account of ours has.
type sessionStore struct{ store *store.Store }

// FindCtx returns what a session holds.
func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, err := s.store.FindStaffSession(ctx, sha256.Sum256([]byte(token)))
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx keeps a session.
func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.store.KeepStaffSession(ctx, sha256.Sum256([]byte(token)), data, time.Until(expiry))
}

// DeleteCtx ends a session.
func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.store.EndStaffSession(ctx, sha256.Sum256([]byte(token)))
}

// Find, Commit and Delete are the forms without a context, which scs wants to see and does not call.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	return s.FindCtx(ctx, token)
}

// Commit is CommitCtx without a context.
func (s sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	return s.CommitCtx(ctx, token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s sessionStore) Delete(token string) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	return s.DeleteCtx(ctx, token)
}

// recognise finds out who asks and how far they have signed in. The request that it returns carries the session.
func (s *Server) recognise(a *reply, r *http.Request) (*http.Request, error) {
	token := ""
	if c, err := r.Cookie(s.sessions.Cookie.Name); err == nil {
		token = c.Value
	}
	ctx, err := s.sessions.Load(r.Context(), token)
	if err != nil {
		return r, err
	}
	r = r.WithContext(ctx)
	id := s.sessions.GetInt64(ctx, keyStaff)
	if id <= 0 {
		return r, nil
	}
	member, err := s.store.StaffMember(ctx, uint64(id))
	switch {
	case errors.Is(err, store.ErrNotFound): // disabled meanwhile
		return r, nil
	case err != nil:
		return r, err
	}
	since := time.UnixMicro(s.sessions.GetInt64(ctx, keySince))
	switch stage(s.sessions.GetInt(ctx, keyStage)) {
	case halfway:
		// A password that was right before a reset is not right any more. Compared for being the same one: it needs no clock.
		if time.Since(since) < halfLife && s.sessions.GetInt64(ctx, keyFrom) == member.SessionsFrom.UnixMicro() {
			a.stage, a.member = halfway, member
		}
	case signedIn:
		if !since.Before(member.SessionsFrom) {
			a.stage, a.member = signedIn, member
		}
	}
	return r, nil
}

// comeTo lets a session reach a stage, under a new token: a token that somebody planted beforehand is worth nothing afterwards.
// from goes with halfway: see keyFrom.
func (s *Server) comeTo(a *reply, r *http.Request, st stage, staff uint64, since, from time.Time) error {
	ctx := r.Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, keyStaff, int64(staff))
	s.sessions.Put(ctx, keySince, since.UnixMicro())
	s.sessions.Put(ctx, keyStage, int(st))
	s.sessions.Remove(ctx, keyFrom)
	s.sessions.Remove(ctx, keyTries)
	s.sessions.Remove(ctx, keySecret)
	if st == halfway {
		s.sessions.Put(ctx, keyFrom, from.UnixMicro())
	}
	return s.keep(a, r)
}

// keep writes the session down and sets its cookie. It must come before anything is answered.
func (s *Server) keep(a *reply, r *http.Request) error {
	token, expiry, err := s.sessions.Commit(r.Context())
	if err != nil {
		return err
	}
	s.sessions.WriteSessionCookie(r.Context(), a, token, expiry)
	return nil
}

// forget ends the session of this browser.
func (s *Server) forget(a *reply, r *http.Request) error {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		return err
	}
	s.sessions.WriteSessionCookie(r.Context(), a, "", time.Time{})
	a.stage, a.member = stranger, store.StaffMember{}
	return nil
}
