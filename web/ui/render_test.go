package ui

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func TestRender(t *testing.T) {
	page := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<p>"+T(ctx, "my_orders"))
		return err
	})
	r := httptest.NewRequestWithContext(With(t.Context(), Zh), http.MethodGet, "/zh/", nil)
	w := httptest.NewRecorder()
	if err := Render(w, r, http.StatusConflict, page); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusConflict || w.Body.String() != "<p>我的订单" || w.Header().Get("Content-Type") != HTML {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	policy := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %q", policy, part)
		}
	}
	for _, word := range []string{"unsafe", "nonce", "*"} {
		if strings.Contains(policy, word) {
			t.Errorf("the policy has %q", word)
		}
	}
	for _, name := range []string{
		"X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy",
		"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
	} {
		if w.Header().Get(name) == "" {
			t.Errorf("%s is missing", name)
		}
	}
	r.Method = http.MethodHead
	w = httptest.NewRecorder()
	if err := Render(w, r, http.StatusOK, page); err != nil || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "0" {
		t.Errorf("HEAD: %v, %d bytes, %v", err, w.Body.Len(), w.Header())
	}
}

// A page that fails half way must leave the answer free for another page.
func TestRenderFails(t *testing.T) {
	broken := errors.New("broken")
	page := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "<p>half")
		return broken
	})
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err := Render(w, r, http.StatusOK, page); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
	if w.Body.Len() != 0 || len(w.Header()) != 0 || w.Flushed {
		t.Errorf("something was sent: %q %v", w.Body, w.Header())
	}
}
