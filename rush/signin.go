package rush

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	signInAtOnce = 32 // sign-ins under way at a time; they are not what is measured
	signInTries  = 8
)

// signIn sends every shopper in by a signed link, before the opening. Shoppers who fail are counted and stay out;
// when nobody gets in there is no rush.
func (c *crowd) signIn(ctx context.Context) error {
	var next, tried, in atomic.Int64
	end := c.progress.phase(PhaseSignIn, len(c.shoppers), func() int { return int(tried.Load()) })
	var wg sync.WaitGroup
	for range min(signInAtOnce, c.cfg.Connections) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(c.shoppers)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				why := c.signInOne(ctx, c.shoppers[i])
				if why == "" {
					in.Add(1)
				} else if ctx.Err() == nil {
					c.tally.signInFail(why)
				}
				tried.Add(1)
			}
		})
	}
	wg.Wait()
	end()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("rush: stopped: %w", err)
	}
	if in.Load() == 0 {
		return fmt.Errorf("rush: no shopper could sign in at %s: %s", c.cfg.ShopURL, c.tally.signInReasons())
	}
	return nil
}

// signInOne gives the reason of a failure, or nothing.
func (c *crowd) signInOne(ctx context.Context, s *shopper) string {
	to := "/en" + c.itemPath("")
	var why string
	for try := range signInTries {
		token, err := signLink(c.cfg.LinkSecret, s.customer, s.n, time.Now())
		if err != nil {
			return err.Error()
		}
		r := request{method: "GET", accept: wantPage, path: "/sign-in/link?token=" + token + "&to=" + url.QueryEscape(to)}
		if !c.client.acquire(ctx) {
			return "stopped"
		}
		var a answer
		c.client.do(ctx, &r, func(rep *reply) { readSession(s, &a, rep) })
		c.client.release()
		if a.class == yes {
			return ""
		}
		why = a.outcome
		wait := min(max(a.wait, firstWait<<try), longestWait)
		if a.class == no || !pause(ctx, s.between(wait, wait*3/2)) {
			break
		}
	}
	return why
}

// readSession takes the session cookie out of the answer to a link.
func readSession(s *shopper, a *answer, r *reply) {
	if a.broken(r) {
		return
	}
	if r.status != http.StatusSeeOther && r.status != http.StatusFound {
		a.otherStatus(r)
		return
	}
	for _, line := range r.header["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(pair, "=")
		if (name == "db_session" || name == "__Host-db_session") && value != "" {
			s.cookie = []string{pair}
			a.class = yes
			return
		}
	}
	a.class, a.outcome = no, "no_session_cookie"
}

// signInReasons lists why sign-ins failed, the most frequent first.
func (t *tally) signInReasons() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return counts(t.signInFailed)
}

// stock is the answer of the state end point.
type stock struct {
	State  string `json:"s"`
	Left   int    `json:"left"`
	Now    int64  `json:"now"`   // the database's clock, Unix milliseconds
	Opens  int64  `json:"opens"` // likewise
	Closes int64  `json:"closes"`
}

// awaitOpening waits until the item is on sale and returns the units left.
func (c *crowd) awaitOpening(ctx context.Context) (int, error) {
	limit := time.Now().Add(c.cfg.OpenWait)
	said := ""
	var st stock
	for {
		err := c.getJSON(ctx, c.cfg.ShopURL+c.itemPath("/state"), &st)
		wait := time.Second
		switch {
		case ctx.Err() != nil:
			return 0, fmt.Errorf("rush: stopped: %w", context.Cause(ctx))
		case errors.Is(err, errNotFound):
			return 0, fmt.Errorf("rush: the shop has no item %d on sale", c.cfg.Item)
		case err != nil:
			st.State = err.Error()
		case st.State == "live" || st.State == "sold_out":
			return st.Left, nil
		case st.State == "over":
			return 0, fmt.Errorf("rush: the sale of item %d is over", c.cfg.Item)
		case st.State == "soon":
			// Sleep until a second before, then ask often: the crowd must not be late.
			wait = min(max(time.Duration(st.Opens-st.Now)*time.Millisecond-time.Second, 100*time.Millisecond), 10*time.Second)
		}
		if time.Now().Add(wait).After(limit) {
			return 0, fmt.Errorf("rush: item %d did not open within %s; the shop says %q", c.cfg.Item, c.cfg.OpenWait, st.State)
		}
		if st.State != said {
			said = st.State
			c.progress.say("waiting for the opening: the shop says %q%s", said, opensIn(&st))
		}
		pause(ctx, wait)
	}
}

func opensIn(st *stock) string {
	if st.State != "soon" {
		return ""
	}
	return ", opens in " + strconv.Itoa(int((st.Opens-st.Now+999)/1000)) + " s"
}
