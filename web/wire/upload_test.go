package wire

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// upload makes a request with parts: a name that begins with @ is that of a file.
func upload(t *testing.T, parts ...string) *http.Request {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(parts); i += 2 {
		name, isFile := strings.CutPrefix(parts[i], "@")
		create := w.CreateFormField
		if isFile {
			create = func(name string) (io.Writer, error) { return w.CreateFormFile(name, "../evil.jpg") }
		}
		part, err := create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

// garbled makes a request with a body whose parts are apart by --b.
func garbled(t *testing.T, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", Multipart+"; boundary=b")
	return r
}

// An upload is read strictly: the file and the known fields, each at most once, whole, and within its bounds.
func TestReadUpload(t *testing.T) {
	r := upload(t, "currency", "EUR", "@file", "abc")
	got, fields, err := ReadUpload(r, "file", 3, "currency")
	if err != nil || string(got.Bytes) != "abc" || got.Name != "evil.jpg" || fields.Get("currency") != "EUR" {
		t.Errorf("%+v, %v, %v", got, fields, err)
	}
	var large *http.MaxBytesError
	if _, _, err := ReadUpload(upload(t, "@file", "abcd"), "file", 3); !errors.As(err, &large) {
		t.Errorf("a file that is too large: %v", err)
	}
	if _, _, err := ReadUpload(upload(t, "@file", "a", "currency", strings.Repeat("x", maxField+1)), "file", 3, "currency"); !errors.As(err, &large) {
		t.Errorf("a field that is too large: %v", err)
	}
	if got, _, err := ReadUpload(upload(t, "@file", ""), "file", 3); err != nil || len(got.Bytes) > 0 {
		t.Errorf("no file chosen: %+v, %v", got, err)
	}
	for name, r := range map[string]*http.Request{
		"no file":            upload(t, "currency", "EUR"),
		"two files":          upload(t, "@file", "a", "@file", "b"),
		"another file":       upload(t, "@file", "a", "@other", "b"),
		"an unknown field":   upload(t, "@file", "a", "other", "b"),
		"a field twice":      upload(t, "@file", "a", "currency", "EUR", "currency", "USD"),
		"a file for a field": upload(t, "@file", "a", "@currency", "EUR"),
		"a zero byte":        upload(t, "@file", "a", "currency", "a\x00"),
		"without a name":     garbled(t, "--b\r\n\r\nx\r\n--b--\r\n"),
		"no end":             garbled(t, "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na,b\r\n"),
		"cut in a part":      garbled(t, "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na,b"),
		"a garbled field":    upload(t, "@file", "a", "currency", "\xff"),
	} {
		if _, _, err := ReadUpload(r, "file", 3, "currency"); !errors.Is(err, ErrBad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cut := upload(t, "@file", "abc")
	cut.Body = http.MaxBytesReader(nil, cut.Body, 150)
	if _, _, err := ReadUpload(cut, "file", 3); !errors.Is(err, ErrBad) {
		t.Errorf("cut off: %v", err)
	}
	form := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("a=b"))
	form.Header.Set("Content-Type", Form)
	if _, _, err := ReadUpload(form, "file", 3); !errors.Is(err, ErrType) {
		t.Errorf("another type: %v", err)
	}
	apart := garbled(t, "--b--\r\n")
	apart.Header.Set("Content-Type", Multipart)
	if _, _, err := ReadUpload(apart, "file", 3); !errors.Is(err, ErrType) {
		t.Errorf("no boundary: %v", err)
	}
}
