package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Twins is one body kept plain and compressed, ready to be sent many times. It is for
// what changes seldom: assets, and pages rendered once for everybody.
type Twins struct {
	plain, gzip, zstd []byte
	contentType       string
	tag               string // without quotes, shared by the three
}

// NewTwins compresses a body as hard as the two encoders can. It costs milliseconds,
// so it belongs to the moment of change, never to a request.
func NewTwins(contentType string, body []byte) (*Twins, error) {
	var packed bytes.Buffer
	gz, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("static: gzip: %w", err)
	}
	if _, err := gz.Write(body); err != nil {
		return nil, fmt.Errorf("static: gzip: %w", err)
	}
	if err := gz.Close(); err != nil {
		return nil, fmt.Errorf("static: gzip: %w", err)
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("static: zstd: %w", err)
	}
	squeezed := enc.EncodeAll(body, nil)
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("static: zstd: %w", err)
	}
	return &Twins{
		plain: body, gzip: packed.Bytes(), zstd: squeezed,
		contentType: contentType, tag: hashOf(body),
	}, nil
}

// Size gives the bytes of the body in an encoding: "", "gzip" or "zstd".
func (t *Twins) Size(encoding string) int { return len(t.body(encoding)) }

// Serve sends the body in the smallest form that the client takes, or 304 when it has
// it already. Only GET and HEAD have a meaning here; the caller's routes see to that.
// Headers set before (caching, security) stay as they are.
func (t *Twins) Serve(w http.ResponseWriter, r *http.Request) {
	encoding := Pick(r.Header.Get("Accept-Encoding"))
	tag := t.tag
	h := w.Header()
	if encoding != "" {
		tag += "-" + encoding
		h.Set("Content-Encoding", encoding)
	}
	h.Set("ETag", `"`+tag+`"`)
	h.Add("Vary", "Accept-Encoding")
	if matches(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := t.body(encoding)
	h.Set("Content-Type", t.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		// A failing write means that the client went away; there is nobody to tell.
		_, _ = w.Write(body)
	}
}

func (t *Twins) body(encoding string) []byte {
	switch encoding {
	case "zstd":
		return t.zstd
	case "gzip":
		return t.gzip
	default:
		return t.plain
	}
}

// Pick chooses "zstd", "gzip" or "" (plain) for an Accept-Encoding header. It looks
// at the first 16 codings only; a weight of 0 forbids one.
func Pick(acceptEncoding string) string {
	takesGzip := false
	rest := acceptEncoding
	for range 16 {
		var one string
		one, rest, _ = strings.Cut(rest, ",")
		name, weight, _ := strings.Cut(one, ";")
		if !forbidden(weight) {
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "zstd":
				return "zstd"
			case "gzip":
				takesGzip = true
			}
		}
		if rest == "" {
			break
		}
	}
	if takesGzip {
		return "gzip"
	}
	return ""
}

// forbidden reads "q=0", "q=0.0" and the like.
func forbidden(weight string) bool {
	q, found := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
	if !found {
		return false
	}
	value, err := strconv.ParseFloat(q, 64)
	return err != nil || value <= 0
}

// matches compares weakly, as If-None-Match asks.
func matches(ifNoneMatch, tag string) bool {
	if ifNoneMatch == "" {
		return false
	}
	if strings.TrimSpace(ifNoneMatch) == "*" {
		return true
	}
	for one := range strings.SplitSeq(ifNoneMatch, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == `"`+tag+`"` {
			return true
		}
	}
	return false
}

// hashOf gives 16 characters that name a content: 96 bits are enough against chance.
func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
