package page

import (
	"context"
	"net/url"

	"github.com/a-h/templ"

	"doorbuster/web/ui"
)

// htmxConfig is how htmx is set up on the pages that move by themselves: no styles of its own, no history (each view has its address), nothing asked for
// longer than nine seconds, and a lost stream made again after one second, two, four, and then every nine at most, each about a third longer or shorter.
const htmxConfig = `{"extensions":"sse","history":false,"includeIndicatorCSS":false,"defaultTimeout":9000,"sse":{"reconnectDelay":1000,"reconnectMaxDelay":9000}}`

// looking are the scripts of a page that looks again by itself, if it still does.
func looking(still bool) []string {
	if !still {
		return nil
	}
	return []string{"htmx.js"}
}

// lookAgain are the attributes of an element that looks at its page again every two seconds and morphs what is new into place, so that the focus stays. The page is the
// whole one that everybody gets; without the element in it, it was the last look. While the console or its database is away what is shown stays.
func lookAgain(ctx context.Context, path string) templ.Attributes {
	return templ.Attributes{
		"hx-get": ui.Path(ctx, path), "hx-trigger": "every 2s", "hx-select": "#main", "hx-target": "#main", "hx-swap": "outerMorph",
		"hx-status:5xx": "swap:none",
	}
}

// toldAt is a path with what the page says of the act that led to it, which stays while the page looks again.
func toldAt(path, told string) string {
	if told == "" {
		return path
	}
	return path + "?" + url.Values{"told": {told}}.Encode()
}
