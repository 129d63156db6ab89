package main

import (
	"regexp"
	"strings"
	"testing"
)

var skipCall = regexp.MustCompile(`\bt\.(Skip|Skipf|SkipNow)\(`)

// ownReasons are the files whose skips have another reason than -short, and the reason.
var ownReasons = map[string]string{
	"store/model_steps_test.go":    "a step of rapid that cannot be taken now: it chooses another",
	"store/model_test.go":          "likewise",
	"store/sqltest_client_test.go": "the plain client may be missing on a developer's machine; with CI=true that is a failure",
	"web/page/golden_test.go":      "shows pages to people who ask for it with a flag",
}

// No test is left out where it counts: what -short leaves out runs in the commands that prove the promises, because none of them says
// -short or names the tests to run.
func TestTidySkips(t *testing.T) {
	t.Parallel()
	for _, file := range tracked(t, "_test.go") {
		if file == "tidy_skip_test.go" {
			continue
		}
		lines := strings.Split(read(t, file), "\n")
		skips := 0
		for i, line := range lines {
			if !skipCall.MatchString(line) {
				continue
			}
			skips++
			if _, own := ownReasons[file]; !own && !strings.Contains(lines[max(0, i-1)], "testing.Short()") {
				t.Errorf("%s:%d: a skip that is not one of -short", file, i+1)
			}
		}
		if _, own := ownReasons[file]; own && skips == 0 {
			t.Errorf("%s skips nothing any more: take it from the list", file)
		}
	}
	ci, makefile := read(t, ".ci/run"), read(t, "Makefile")
	for _, target := range []string{"test", "test-mysql"} {
		if !regexp.MustCompile(`(?m)^\s*(\d\) )?make ` + target + `( ;;)?$`).MatchString(ci) {
			t.Errorf(".ci/run does not make %s", target)
		}
		_, recipe, found := strings.Cut(makefile, "\n"+target+": ")
		recipe, _, _ = strings.Cut(recipe, "\n\n")
		if !found || !strings.Contains(recipe, "test ") || regexp.MustCompile(`\s-(short|run|skip)\b`).MatchString(recipe) {
			t.Errorf("make %s does not run every test: %s", target, recipe)
		}
	}
	if strings.Contains(ci, "-short") || !strings.Contains(ci, "export CI=true") {
		t.Error(".ci/run leaves tests out")
	}
}
