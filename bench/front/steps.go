package front

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	stepsPath = "/steps"
	// stepsMetric is the shop's own account of where a purchase spends its time.
	stepsMetric = "doorbuster_purchase_step_seconds"
)

// StepNames are the steps of a purchase, in order: session, limits and pass; the line for a batch; the CALL; its COMMIT; the answer.
var StepNames = []string{"gates", "line", "call", "commit", "answer"}

// Steps say how long each step of the purchases so far took, as the server's own metric counts it.
type Steps map[string]Step

// Step is one step: how often it was taken, how many seconds that took in all, and how many of them stayed within each bound.
type Step struct {
	Count   uint64   `json:"count"`
	Sum     float64  `json:"sum"`
	Buckets []Bucket `json:"buckets"`
}

// Bucket counts the steps that took at most UpTo seconds.
type Bucket struct {
	UpTo  float64 `json:"up_to"`
	Count uint64  `json:"count"`
}

// AskSteps is the request for Steps, for a connection that is kept. It is shared: only read it.
var AskSteps = []byte("GET " + stepsPath + " HTTP/1.1\r\nHost: " + Host + "\r\n\r\n")

// ReadSteps reads what AskSteps was answered.
func ReadSteps(status int, body []byte) (s Steps, err error) {
	if status != http.StatusOK {
		return nil, fmt.Errorf("front: steps: %d %s", status, body)
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return nil, fmt.Errorf("front: steps: %w", err)
	}
	for _, name := range StepNames {
		if len(s[name].Buckets) == 0 {
			return nil, fmt.Errorf("front: the server counts no step %q", name)
		}
	}
	return s, nil
}

// sendSteps answers AskSteps.
func sendSteps(w http.ResponseWriter, from prometheus.Gatherer) {
	families, err := from.Gather()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	steps := Steps{}
	for _, family := range families {
		if family.GetName() != stepsMetric {
			continue
		}
		for _, m := range family.GetMetric() {
			h := m.GetHistogram()
			step := Step{Count: h.GetSampleCount(), Sum: h.GetSampleSum()}
			for _, b := range h.GetBucket() {
				step.Buckets = append(step.Buckets, Bucket{b.GetUpperBound(), b.GetCumulativeCount()})
			}
			for _, label := range m.GetLabel() {
				steps[label.GetValue()] = step
			}
		}
	}
	w.Header()["Content-Type"] = jsonType
	_ = json.NewEncoder(w).Encode(steps) // who went away cannot be told
}

// Since is what came after an earlier reading of the same server.
func (s Steps) Since(earlier Steps) Steps {
	out := Steps{}
	for name, step := range s {
		before := earlier[name]
		since := Step{Count: step.Count - before.Count, Sum: step.Sum - before.Sum}
		for i, b := range step.Buckets {
			if i < len(before.Buckets) {
				b.Count -= before.Buckets[i].Count
			}
			since.Buckets = append(since.Buckets, b)
		}
		out[name] = since
	}
	return out
}

// Mean is exact; 0 when the step was never taken.
func (s Step) Mean() time.Duration {
	if s.Count == 0 {
		return 0
	}
	return seconds(s.Sum / float64(s.Count))
}

// Quantile is an estimate: the times within a bucket count as evenly spread, as Prometheus has it. What is beyond the last bound counts
// as the bound.
func (s Step) Quantile(q float64) time.Duration {
	rank := q * float64(s.Count)
	lower, before := 0.0, 0.0
	for _, b := range s.Buckets {
		below := float64(b.Count)
		if below >= rank && below > before {
			return seconds(lower + (b.UpTo-lower)*(rank-before)/(below-before))
		}
		lower, before = b.UpTo, below
	}
	if s.Count == 0 {
		return 0
	}
	return seconds(lower)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
