package localdb

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDebianSources(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string // the text for the suite, or "" when nothing fits
	}{
		{
			"deb822 with a key",
			map[string]string{"sources.list.d/debian.sources": "Types: deb deb-src\n# a comment\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main contrib\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\nTypes: deb\nURIs: http://mirror.test/debian-security\nSuites: bookworm-security\nComponents: main\n"},
			"Types: deb\nURIs: http://mirror.test/debian\nSuites: unstable\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
		},
		{
			"one line",
			map[string]string{"sources.list": "# deb http://old.test/debian stable main\ndeb-src http://src.test/debian bookworm main\ndeb\thttp://mirror.test/debian/ bookworm main non-free # mine\n"},
			"Types: deb\nURIs: http://mirror.test/debian/\nSuites: unstable\nComponents: main\n",
		},
		{
			"one line with options",
			map[string]string{"sources.list.d/a.list": "deb [ arch=amd64,arm64 signed-by=/k/debian.gpg trusted=yes ] https://mirror.test/debian bookworm main\n"},
			"Types: deb\nURIs: https://mirror.test/debian\nSuites: unstable\nComponents: main\nSigned-By: /k/debian.gpg\nTrusted: yes\n",
		},
		{
			"a key inside",
			map[string]string{"sources.list.d/a.sources": "Types: deb\nURIs: http://mirror.test/debian\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n"},
			"Types: deb\nURIs: http://mirror.test/debian\nSuites: unstable\nComponents: main\nSigned-By: \n -----BEGIN\n .\n abc\n",
		},
		{
			"Debian's key before others that call themselves debian",
			map[string]string{
				"sources.list.d/a.list":         "deb http://tools.test/debian stable main\n",
				"sources.list.d/debian.sources": "Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
			},
			"Types: deb\nURIs: http://mirror.test/debian\nSuites: unstable\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
		},
		{
			"a list of mirrors",
			map[string]string{"sources.list.d/a.sources": "Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: bookworm\nComponents: main\n"},
			"Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: unstable\nComponents: main\n",
		},
		{
			"nothing that fits",
			map[string]string{
				"sources.list":            "deb http://mirror.test/ubuntu noble main\ndeb cdrom:[Debian]/debian bookworm main\ndeb http://mirror.test/debian\n",
				"sources.list.d/off":      "deb http://mirror.test/debian bookworm main\n",
				"sources.list.d/x.list.o": "deb http://mirror.test/debian bookworm main\n",
				"sources.list.d/b.sources": "Enabled: no\nTypes: deb\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main\n\n" +
					"Types: deb-src\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main\n",
			},
			"",
		},
		{"no configuration", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			etc := fstest.MapFS{}
			for name, text := range tt.files {
				etc[name] = &fstest.MapFile{Data: []byte(text)}
			}
			got := ""
			if found := debianSources(etc); len(found) > 0 {
				got = found[0].withSuite("unstable")
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestCopyTree(t *testing.T) {
	src, dst := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	content := map[string][]byte{
		"empty":       {},
		"short":       []byte("abc"),
		"sub/hole":    append(bytes.Repeat([]byte{0}, 3*copyBlock), 'x'),
		"sub/zeros":   bytes.Repeat([]byte{0}, 2*copyBlock+5),
		"sub/between": append(append([]byte("a"), make([]byte, 2*copyBlock)...), "b"...),
		"auto.cnf":    []byte("identity"),
	}
	if err := os.Mkdir(filepath.Join(src, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(src, name), text, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("short", filepath.Join(src, "link")); err != nil {
		t.Fatal(err)
	}
	if err := copyTree(t.Context(), src, dst, "auto.cnf"); err != nil {
		t.Fatal(err)
	}
	for name, want := range content {
		got, err := os.ReadFile(filepath.Join(dst, name))
		if name == "auto.cnf" {
			if err == nil {
				t.Error("auto.cnf was copied")
			}
			continue
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d the same; error %v", name, len(got), len(want), err)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := copyTree(cancelled, src, dst+"2"); err == nil {
		t.Error("a cancelled copy goes on")
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	keep := &tail{limit: 10}
	for _, s := range []string{"first ", "second ", strings.Repeat("x", 30), " last"} {
		if n, err := keep.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if got := string(keep.text); got != "xxxxx last" {
		t.Errorf("got %q", got)
	}
}

func TestAccountReaches(t *testing.T) {
	open, closed := t.TempDir(), filepath.Join(t.TempDir(), "closed")
	// t.TempDir's parent is closed to others by itself.
	base, err := os.MkdirTemp("", "reach-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	if err := os.Chmod(base, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	stranger := &account{uid: 54321, gid: 54321}
	me := &account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}
	for _, tt := range []struct {
		who  *account
		path string
		want bool
	}{
		{stranger, base + "/x", true},
		{stranger, open + "/x", false},
		{stranger, closed + "/x", false},
		{stranger, base + "/missing/x", false},
		{me, open + "/x", true},
		{me, closed + "/x", true},
	} {
		if got := tt.who.reaches(tt.path); got != tt.want {
			t.Errorf("account %d reaches %s: %t, want %t", tt.who.uid, tt.path, got, tt.want)
		}
	}
}
