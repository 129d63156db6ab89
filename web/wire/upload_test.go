package wire_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"doorbuster/web/wire"
)

// An upload is read strictly: the file and the known fields, each at most once, whole, and within its bounds.
func TestReadUpload(t *testing.T) {
	part := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	const end = "--b--\r\n"
	const kind = "multipart/form-data; boundary=b"
	for name, c := range map[string]struct {
		kind, body string
		want       error
		file       string
	}{
		"file and field": {kind, part("file", "a,b") + part("good", "yes") + end, nil, "a,b"},
		"no file":        {kind, part("good", "yes") + end, nil, ""},
		"at the bound":   {kind, part("file", "12345678") + part("good", "yes") + end, nil, "12345678"},
		"above it":       {kind, part("file", "123456789") + end, &http.MaxBytesError{}, ""},
		"a long field":   {kind, part("good", strings.Repeat("x", 5000)) + end, &http.MaxBytesError{}, ""},
		"unknown":        {kind, part("other", "x") + end, wire.ErrBad, ""},
		"without a name": {kind, "--b\r\n\r\nx\r\n" + end, wire.ErrBad, ""},
		"file twice":     {kind, part("file", "a") + part("file", "b") + end, wire.ErrBad, ""},
		"field twice":    {kind, part("good", "a") + part("good", "b") + end, wire.ErrBad, ""},
		"not text":       {kind, part("good", "\xff") + end, wire.ErrBad, ""},
		"zero byte":      {kind, part("good", "a\x00") + end, wire.ErrBad, ""},
		"cut off":        {kind, part("file", "a,b"), wire.ErrBad, ""},
		"cut in a part":  {kind, "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na,b", wire.ErrBad, ""},
		"a plain form":   {wire.Form, "good=yes", wire.ErrType, ""},
		"no boundary":    {"multipart/form-data", part("good", "yes") + end, wire.ErrBad, ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		fields, file, err := wire.ReadUpload(r, 8, "file", "good")
		var large *http.MaxBytesError
		switch {
		case errors.As(c.want, &large):
			if !errors.As(err, &large) {
				t.Errorf("%s: %v", name, err)
			}
		case !errors.Is(err, c.want):
			t.Errorf("%s: %v, want %v", name, err, c.want)
		case err == nil && (string(file) != c.file || fields.Get("good") != "yes"):
			t.Errorf("%s: %q %v", name, file, fields)
		}
	}
}
