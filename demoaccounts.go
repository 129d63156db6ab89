package main

import (
	"context"
	"errors"
	"fmt"

	"doorbuster/admin"
	"doorbuster/store"
	"doorbuster/web/login"
)

// makeAccounts makes the accounts whose password the demo prints: a shopper's and the owner's. An earlier run may have made them.
func (d *demoShop) makeAccounts(ctx context.Context, s *store.Store) error {
	hash, err := login.Hash(ctx, demoPassword)
	if err != nil {
		return err
	}
	if _, err := s.SignUp(ctx, demoEmail, "Demo Shopper", "en", hash); err != nil {
		return err
	}
	_, err = s.StaffLogin(ctx, demoOwner)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	_, tokenHash := admin.NewInvitation() // nobody follows this one
	invited, err := s.InviteStaff(ctx, store.Operator("demo"), store.Invitation{ShopID: 1, Email: demoOwner, Name: "Demo Owner", Role: store.RoleOwner}, tokenHash, admin.InvitationLife)
	if err != nil {
		return err
	}
	joined, err := s.AcceptInvitation(ctx, tokenHash, hash)
	if err != nil {
		return err
	}
	if joined.StaffID == nil {
		return fmt.Errorf("the demo's owner: %s, %s", invited.Outcome, joined.Outcome)
	}
	keys, err := parseKeys(d.secrets.StaffKey)
	if err != nil {
		return err
	}
	_, err = admin.Config{Store: s, Keys: keys}.Enrol(ctx, *joined.StaffID, d.secrets.StaffTOTP)
	return err
}
