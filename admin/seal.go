package admin

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"

	"doorbuster/web/wire"
)

// sealer keeps the secrets of second factors from whoever can only read the database.
type sealer struct{ keys []cipher.AEAD }

func newSealer(keys wire.Keys) (sealer, error) {
	seals, err := keys.Seals()
	return sealer{seals}, err
}

// purpose binds a sealed secret to its member: in another's row it cannot be opened.
func purpose(staff uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte("doorbuster second factor"), staff)
}

// seal seals a secret with the newest key.
func (s sealer) seal(staff uint64, secret string) []byte {
	return s.keys[0].Seal(nil, nil, []byte(secret), purpose(staff))
}

var errSealed = errors.New("admin: a second factor was sealed with another key than those of STAFF_KEYS")

// open opens what was sealed with one of the keys.
func (s sealer) open(staff uint64, sealed []byte) (string, error) {
	for _, key := range s.keys {
		if secret, err := key.Open(nil, nil, sealed, purpose(staff)); err == nil {
			return string(secret), nil
		}
	}
	return "", errSealed
}
