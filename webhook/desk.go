package webhook

import "doorbuster/store"

// Desk is what the console needs to show and change webhooks (admin.Webhooks).
type Desk struct{}

// CheckURL says whether an address may be told of events: https only, because what stands in a message concerns shoppers. Who wants plain http adds it at
// the command line, where the networks that allow it are known.
func (Desk) CheckURL(text string) error { return CheckURL(text, false) }

// NewSecret makes a secret to sign with.
func (Desk) NewSecret() string { return NewSecret() }

// Body is the message of an event, byte for byte as it is posted.
func (Desk) Body(e store.Event) ([]byte, error) { return bodyOf(e) }
