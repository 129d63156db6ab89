package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
)

// Keys are secrets for rotation: the first is used for what is made now, all are taken for what comes in. One or two keys,
// at least 32 bytes each. They print as nothing.
type Keys [][]byte

// String hides the keys from logs.
func (Keys) String() string { return "(keys)" }

// GoString hides the keys from %#v.
func (Keys) GoString() string { return "(keys)" }

// minKey is the least length of a key in bytes.
const minKey = 32

// Check says what is wrong with the keys called what.
func (k Keys) Check(what string) error {
	if len(k) < 1 || len(k) > 2 {
		return fmt.Errorf("%s: %d keys, must be one or two", what, len(k))
	}
	for i, key := range k {
		if len(key) < minKey {
			return fmt.Errorf("%s: key %d has %d bytes, at least %d are needed", what, i+1, len(key), minKey)
		}
	}
	return nil
}

// Seals makes what seals and opens with each key: AES-256-GCM, the random nonce of 12 bytes in front of what it seals. So a key must not seal more
// than 2^32 texts (NIST SP 800-38D, 8.3).
func (k Keys) Seals() ([]cipher.AEAD, error) {
	var seals []cipher.AEAD
	for _, key := range k {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		seal, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		seals = append(seals, seal)
	}
	return seals, nil
}
