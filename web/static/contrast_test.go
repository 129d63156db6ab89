package static

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

var token = regexp.MustCompile(`--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)`)

// TestContrast computes WCAG 2.2 contrast of every pair of tokens that meet on a page,
// in both schemes: 4.5 for text, 3 for what only has to be seen.
func TestContrast(t *testing.T) {
	tokens := map[string][2]string{}
	for _, m := range token.FindAllStringSubmatch(styleCSS, -1) {
		tokens[m[1]] = [2]string{m[2], m[3]}
	}
	if len(tokens) != 11 {
		t.Fatalf("found %d colour tokens, not 11", len(tokens))
	}
	type pair struct {
		front, back string
		least       float64
	}
	pairs := []pair{{"on-signal", "signal", 4.5}, {"ink-soft", "line", 4.5}, {"paper", "bad", 4.5}, {"ink", "line", 4.5}}
	for _, back := range []string{"paper", "sheet"} {
		for _, front := range []string{"ink", "ink-soft", "signal", "good", "warn", "bad"} {
			pairs = append(pairs, pair{front, back, 4.5})
		}
		pairs = append(pairs, pair{"focus", back, 3})
	}
	for _, p := range pairs {
		for scheme, name := range []string{"light", "dark"} {
			got := contrast(t, tokens[p.front][scheme], tokens[p.back][scheme])
			if got < p.least {
				t.Errorf("%s on %s in %s: %.2f, less than %.1f", p.front, p.back, name, got, p.least)
			}
		}
	}
}

var (
	ownColour = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|light-dark)\(`)
	usedToken = regexp.MustCompile(`var\(--([\w-]+)`)
	anyToken  = regexp.MustCompile(`--([\w-]+):`)
)

// The console brings no colour of its own: it has those whose contrast is computed above, and asks for none that is not there.
func TestConsoleHasTheShopsColours(t *testing.T) {
	if found := ownColour.FindAllString(consoleCSS+roomCSS, -1); found != nil {
		t.Errorf("console.css or room.css has colours of its own: %q", found)
	}
	known := map[string]bool{}
	for _, m := range anyToken.FindAllStringSubmatch(styleCSS, -1) {
		known[m[1]] = true
	}
	for _, m := range usedToken.FindAllStringSubmatch(consoleCSS+roomCSS, -1) {
		if !known[m[1]] {
			t.Errorf("console.css or room.css uses --%s, which style.css does not set", m[1])
		}
	}
}

func TestContrastOfKnownColours(t *testing.T) {
	if got := contrast(t, "000000", "ffffff"); math.Abs(got-21) > 0.001 {
		t.Errorf("black on white is %.3f, not 21", got)
	}
	if got := contrast(t, "777777", "ffffff"); math.Abs(got-4.48) > 0.01 {
		t.Errorf("#777 on white is %.3f, not 4.48", got)
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	linear := func(channel uint64) float64 {
		c := float64(channel) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8&255) + 0.0722*linear(n&255)
}
