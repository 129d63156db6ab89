package wire

import (
	"strings"
	"testing"
)

func TestOwnPath(t *testing.T) {
	for to, own := range map[string]bool{
		"/en/": true, "/zh/items/1": true, "/en/items/1?utm_source=a%20b": true, "": false, "/": false, "/en": false, "/fr/": false, "en/": false,
		"//evil.example": false, "//evil.example/en/": false, "/en//evil.example": false, "https://evil.example/en/": false, "/\\evil.example": false,
		"/en/\\evil": false, "/en/../admin": false, "/en/%2e%2e/admin": false, "javascript:alert(1)": false, "/en/\r\nX: y": false, "/en/\x00": false,
		"/en/#x": false, "/%65n/": false, "/en/" + strings.Repeat("a", 500): false, "/sign-in/link?token=x": false,
	} {
		if got := OwnPath(to); (got == to && to != "") != own || (!own && got != "") {
			t.Errorf("OwnPath(%q) = %q", to, got)
		}
	}
}
