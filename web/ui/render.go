package ui

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
)

// HTML is the content type of every page.
const HTML = "text/html; charset=utf-8"

// ContentPolicy lets a page load its own stylesheet, script and pictures, pictures over https
// because imported catalogues name their shop's image host, talk and post to this
// shop, and nothing else. Nothing inline runs, so cached pages need no nonce.
const ContentPolicy = loadPolicy + "form-action 'self'" + framePolicy

// PayPolicy is ContentPolicy for a page whose form leads on to a payment provider: browsers hold form-action against redirects too.
const PayPolicy = loadPolicy + "form-action 'self' https:" + framePolicy

const (
	loadPolicy  = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; "
	framePolicy = "; base-uri 'none'; frame-ancestors 'none'"
)

// SecurityHeaders sets what every page of one shopper must carry. Pages for everybody do with the policy and nosniff: there is nothing in them
// to be stolen, and their headers are most of what an answer from memory costs. Where a link leads to learns the shop's name at most
// (meta referrer in Layout).
// Caching is the caller's: only it knows whether a page belongs to one shopper. So is PayPolicy, set before.
func SecurityHeaders(h http.Header) {
	if h.Get("Content-Security-Policy") != PayPolicy {
		h.Set("Content-Security-Policy", ContentPolicy)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// RenderBytes renders a page for keeping. The context carries the language. A client
// that went away is no reason to fail: rendering takes microseconds, and a failure
// would be logged as ours.
func RenderBytes(ctx context.Context, c templ.Component) ([]byte, error) {
	var buffer bytes.Buffer
	if err := c.Render(context.WithoutCancel(ctx), &buffer); err != nil {
		return nil, fmt.Errorf("ui: render: %w", err)
	}
	return buffer.Bytes(), nil
}

// Render sends a page. It renders into memory first, so a page that fails leaves the
// answer untouched: the error comes back and the caller can still send another page.
// A client that went away while being written to is no error: nobody is left to tell.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	body, err := RenderBytes(r.Context(), c)
	if err != nil {
		return err
	}
	h := w.Header()
	SecurityHeaders(h)
	h.Set("Content-Type", HTML)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return nil
}
