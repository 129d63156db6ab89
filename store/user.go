package store

import (
	"context"

	"github.com/go-sql-driver/mysql"
)

// SignedUser is the answer to SignUp and SignInByLink.
type SignedUser struct {
	Outcome Outcome `db:"outcome"`
	UserID  *uint64 `db:"user_id"` // nil when EmailTaken
}

// SignUp makes a shopper with e-mail (lower case), the language of mails (en or zh) and the argon2id hash of a password.
// Outcomes: EmailTaken, Created.
func (s *Store) SignUp(ctx context.Context, email, name, language, passwordPHC string) (SignedUser, error) {
	var u SignedUser
	err := s.pages.get(ctx, &u, "sign_up", "CALL sign_up(?, ?, ?, ?)", email, name, language, passwordPHC)
	return u, err
}

// SignInByLink finds or makes the shopper whom a verified sign-in link names; language (en or zh) is that of mails from now on.
// Outcomes: Known, Created.
func (s *Store) SignInByLink(ctx context.Context, customerRef, email, name, language string) (SignedUser, error) {
	var u SignedUser
	err := s.pages.get(ctx, &u, "sign_in_by_link", "CALL sign_in_by_link(?, ?, ?, ?)", customerRef, email, name, language)
	return u, err
}

// Login is what is needed to check a password.
type Login struct {
	UserID      uint64 `db:"user_id"`
	Name        string `db:"name"`
	Language    string `db:"language"` // of mails: en or zh
	PasswordPHC string `db:"password_phc"`
}

// Login returns the login of an e-mail (lower case), ErrNotFound if there is none.
func (s *Store) Login(ctx context.Context, email string) (Login, error) {
	var l Login
	err := s.pages.get(ctx, &l, "show_login", "CALL show_login(?)", email)
	return l, err
}

// SetLanguage lets mails to user follow the language of the pages: en or zh.
// Outcomes: NoSuchUser, Set.
func (s *Store) SetLanguage(ctx context.Context, user uint64, language string) (Outcome, error) {
	var o Outcome
	err := s.pages.get(ctx, &o, "set_language", "CALL set_language(?, ?)", user, language)
	return o, err
}

// SignOutEverywhere voids every session of user issued before now, on all nodes within a second.
// Outcomes: NoSuchUser, SignedOut.
func (s *Store) SignOutEverywhere(ctx context.Context, user uint64) (Outcome, error) {
	defer s.live.wake()
	var o Outcome
	err := s.pages.get(ctx, &o, "sign_out_everywhere", "CALL sign_out_everywhere(?)", user)
	return o, err
}

// AccountDSN returns dsn with another account: the address, options and database stay. dsn is a go-sql-driver address.
func AccountDSN(dsn, account, password string) (string, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "", err
	}
	cfg.User, cfg.Passwd = account, password
	return cfg.FormatDSN(), nil
}
