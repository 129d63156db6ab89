package front

import (
	"bytes"
	"net/http"

	"github.com/google/uuid"

	"doorbuster/bench/load"
)

// Classes of answers that carry no outcome of their own.
const (
	Empty   load.Class = "empty"    // 204 without a body
	OK      load.Class = "ok"       // a page or other data
	Limited load.Class = "limited"  // refused by a limit: no run should see one
	Failed             = load.Error // anything else, such as a fault of the server
)

// outcomes are the words that the answers to a press may hold. A word that is not among them is an error: the figures must not gain a
// class that nobody looks at.
var outcomes = []load.Class{
	"placed", "exists", "sold_out", "already_ordered", "busy", "unknown", "too_late", "not_enough", "over_limit", "not_open", "over",
	"paused", "key_reused", "no_such_item", "bad_units", "bad_request", "bad_pass", "pass_expired", "sign_in_needed", "not_allowed",
	"not_found", "wrong_method", "wrong_type", "too_large",
}

// Class sorts an answer by its outcome. It allocates nothing.
func Class(status int, body []byte) load.Class {
	if status == http.StatusTooManyRequests { // its word is "busy"
		return Limited
	}
	if word, ok := member(body, `"outcome":"`); ok {
		for _, class := range outcomes {
			if class == string(word) {
				return class
			}
		}
		return Failed
	}
	switch {
	case status == http.StatusNoContent:
		return Empty
	case status == http.StatusCreated:
		return "placed"
	case status >= http.StatusOK && status < http.StatusMultipleChoices:
		return OK
	default:
		return Failed
	}
}

// OrderOf reads the number of the order that an answer to a press names.
func OrderOf(body []byte) (uuid.UUID, bool) {
	text, ok := member(body, `"order":"`)
	if !ok {
		return uuid.Nil, false
	}
	id, err := uuid.ParseBytes(text)
	return id, err == nil
}

// member finds the text behind a name in a flat JSON object of ours: our words and ids need no escapes. What does not begin as an
// object has no members: a page may hold anything.
func member(body []byte, name string) ([]byte, bool) {
	if len(body) == 0 || body[0] != '{' {
		return nil, false
	}
	for at := 1; at < len(body); {
		if bytes.HasPrefix(body[at:], []byte(name)) {
			text, _, closed := bytes.Cut(body[at+len(name):], []byte{'"'})
			return text, closed
		}
		next := bytes.IndexByte(body[at:], ',')
		if next < 0 {
			break
		}
		at += next + 1
	}
	return nil, false
}
