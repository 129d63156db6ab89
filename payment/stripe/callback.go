package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/stripe/stripe-go/v85/webhook"

	"doorbuster/payment"
)

// tolerance is how old a signed callback may be. A recorded one that is sent again is only another bell, but need not be one for ever.
const tolerance = 5 * time.Minute

// Callback implements payment.Provider. Events of sessions, intents and charges carry the payment's number in their metadata; others, and
// those of other programs on the same account, are about none of the shop's payments. The version of Stripe's API that the endpoint was set
// up with does not matter, because nothing but the number is read.
func (p *Provider) Callback(header http.Header, body []byte) (uuid.UUID, error) {
	event, err := webhook.ConstructEventWithOptions(body, header.Get("Stripe-Signature"), p.secret, webhook.ConstructEventOptions{
		Tolerance: tolerance, IgnoreAPIVersionMismatch: true,
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("%w: %w", payment.ErrForged, err)
	}
	var object struct {
		Metadata map[string]string `json:"metadata"`
	}
	if event.Data == nil || json.Unmarshal(event.Data.Raw, &object) != nil {
		return uuid.Nil, nil
	}
	id, err := uuid.Parse(object.Metadata[metadataKey])
	if err != nil {
		return uuid.Nil, nil
	}
	return id, nil
}
