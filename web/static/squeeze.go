package static

import "strings"

// squeeze drops what only readers of the source need: comments that have their lines to
// themselves, indentation, and spaces beside marks: those before a mark in before and
// after one in after, but never between two equal ones ("a - -b" is not "a--b"). Text in
// quotes stays as it is. It knows no syntax, so our own files keep to what it can read:
// no quote inside a regular expression, no comment behind code.
func squeeze(source, before, after string) string {
	var out strings.Builder
	comment := false
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "/*") {
			comment = true
		}
		if comment {
			comment = !strings.HasSuffix(line, "*/")
			continue
		}
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		squeezeLine(&out, line, before, after)
		out.WriteByte('\n')
	}
	return out.String()
}

func squeezeLine(out *strings.Builder, line, before, after string) {
	quote := byte(0)
	for i := range len(line) {
		c := line[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == ' ' && i > 0 && i < len(line)-1:
			left, right := line[i-1], line[i+1]
			if left != right && (strings.IndexByte(after, left) >= 0 || strings.IndexByte(before, right) >= 0) {
				continue
			}
		}
		out.WriteByte(c)
	}
}
