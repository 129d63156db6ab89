package store

import (
	"context"
	"time"
)

// TeamMember is a member of staff as an owner sees them. Times are UTC.
type TeamMember struct {
	ID              uint64     `db:"id"`
	Email           string     `db:"email"`
	Name            string     `db:"name"`
	Role            Role       `db:"role"`
	State           string     `db:"state"` // invited, active or disabled
	HasSecondFactor bool       `db:"has_second_factor"`
	CodesLeft       int        `db:"codes_left"`    // recovery codes that were not used
	SignedInAt      *time.Time `db:"signed_in_at"`  // the last time; nil: never
	InvitedUntil    *time.Time `db:"invited_until"` // how long the link holds; nil: there is none
	LinkHolds       bool       `db:"link_holds"`    // by the database's clock
	CreatedAt       time.Time  `db:"created_at"`
	ChangedAt       time.Time  `db:"changed_at"` // role, state, password or second factor
}

// ListTeam returns the members of by's shop with a number above after (0: the first page), at most limit, in the order in which they were invited. Who may not
// change the team sees none.
func (s *Store) ListTeam(ctx context.Context, by Actor, after uint64, limit int) ([]TeamMember, error) {
	var all []TeamMember
	err := s.staff.list(ctx, &all, "list_team", "CALL list_team(?, ?, ?)", by.staffID(), after, limit)
	return all, err
}

// TeamMember returns one member of by's shop, or ErrNotFound.
func (s *Store) TeamMember(ctx context.Context, by Actor, member uint64) (TeamMember, error) {
	var m TeamMember
	err := s.staff.get(ctx, &m, "show_team_member", "CALL show_team_member(?, ?)", by.staffID(), member)
	return m, err
}

// ChangeStaffRole changes what a member may do, from the member's next request on.
// Outcomes: NotAllowed, NoSuchStaff, Yourself, Repeated, LastOwner, Set.
func (s *Store) ChangeStaffRole(ctx context.Context, by Actor, member uint64, role Role, reason string) (Outcome, error) {
	var o Outcome
	err := s.staff.get(ctx, &o, "change_staff_role", "CALL change_staff_role(?, ?, ?, ?, ?)", by.staffID(), by.name, member, string(role), reason)
	return o, err
}

// DisableStaff keeps a member out, from the member's next request on, in every browser.
// Outcomes: NotAllowed, NoSuchStaff, Yourself, Repeated, LastOwner, Disabled.
func (s *Store) DisableStaff(ctx context.Context, by Actor, member uint64, reason string) (Outcome, error) {
	var o Outcome
	err := s.staff.get(ctx, &o, "disable_staff", "CALL disable_staff(?, ?, ?, ?)", by.staffID(), by.name, member, reason)
	return o, err
}

// EnableStaff lets a disabled member in again. Who had no password yet is invited and needs a new link (ResetStaff).
// Outcomes: NotAllowed, NoSuchStaff, Repeated, Enabled.
func (s *Store) EnableStaff(ctx context.Context, by Actor, member uint64, reason string) (Outcome, error) {
	var r struct {
		Outcome Outcome `db:"outcome"`
		State   *string `db:"state"`
	}
	err := s.staff.get(ctx, &r, "enable_staff", "CALL enable_staff(?, ?, ?, ?)", by.staffID(), by.name, member, reason)
	return r.Outcome, err
}
