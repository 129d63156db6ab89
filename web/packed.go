package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"doorbuster/web/static"
)

// packed is a rendered page kept plain, gzipped and zstd-compressed, with one strong ETag each. It is made once per change and sent
// many times without any further work. (The assets have static.Twins: theirs are compressed harder, which takes ten milliseconds and
// fifty megabytes; a page is made again while a rush is on.)
type packed struct {
	forms [3]packedForm // plain, gzip, zstd
}

type packedForm struct {
	encoding []string // header value; nil: plain
	tag      []string // with quotes
	length   []string
	body     []byte
}

// zstdPacker is shared: EncodeAll may be called from any goroutine.
var zstdPacker = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(2),
		zstd.WithWindowSize(128<<10), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // fixed options: a mistake here is found at the first page
	}
	return e
})

func pack(body []byte) (*packed, error) {
	var squeezed bytes.Buffer
	gz, err := gzip.NewWriterLevel(&squeezed, gzip.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := gz.Write(body); err != nil {
		return nil, err
	}
	if err := gz.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	form := func(encoding string, body []byte) packedForm {
		f := packedForm{tag: []string{`"` + tag + `"`}, length: []string{strconv.Itoa(len(body))}, body: body}
		if encoding != "" {
			f.encoding, f.tag = []string{encoding}, []string{`"` + tag + "-" + encoding + `"`}
		}
		return f
	}
	return &packed{forms: [3]packedForm{
		form("", body), form("gzip", squeezed.Bytes()), form("zstd", zstdPacker().EncodeAll(body, nil)),
	}}, nil
}

// The headers of public pages, shared by all answers. One second in caches, then a cache may hand out the old copy while it asks for
// the new one: a crowd that comes at once costs the shop one request per cache and second.
var (
	htmlType     = []string{"text/html; charset=utf-8"}
	publicPage   = []string{"public, max-age=1, s-maxage=1, stale-while-revalidate=10"}
	varyEncoding = []string{"Accept-Encoding"}
)

// send answers with the form that the browser takes, or 304 when it has it already.
func (p *packed) send(w http.ResponseWriter, r *http.Request) {
	f := &p.forms[0]
	switch static.Pick(r.Header.Get("Accept-Encoding")) {
	case "zstd":
		f = &p.forms[2]
	case "gzip":
		f = &p.forms[1]
	}
	h := w.Header()
	h["Cache-Control"] = publicPage
	h["Vary"] = varyEncoding
	h["Etag"] = f.tag
	if same(r.Header.Get("If-None-Match"), f.tag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if f.encoding != nil {
		h["Content-Encoding"] = f.encoding
	}
	h["Content-Type"] = htmlType
	h["Content-Length"] = f.length
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(f.body) // who went away cannot be told
	}
}

// same compares tags weakly, as If-None-Match asks.
func same(sent, tag string) bool {
	if sent == "" {
		return false
	}
	if sent == "*" {
		return true
	}
	for one := range strings.SplitSeq(sent, ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == tag {
			return true
		}
	}
	return false
}
