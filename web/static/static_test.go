package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestPick(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{"", ""},
		{"identity", ""},
		{"gzip", "gzip"},
		{"gzip, deflate, br, zstd", "zstd"},
		{"GZIP;q=0.5 , ZSTD ; q=0.1", "zstd"},
		{"zstd;q=0, gzip", "gzip"},
		{"zstd;q=0.0,gzip;q=0", ""},
		{"zstd;q=rubbish, gzip;q=1", "gzip"},
		{"zstdx, xgzip", ""},
		{strings.Repeat("br,", 15) + "gzip", "gzip"},
		{strings.Repeat("br,", 16) + "gzip", ""},
	} {
		if got := Pick(c.header); got != c.want {
			t.Errorf("Pick(%q) = %q, want %q", c.header, got, c.want)
		}
	}
}

func TestTwinsServe(t *testing.T) {
	body := []byte(strings.Repeat("a page that repeats itself. ", 200))
	twins, err := NewTwins("text/html; charset=utf-8", body)
	if err != nil {
		t.Fatal(err)
	}
	for _, encoding := range []string{"", "gzip", "zstd"} {
		w := serve(t, twins.Serve, http.MethodGet, "/", map[string]string{"Accept-Encoding": encoding})
		if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != encoding {
			t.Fatalf("%q: %d %v", encoding, w.Code, w.Header())
		}
		if got := unpack(t, encoding, w.Body.Bytes()); !bytes.Equal(got, body) {
			t.Errorf("%q does not unpack to the body", encoding)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary is %q", encoding, w.Header().Get("Vary"))
		}
		tag := w.Header().Get("ETag")
		again := serve(t, twins.Serve, http.MethodGet, "/", map[string]string{"Accept-Encoding": encoding, "If-None-Match": `"x", W/` + tag})
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 || again.Header().Get("ETag") != tag {
			t.Errorf("%q: a kept copy is answered with %d and %d bytes", encoding, again.Code, again.Body.Len())
		}
		if head := serve(t, twins.Serve, http.MethodHead, "/", nil); head.Body.Len() != 0 || head.Code != http.StatusOK {
			t.Errorf("HEAD: %d, %d bytes", head.Code, head.Body.Len())
		}
	}
	if stale := serve(t, twins.Serve, http.MethodGet, "/", map[string]string{"If-None-Match": `"other"`}); stale.Code != http.StatusOK {
		t.Errorf("a stale copy is answered with %d", stale.Code)
	}
	if twins.Size("gzip") >= len(body) || twins.Size("zstd") >= len(body) {
		t.Error("the twins are not smaller")
	}
}

func TestHandler(t *testing.T) {
	handler := Handler().ServeHTTP
	for _, c := range []struct {
		method, path string
		status       int
		caching      string
	}{
		{http.MethodGet, URL("style.css"), 200, "public, max-age=31536000, immutable"},
		{http.MethodHead, URL("shop.js"), 200, "public, max-age=31536000, immutable"},
		{http.MethodGet, "/static/older/style.css", 200, "public, max-age=60"},
		{http.MethodGet, "/static/x/none.css", 404, ""},
		{http.MethodGet, "/static/", 404, ""},
		{http.MethodGet, "/static/x/../embed.go", 404, ""},
		{http.MethodPost, URL("style.css"), 405, ""},
	} {
		w := serve(t, handler, c.method, c.path, nil)
		if w.Code != c.status || w.Header().Get("Cache-Control") != c.caching {
			t.Errorf("%s %s: %d %q", c.method, c.path, w.Code, w.Header().Get("Cache-Control"))
		}
	}
	if got := serve(t, handler, http.MethodGet, URL("shop.js"), nil).Header().Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("a module script needs its type, not %q", got)
	}
}

// The budgets: what a phone on a bad line has to load before the button works.
func TestBudgets(t *testing.T) {
	for _, c := range []struct {
		name, encoding string
		most           int
	}{
		{"shop.js", "", 4096},
		{"shop.js", "gzip", 2200},
		{"form.js", "", 1024},
		{"style.css", "", 12544},
		{"style.css", "gzip", 4096},
		{"style.css", "zstd", 4096},
		// Staff load the console once, on a desk mostly; it may be larger.
		{"console.css", "", 24576},
		{"console.css", "gzip", 6144},
		{"console.js", "", 4096},
		{"room.js", "", 2048},
		// Only the pages that move by themselves load it.
		{"htmx.js", "gzip", 16384},
		{"icon.svg", "", 512},
	} {
		if got := Size(c.name, c.encoding); got > c.most {
			t.Errorf("%s as %q has %d bytes, more than %d", c.name, c.encoding, got, c.most)
		}
	}
}

func TestSqueeze(t *testing.T) {
	source := "// says why\n/* and\n   so on */\n\n  if (a - -b > 0) {\n    say(\"a  =  b\", 'c, d', `e + ${f}`);\n  }\n"
	want := "if(a- -b>0){\nsay(\"a  =  b\",'c, d',`e + ${f}`);\n}\n"
	if got := squeeze(source, jsMarks, jsMarks); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	css := squeeze("a :hover, b > c {\n  margin: calc(1px + 2px) 0;\n}\n", "{};,>", ":{};,>")
	if want := "a :hover,b>c{\nmargin:calc(1px + 2px) 0;\n}\n"; css != want {
		t.Errorf("got\n%swant\n%s", css, want)
	}
}

func TestURLOfUnknownName(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a page may name a file that does not exist")
		}
	}()
	URL("none.css")
}

func serve(t *testing.T, handler http.HandlerFunc, method, path string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	handler(w, r)
	return w
}

func unpack(t *testing.T, encoding string, body []byte) []byte {
	t.Helper()
	var reader io.Reader = bytes.NewReader(body)
	switch encoding {
	case "gzip":
		unpacked, err := gzip.NewReader(reader)
		if err != nil {
			t.Fatal(err)
		}
		reader = unpacked
	case "zstd":
		unpacked, err := zstd.NewReader(reader)
		if err != nil {
			t.Fatal(err)
		}
		defer unpacked.Close()
		reader = unpacked
	}
	out, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
