package figures

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sizes in the units of the picture. Text is 14 units high and about charWidth wide per character; the browser picks the font, so
// this is an estimate with some room.
const (
	svgWidth    = 960
	svgMargin   = 28
	charWidth   = 7.6
	svgTicks    = 4
	maxHeading  = 84  // characters of a heading that fit into the width
	maxSubtitle = 118 // and of the smaller line under it
)

// svgStyle has the colours of the shop's pages and of the picture of a rush, light and dark.
const svgStyle = `
.paper{fill:#faf8f4}.ink{fill:#16181d}.soft{fill:#565b66}.line{stroke:#ddd8cd}.axis{stroke:#565b66}.range{stroke:#16181d}.bar{fill:#b9b3a6}
.ours,.t0{fill:#b93a0b}.t1{fill:#17663a}.t2{fill:#1d5a9c}.t3{fill:#7a3d94}.t4{fill:#565b66}
.s0{stroke:#b93a0b}.s1{stroke:#17663a}.s2{stroke:#1d5a9c}.s3{stroke:#7a3d94}.s4{stroke:#565b66}
@media (prefers-color-scheme:dark){
.paper{fill:#131519}.ink{fill:#f1efe9}.soft{fill:#a9aebb}.line{stroke:#31353e}.axis{stroke:#a9aebb}.range{stroke:#f1efe9}.bar{fill:#555b67}
.ours,.t0{fill:#ff9a5c}.t1{fill:#7fd8a0}.t2{fill:#8fbdf2}.t3{fill:#d3a4e8}.t4{fill:#a9aebb}
.s0{stroke:#ff9a5c}.s1{stroke:#7fd8a0}.s2{stroke:#8fbdf2}.s3{stroke:#d3a4e8}.s4{stroke:#a9aebb}}
text{font:14px system-ui,-apple-system,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}.h{font-size:20px;font-weight:600}
`

// canvas collects an SVG.
type canvas struct{ strings.Builder }

func (c *canvas) add(format string, args ...any) {
	_, _ = fmt.Fprintf(&c.Builder, format+"\n", args...) // a Builder takes everything
}

// open begins a picture with its heading; desc says in words what the picture shows.
func (c *canvas) open(height float64, title, subtitle, desc string) {
	c.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %s" role="img" aria-labelledby="t d">`, svgWidth, coord(height))
	c.add(`<title id="t">%s</title>`, escape(title))
	c.add(`<desc id="d">%s</desc>`, escape(desc))
	c.add(`<style>%s</style>`, svgStyle)
	c.add(`<rect class="paper" width="%d" height="%s"/>`, svgWidth, coord(height))
	c.text(svgMargin, 40, "ink h", "start", clip(title, maxHeading))
	c.text(svgMargin, 64, "soft", "start", clip(subtitle, maxSubtitle))
}

func (c *canvas) close() []byte {
	c.add(`</svg>`)
	return []byte(c.String())
}

func (c *canvas) text(x, y float64, class, anchor, s string) {
	if s != "" {
		c.add(`<text x="%s" y="%s" class="%s" text-anchor="%s">%s</text>`, coord(x), coord(y), class, anchor, escape(s))
	}
}

func (c *canvas) stroke(class string, x1, y1, x2, y2 float64) {
	c.add(`<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, coord(x1), coord(y1), coord(x2), coord(y2))
}

// ceiling is the least round number at or above v whose quarters can be written on an axis.
func ceiling(v float64) float64 {
	if v <= 0 || !finite(v) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 3, 4, 5, 6, 8} {
		if v <= m*power*(1+1e-9) { // the power may be a hair too small
			return m * power
		}
	}
	return 10 * power
}

// plain is a value that can be drawn: a picture has no place for NaN.
func plain(v float64) float64 {
	if !finite(v) || v < 0 {
		return 0
	}
	return v
}

func coord(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// clip shortens a text to n characters.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:n-1])) + "…"
}

// room is the width that the longest of some texts takes.
func room(texts []string) float64 {
	longest := 0
	for _, s := range texts {
		longest = max(longest, utf8.RuneCountInString(s))
	}
	return float64(longest) * charWidth
}
