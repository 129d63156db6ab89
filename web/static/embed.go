// Package static serves the stylesheets, the scripts and the icon of shop and console; the folder htmx has that of others. Every
// file lives under an address with the hash of its content, so browsers and proxies
// may keep it for ever, and a new version is a new address.
package static

import (
	_ "embed"
	"net/http"
	"strings"
	"sync"
)

//go:embed style.css
var styleCSS string

//go:embed console.css
var consoleCSS string

//go:embed room.css
var roomCSS string

//go:embed shop.js
var shopJS string

//go:embed form.js
var formJS string

//go:embed console.js
var consoleJS string

//go:embed room.js
var roomJS string

// htmx and its extension for server-sent events are one file: the extension must be there when htmx looks at the page.
//
//go:embed htmx/htmx.esm.min.js
var htmxJS string

//go:embed htmx/hx-sse.min.js
var htmxEventsJS string

//go:embed icon.svg
var iconSVG string

// jsMarks are the marks of JavaScript that need no space beside them.
const jsMarks = "=(){},;:?&|<>*/+-!"

// files compresses each asset once, at the first use. The bodies are compiled in, so
// an encoder that fails on them is a broken build and may stop the program.
var files = sync.OnceValue(func() map[string]*Twins {
	must := func(contentType, body string) *Twins {
		twins, err := NewTwins(contentType, []byte(body))
		if err != nil {
			panic(err)
		}
		return twins
	}
	return map[string]*Twins{
		"style.css":   must("text/css; charset=utf-8", squeeze(styleCSS, "{};,>", ":{};,>")),
		"console.css": must("text/css; charset=utf-8", squeeze(consoleCSS, "{};,>", ":{};,>")),
		"room.css":    must("text/css; charset=utf-8", squeeze(roomCSS, "{};,>", ":{};,>")),
		"shop.js":     must("text/javascript; charset=utf-8", squeeze(shopJS, jsMarks, jsMarks)),
		"form.js":     must("text/javascript; charset=utf-8", squeeze(formJS, jsMarks, jsMarks)),
		"console.js":  must("text/javascript; charset=utf-8", squeeze(consoleJS, jsMarks, jsMarks)),
		"room.js":     must("text/javascript; charset=utf-8", squeeze(roomJS, jsMarks, jsMarks)),
		"htmx.js":     must("text/javascript; charset=utf-8", htmxJS+"\n"+htmxEventsJS),
		"icon.svg":    must("image/svg+xml", iconSVG),
	}
})

// URL gives the address of an asset: URL("style.css"). An unknown name is a mistake in
// a page and panics; the golden pages find it.
func URL(name string) string {
	file, ok := files()[name]
	if !ok {
		panic("static: no file " + name)
	}
	return "/static/" + file.tag + "/" + name
}

// Body gives an asset as it is sent, uncompressed.
func Body(name string) string { return string(files()[name].plain) }

// Size gives the bytes of an asset on the wire in an encoding ("", "gzip", "zstd").
func Size(name, encoding string) int { return files()[name].Size(encoding) }

// Handler serves GET and HEAD /static/{hash}/{name}. A hash of another version, asked
// for while servers are being replaced, gets today's content for a minute: a page with
// a slightly different style is better than one without.
func Handler() http.Handler {
	all := files()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/static/"), "/")
		file, ok := all[name]
		if !ok {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if hash == file.tag {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			h.Set("Cache-Control", "public, max-age=60")
		}
		file.Serve(w, r)
	})
}
