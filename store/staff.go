package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Role says what a member of staff may do; sql/procedures/check_staff.sql has the table.
type Role string

// The roles, from the one that may most.
const (
	RoleOwner    Role = "owner"    // everything
	RoleMerchant Role = "merchant" // everything but the team and its log
	RoleViewer   Role = "viewer"   // looks
	RoleAuditor  Role = "auditor"  // looks, and reads the activity log
)

// Roles are all roles, in the order in which a page offers them.
var Roles = []Role{RoleOwner, RoleMerchant, RoleViewer, RoleAuditor}

// Invitation says who is invited to which shop's staff.
type Invitation struct {
	ShopID uint64 `db:"shop_id"` // given by an operator; a member invites into the own shop, whatever stands here
	Email  string `db:"email"`   // lower case
	Name   string `db:"name"`    // at most 80 characters
	Role   Role   `db:"role"`
}

// InvitedStaff is the answer to InviteStaff and AcceptInvitation.
type InvitedStaff struct {
	Outcome Outcome `db:"outcome"`
	StaffID *uint64 `db:"staff_id"` // nil unless Invited or Joined
}

// InviteStaff lets somebody join by a link that holds for lasts (whole seconds). tokenHash is the SHA-256 of the secret in the link, which only the mail
// has. Whoever was invited before gets the new name, role and link.
// Outcomes: NotAllowed, EmailTaken, Invited.
func (s *Store) InviteStaff(ctx context.Context, by Actor, n Invitation, tokenHash [32]byte, lasts time.Duration) (InvitedStaff, error) {
	var i InvitedStaff
	err := s.staff.get(ctx, &i, "invite_staff", "CALL invite_staff(?, ?, ?, ?, ?, ?, ?, ?)",
		by.staffID(), by.name, n.ShopID, n.Email, n.Name, string(n.Role), tokenHash[:], int64(lasts/time.Second))
	return i, err
}

// ResetStaff lets the member with an e-mail (lower case) set password and second factor anew by a link that lasts so long; every session of the member ends.
// Outcomes: NotAllowed, NoSuchStaff, Yourself, Invited.
func (s *Store) ResetStaff(ctx context.Context, by Actor, email string, tokenHash [32]byte, lasts time.Duration, reason string) (InvitedStaff, error) {
	var i InvitedStaff
	err := s.staff.get(ctx, &i, "reset_staff", "CALL reset_staff(?, ?, ?, ?, ?, ?)", by.staffID(), by.name, email, tokenHash[:], int64(lasts/time.Second), reason)
	return i, err
}

// Invitation returns whom a link invites, ErrNotFound if there is no such link, or it was used, replaced, or has run out.
func (s *Store) Invitation(ctx context.Context, tokenHash [32]byte) (Invitation, error) {
	var i Invitation
	err := s.staff.get(ctx, &i, "show_invitation", "CALL show_invitation(?)", tokenHash[:])
	return i, err
}

// AcceptInvitation makes a member of whoever holds the link, with the argon2id hash of a password. The link is used up.
// Outcomes: NoSuchInvitation, Joined.
func (s *Store) AcceptInvitation(ctx context.Context, tokenHash [32]byte, passwordPHC string) (InvitedStaff, error) {
	var i InvitedStaff
	err := s.staff.get(ctx, &i, "accept_invitation", "CALL accept_invitation(?, ?)", tokenHash[:], passwordPHC)
	return i, err
}

// StaffLogin is what is needed to check a member's password.
type StaffLogin struct {
	StaffID      uint64    `db:"staff_id"`
	PasswordPHC  string    `db:"password_phc"`
	SessionsFrom time.Time `db:"sessions_from"` // as in StaffMember, read together with the password
}

// StaffLogin returns the login of an e-mail (lower case), ErrNotFound if no active member has it.
func (s *Store) StaffLogin(ctx context.Context, email string) (StaffLogin, error) {
	var l StaffLogin
	err := s.staff.get(ctx, &l, "show_staff_login", "CALL show_staff_login(?)", email)
	return l, err
}

// StaffMember is an active member of staff.
type StaffMember struct {
	ID           uint64    `db:"id"`
	ShopID       uint64    `db:"shop_id"`
	Email        string    `db:"email"`
	Name         string    `db:"name"`
	Role         Role      `db:"role"`
	TOTPSecret   []byte    `db:"totp_secret"`   // sealed by the console; nil: no second factor yet
	CodesLeft    int       `db:"codes_left"`    // recovery codes that were not used
	SessionsFrom time.Time `db:"sessions_from"` // sessions begun before it are void
}

// StaffMember returns a member, ErrNotFound if there is no active one of this number: each request of the console asks, so who is disabled is out at once.
func (s *Store) StaffMember(ctx context.Context, staff uint64) (StaffMember, error) {
	var m StaffMember
	err := s.staff.get(ctx, &m, "show_staff", "CALL show_staff(?)", staff)
	return m, err
}

// StaffSignIn is the answer to EnrolTOTP, UseTOTPStep and UseRecoveryCode.
type StaffSignIn struct {
	Outcome    Outcome    `db:"outcome"`
	SignedInAt *time.Time `db:"signed_in_at"` // by the database's clock: when the session began; nil unless Enrolled or Used
	CodesLeft  int        `db:"codes_left"`   // told by UseRecoveryCode only, when Used
}

// EnrolTOTP sets a member's second factor, once. sealed is its secret, step the time step of the code that proved it, codes the SHA-256 of 1 to 20 recovery
// codes, which replace any older ones.
// Outcomes: NoSuchStaff, AlreadyEnrolled, Enrolled.
func (s *Store) EnrolTOTP(ctx context.Context, staff uint64, sealed []byte, step uint64, codes [][32]byte) (StaffSignIn, error) {
	hashes := make([]string, len(codes))
	for i := range codes {
		hashes[i] = hex.EncodeToString(codes[i][:])
	}
	list, err := json.Marshal(hashes)
	if err != nil {
		return StaffSignIn{}, fmt.Errorf("enrol_totp: %w", err)
	}
	var in StaffSignIn
	err = s.staff.get(ctx, &in, "enrol_totp", "CALL enrol_totp(?, ?, ?, ?)", staff, sealed, step, string(list))
	return in, err
}

// UseTOTPStep signs a member in with a code of the second factor that the console has checked. A code of each time step is taken once.
// Outcomes: NoSuchStaff, Replayed, Used.
func (s *Store) UseTOTPStep(ctx context.Context, staff, step uint64) (StaffSignIn, error) {
	var in StaffSignIn
	err := s.staff.get(ctx, &in, "use_totp_step", "CALL use_totp_step(?, ?)", staff, step)
	return in, err
}

// UseRecoveryCode signs a member in with a recovery code, of which codeHash is the SHA-256. Each is taken once.
// Outcomes: NoSuchCode, Used.
func (s *Store) UseRecoveryCode(ctx context.Context, staff uint64, codeHash [32]byte) (StaffSignIn, error) {
	var in StaffSignIn
	err := s.staff.get(ctx, &in, "use_recovery_code", "CALL use_recovery_code(?, ?)", staff, codeHash[:])
	return in, err
}

// SignOutStaff voids every session of a member begun before now.
// Outcomes: NoSuchStaff, SignedOut.
func (s *Store) SignOutStaff(ctx context.Context, staff uint64) (Outcome, error) {
	var o Outcome
	err := s.staff.get(ctx, &o, "sign_out_staff", "CALL sign_out_staff(?)", staff)
	return o, err
}

// FindStaffSession returns what KeepStaffSession kept, ErrNotFound if there is nothing or it has ended. tokenHash is the SHA-256 of the token in the cookie.
func (s *Store) FindStaffSession(ctx context.Context, tokenHash [32]byte) ([]byte, error) {
	var data []byte
	err := s.staff.get(ctx, &data, "find_staff_session", "CALL find_staff_session(?)", tokenHash[:])
	return data, err
}

// KeepStaffSession keeps data (at most 4000 bytes) of a browser for lasts (whole seconds) from now, in place of what was kept of it before.
func (s *Store) KeepStaffSession(ctx context.Context, tokenHash [32]byte, data []byte, lasts time.Duration) error {
	var o Outcome // Set, always
	return s.staff.get(ctx, &o, "keep_staff_session", "CALL keep_staff_session(?, ?, ?)", tokenHash[:], data, int64(lasts/time.Second))
}

// EndStaffSession forgets what was kept of a browser, if anything.
func (s *Store) EndStaffSession(ctx context.Context, tokenHash [32]byte) error {
	var o Outcome // Set, always
	return s.staff.get(ctx, &o, "end_staff_session", "CALL end_staff_session(?)", tokenHash[:])
}
