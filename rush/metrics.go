package rush

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	metricOrders  = "doorbuster_batch_orders_sum"
	metricCommits = "doorbuster_batch_orders_count"
	metricCPU     = "process_cpu_seconds_total"
)

// readings are the shop's own numbers at one moment, summed over all labels; nil when they could not be had.
type readings map[string]float64

// scrape reads the shop's metrics. A shop that does not show them is still judged, only without orders per commit.
func scrape(ctx context.Context, c *client, ops string) readings {
	if ops == "" {
		return nil
	}
	body, err := c.get(ctx, ops+"/metrics", "text/plain", 8<<20)
	if err != nil {
		return nil
	}
	r := readings{}
	for sc := bufio.NewScanner(bytes.NewReader(body)); sc.Scan(); {
		line := sc.Text()
		end := strings.IndexAny(line, "{ ")
		if end < 0 {
			continue
		}
		name := line[:end]
		if name != metricOrders && name != metricCommits && name != metricCPU {
			continue
		}
		rest := line[end:]
		if i := strings.LastIndexByte(rest, '}'); i >= 0 {
			rest = rest[i+1:]
		}
		fields := strings.Fields(rest) // the value, and perhaps a time
		if len(fields) == 0 {
			continue
		}
		if v, err := strconv.ParseFloat(fields[0], 64); err == nil {
			r[name] += v
		}
	}
	return r
}

// grown is how much a number has grown between two readings; false when one of them is missing or the shop started anew.
func grown(before, after readings, name string) (float64, bool) {
	b, ok1 := before[name]
	a, ok2 := after[name]
	if before != nil && !ok1 {
		ok1 = true // a series that did not exist yet was zero
	}
	return a - b, ok1 && ok2 && a >= b
}

var errNotFound = errors.New("not found")

// get reads a whole document outside the rush itself.
func (c *client) get(ctx context.Context, url, accept string, limit int64) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("rush: %w", err)
	}
	req.Header.Set("Accept", accept)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("rush: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end or given up
	body, err := io.ReadAll(io.LimitReader(res.Body, limit))
	switch {
	case err != nil:
		return nil, fmt.Errorf("rush: %w", err)
	case res.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("rush: %s: %w", url, errNotFound)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("rush: %s: status %d", url, res.StatusCode)
	}
	return body, nil
}

func (c *crowd) getJSON(ctx context.Context, url string, into any) error {
	body, err := c.client.get(ctx, url, wantJSON, 64<<10)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("rush: %s: %w", url, err)
	}
	return nil
}
