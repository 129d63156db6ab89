package wire

import (
	"strings"
	"testing"
)

func FuzzForm(f *testing.F) {
	for _, seed := range []string{"units=1", "units=1&pass=x", "units=1&units=1", "a=b", "%zz", "units=1;pass=x", "&&&", "units=%31", strings.Repeat("a=1&", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := values(text, func(name string) bool { return name == "units" || name == "pass" })
		if err != nil {
			return
		}
		for name, all := range got {
			if (name != "units" && name != "pass") || len(all) != 1 {
				t.Fatalf("%q was taken with %q=%q", text, name, all)
			}
		}
	})
}

func FuzzOwnPath(f *testing.F) {
	for _, seed := range []string{"/en/", "/zh/items/1?a=b", "//evil", "/en//evil", "/en/../x", `/en/\evil`, "https://evil/en/", "/en/%0d%0aX: y", "/en/\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, to string) {
		got := OwnPath(to)
		if got == "" {
			return
		}
		if got != to || !(strings.HasPrefix(got, "/en/") || strings.HasPrefix(got, "/zh/")) || strings.ContainsAny(got, "\\\r\n\t ") || strings.Contains(got, "/..") && strings.Contains(got, "/../") {
			t.Fatalf("OwnPath(%q) = %q", to, got)
		}
	})
}
