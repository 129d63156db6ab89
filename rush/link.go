package rush

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// linkLife is how long a sign-in link of ours is good for; the shop allows ten minutes at most.
const linkLife = 5 * time.Minute

// linkPayload is the signed part of a sign-in link. The merchant's own shop would send the same.
type linkPayload struct {
	Purpose  string `json:"p"`
	Customer string `json:"sub"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
}

// signLink makes the token for one customer. Each token has a new id, as the shop may take each id once only.
func signLink(secret []byte, customer string, n int, now time.Time) (string, error) {
	body, err := json.Marshal(linkPayload{
		Purpose:  "sign-in",
		Customer: customer,
		Email:    customer + "@shoppers.invalid",
		Name:     fmt.Sprintf("Shopper %d", n+1),
		Issued:   now.Unix(),
		Expires:  now.Add(linkLife).Unix(),
		ID:       uuid.NewString(),
	})
	if err != nil {
		return "", fmt.Errorf("rush: sign-in link: %w", err)
	}
	part := base64.RawURLEncoding.EncodeToString(body)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(part))
	return part + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}
