package localdb

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
)

// aptSource is one entry of apt's configuration, as far as it matters here.
type aptSource struct {
	types, uris, suites, components []string
	// signedBy is the value of Signed-By as written: paths of keys, or a whole
	// key in lines that begin with a space.
	signedBy string
	trusted  string
	disabled bool
}

// debianSources returns the entries of a machine's apt configuration that look
// like Debian's main archive, the most trustworthy first. etc is /etc/apt.
// Entries that cannot be read are passed over: apt itself complains about them.
func debianSources(etc fs.FS) []aptSource {
	var all []aptSource
	if text, err := fs.ReadFile(etc, "sources.list"); err == nil {
		all = parseOneLine(text)
	}
	files, _ := fs.ReadDir(etc, "sources.list.d")
	for _, f := range files {
		text, err := fs.ReadFile(etc, path.Join("sources.list.d", f.Name()))
		if err != nil {
			continue
		}
		switch path.Ext(f.Name()) {
		case ".list":
			all = append(all, parseOneLine(text)...)
		case ".sources":
			all = append(all, parseDeb822(text)...)
		}
	}
	var debian []aptSource
	for _, s := range all {
		if s.isDebian() {
			debian = append(debian, s)
		}
	}
	// Others also call their archive "debian". Debian's own key tells them apart.
	slices.SortStableFunc(debian, func(a, b aptSource) int {
		return b.trust() - a.trust()
	})
	return debian
}

// trust is greater for entries that say they are signed by Debian.
func (s aptSource) trust() int {
	if strings.Contains(s.signedBy, "debian-archive") {
		return 1
	}
	return 0
}

// isDebian says whether the entry is a binary archive named "debian" with the
// component main, and not the one for security fixes, which has no other suites.
func (s aptSource) isDebian() bool {
	security := func(suite string) bool { return strings.Contains(suite, "security") }
	return !s.disabled && slices.Contains(s.types, "deb") && slices.Contains(s.components, "main") &&
		s.mirror() != "" && !slices.ContainsFunc(s.suites, security)
}

// mirror returns the first address of the entry that is an archive of Debian.
// Cloud images name a file with a list of mirrors, "…/debian.list".
func (s aptSource) mirror() string {
	for _, uri := range s.uris {
		u, err := url.Parse(uri)
		if err != nil || u.Scheme == "cdrom" {
			continue
		}
		if base := path.Base(u.Path); base == "debian" || base == "debian.list" {
			return uri
		}
	}
	return ""
}

// withSuite returns the text of a .sources file for another suite of the same
// archive, with the same key.
func (s aptSource) withSuite(suite string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n", s.mirror(), suite)
	if s.signedBy != "" {
		fmt.Fprintf(&b, "Signed-By: %s\n", s.signedBy)
	}
	if s.trusted != "" {
		fmt.Fprintf(&b, "Trusted: %s\n", s.trusted)
	}
	return b.String()
}

// parseOneLine reads lines like "deb [signed-by=/key] address suite main".
func parseOneLine(text []byte) []aptSource {
	var found []aptSource
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		kind, rest, ok := strings.Cut(strings.TrimSpace(strings.ReplaceAll(line, "\t", " ")), " ")
		if !ok {
			continue
		}
		s := aptSource{types: []string{kind}}
		rest = strings.TrimSpace(rest)
		if options, after, ok := strings.Cut(strings.TrimPrefix(rest, "["), "]"); ok && strings.HasPrefix(rest, "[") {
			rest = after
			for _, o := range strings.Fields(options) {
				key, value, _ := strings.Cut(o, "=")
				s.set(key, strings.ReplaceAll(value, ",", " "))
			}
		}
		fields := strings.Fields(rest)
		if len(fields) < 3 {
			continue
		}
		s.uris, s.suites, s.components = fields[:1], fields[1:2], fields[2:]
		found = append(found, s)
	}
	return found
}

// parseDeb822 reads paragraphs of "Field: value" lines. A line that begins
// with a space continues the value; a paragraph ends with an empty line.
func parseDeb822(text []byte) []aptSource {
	var found []aptSource
	var s aptSource
	var key, value string
	endField := func() {
		s.set(key, value)
		key, value = "", ""
	}
	endParagraph := func() {
		endField()
		if len(s.uris) > 0 {
			found = append(found, s)
		}
		s = aptSource{}
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.TrimSpace(line) == "":
			endParagraph()
		case line[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			value += "\n" + line
		default:
			endField()
			key, value, _ = strings.Cut(line, ":")
			value = strings.TrimSpace(value)
		}
	}
	endParagraph()
	return found
}

// set takes over one field. Those without a meaning here are dropped.
func (s *aptSource) set(key, value string) {
	switch strings.ToLower(key) {
	case "types":
		s.types = strings.Fields(value)
	case "uris":
		s.uris = strings.Fields(value)
	case "suites":
		s.suites = strings.Fields(value)
	case "components":
		s.components = strings.Fields(value)
	case "signed-by":
		s.signedBy = value
	case "trusted":
		s.trusted = value
	case "enabled":
		s.disabled = strings.EqualFold(strings.TrimSpace(value), "no")
	}
}
