package web

import (
	"time"

	"github.com/google/uuid"
)

// What a shopper's browser carries, made from the shop's own keys: for load generators that play a crowd whose members have signed in
// and asked for their passes before the clock starts. Whoever has the keys could do this anyway.

// SessionCookie is the cookie ("name=value") of a shopper who signed in at issued (the database's clock) over plain http.
func SessionCookie(keys Keys, user uint64, name string, issued time.Time) (string, error) {
	sealer, err := newSealer(keys)
	if err != nil {
		return "", err
	}
	s := Server{sessions: sealer}
	return s.sessionCookie() + "=" + sealer.seal(session{user: user, issued: issued, name: name}), nil
}

// PassText is the purchase pass of a shopper for an item, with the number that the order will have, issued at a time of the database's
// clock that must not be in its future.
func PassText(keys Keys, user, item uint64, order uuid.UUID, issued time.Time) string {
	return newPasses(keys).seal(pass{user: user, item: item, order: order, issued: issued})
}
