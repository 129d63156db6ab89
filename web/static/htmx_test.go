package static

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChecksums holds the files of htmx to the manifest of their checksums: nobody mends one by hand. That they are those of the package, as its lock has it, is proved where it is
// installed: testdata/browser/htmx.test.mjs.
func TestChecksums(t *testing.T) {
	files, err := filepath.Glob("htmx/*")
	if err != nil {
		t.Fatal(err)
	}
	var sums strings.Builder
	for _, path := range files {
		if filepath.Base(path) == "SHA256SUMS" {
			continue
		}
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(body), filepath.Base(path))
	}
	want, err := os.ReadFile("htmx/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	if sums.String() != string(want) {
		t.Errorf("the files of htmx are not those of its manifest: run make vendor\n%s", sums.String())
	}
}
