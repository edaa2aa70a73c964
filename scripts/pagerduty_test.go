package scripts_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// pagerduty takes events as the Events API v2 documents them, and keeps which
// alerts are open.
type pagerduty struct {
	t      *testing.T
	url    string
	status map[string]string // by dedup key
	last   map[string]map[string]any
}

func newPagerDuty(t *testing.T) *pagerduty {
	p := &pagerduty{t: t, status: map[string]string{}, last: map[string]map[string]any{}}
	there := httptest.NewServer(p)
	t.Cleanup(there.Close)
	p.url = there.URL
	return p
}

func (p *pagerduty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var event struct {
		RoutingKey  string         `json:"routing_key"`
		EventAction string         `json:"event_action"`
		DedupKey    string         `json:"dedup_key"`
		Client      string         `json:"client"`
		ClientURL   string         `json:"client_url"`
		Payload     map[string]any `json:"payload"`
		Links       []struct{ Href, Text string }
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	bad := func(what string) {
		p.t.Errorf("PagerDuty would refuse: %s: %s", what, raw)
		w.WriteHeader(http.StatusBadRequest)
	}
	if err := dec.Decode(&event); err != nil {
		bad(err.Error())
		return
	}
	text := func(field string) string { s, _ := event.Payload[field].(string); return s }
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/v2/enqueue" || r.Header.Get("Content-Type") != "application/json":
		bad(r.Method + " " + r.URL.Path)
		return
	case event.RoutingKey != hush:
		bad("routing_key")
		return
	case event.DedupKey == "" || len(event.DedupKey) > 255:
		bad("dedup_key")
		return
	case event.EventAction == "trigger":
		if text("summary") == "" || len(text("summary")) > 1024 || text("source") == "" || !slices.Contains([]string{"critical", "error", "warning", "info"}, text("severity")) {
			bad("payload")
			return
		}
		for field, value := range event.Payload {
			if !slices.Contains([]string{"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}, field) || value == nil || value == "" {
				bad("payload." + field)
				return
			}
		}
		if at := text("timestamp"); at != "" {
			if _, err := time.Parse(time.RFC3339, at); err != nil {
				bad("timestamp")
				return
			}
		}
		p.status[event.DedupKey] = "triggered"
		p.last[event.DedupKey] = event.Payload
	case event.EventAction == "acknowledge", event.EventAction == "resolve":
		if p.status[event.DedupKey] != "" {
			p.status[event.DedupKey] = event.EventAction + "d"
		}
	default:
		bad("event_action")
		return
	}
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status": "success", "message": "Event processed"}`)
}

func (p *pagerduty) run(document string, args ...string) string {
	p.t.Helper()
	return works(p.t, document, []string{"PAGERDUTY_ROUTING_KEY=" + hush, "PAGERDUTY_URL=" + p.url}, "pagerduty-alert.sh", args...)
}

// expect holds the alerts against those wanted.
func (p *pagerduty) expect(when string, want map[string]string) {
	p.t.Helper()
	for key, status := range want {
		if got := p.status["tars:v1.0.1:"+key]; got != status {
			p.t.Errorf("%s, %s is %q, want %q", when, key, got, status)
		}
	}
}

// TestPagerDuty pages for the demo week, and resolves what is over by then.
func TestPagerDuty(t *testing.T) {
	document := demo(t, retrospective)
	p := newPagerDuty(t)
	state := filepath.Join(t.TempDir(), "pages.json")
	if did := p.run(document, "--state", state, "--link", "https://reports.example/week"); did != "triggered 3, acknowledged 0, resolved 0\n" {
		t.Errorf("it did %q", did)
	}
	p.expect("at first", map[string]string{"rollback": "triggered", "D-latency-search": "triggered", "D-memory-checkout": "triggered", "D-availability-checkout-day2": ""})
	got := p.last["tars:v1.0.1:D-latency-search"]
	if got["severity"] != "critical" || got["source"] != "search" || got["class"] != "p99_latency_ms" || got["timestamp"] != "2025-11-22T06:00:00Z" ||
		got["summary"] != "v1.0.1: "+of(t, document, slow) {
		t.Errorf("the payload is %v", got)
	}
	if p.last["tars:v1.0.1:D-memory-checkout"]["severity"] != "error" {
		t.Error("what is high is no error")
	}
	if did := p.run(document, "--state", state); did != "triggered 3, acknowledged 0, resolved 0\n" || len(p.status) != 3 {
		t.Errorf("the second run did %q; alerts %v", did, p.status)
	}

	// One is over, one is acknowledged, and of the advice nothing is known.
	later := edited(t, document, func(d map[string]any) {
		for _, item := range members(d, "degradations") {
			switch item["id"] {
			case "D-latency-search":
				item["resolution_status"], item["ended"] = "recovered", "2025-11-25T12:00:00Z"
			case "D-memory-checkout":
				item["acknowledged"] = map[string]any{"reason": "a known leak", "owner": "checkout"}
			}
		}
		d["executive_summary"].(map[string]any)["verdict"] = "unknown"
	})
	p.run(later, "--state", state)
	p.expect("later", map[string]string{"rollback": "triggered", "D-latency-search": "resolved", "D-memory-checkout": "acknowledged"})

	// What is gone is resolved, but not when nobody could look.
	gone := edited(t, later, func(d map[string]any) { d["degradations"] = []any{} })
	blind := edited(t, gone, func(d map[string]any) {
		d["appendix"].(map[string]any)["unknown"] = []any{map[string]any{"metric_name": "memory_percent", "service": "checkout", "reason": "no series"}}
	})
	p.run(blind, "--state", state)
	p.expect("blind", map[string]string{"D-memory-checkout": "acknowledged"})
	p.run(gone, "--state", state)
	p.expect("gone", map[string]string{"D-memory-checkout": "resolved", "rollback": "triggered"})

	if body, err := os.ReadFile(state); err != nil || strings.Contains(string(body), hush) || !strings.Contains(string(body), `"rollback"`) || strings.Contains(string(body), "D-memory") {
		t.Errorf("%v: the state is %s", err, body)
	}
}

// Without a state, what the document calls over is resolved; anomalies and
// regressions are known by ids of their own.
func TestPagerDutyWithoutState(t *testing.T) {
	p := newPagerDuty(t)
	p.run(demo(t, regressions), "--min-severity", "critical")
	p.expect("at first", map[string]string{"rollback": "triggered", "regression:p99_latency_ms:service=search": "triggered", "regression:memory_percent:service=checkout": ""})
	p.run(edited(t, demo(t, regressions), func(d map[string]any) {
		for _, finding := range members(d, "regressions") {
			finding["standing"] = false
		}
		d["rollback_recommendation"] = map[string]any{"should_rollback": false}
	}), "--min-severity", "critical")
	p.expect("over", map[string]string{"rollback": "resolved", "regression:p99_latency_ms:service=search": "resolved"})

	open := edited(t, demo(t, anomalies), func(d map[string]any) {
		last := members(d, "incidents")
		last[len(last)-1]["status"] = "open"
		delete(last[len(last)-1], "ended")
	})
	if did := p.run(open); !strings.HasPrefix(did, "triggered 1, ") {
		t.Errorf("of an open incident it did %q", did)
	}
	got := run(t, open, []string{"PAGERDUTY_ROUTING_KEY=" + hush, "PAGERDUTY_URL=" + p.url}, "pagerduty-alert.sh", "--state", "/proc/none")
	if got.status != 1 || !strings.Contains(got.stderr, "writing the state") {
		t.Errorf("with a state that cannot be written it ends with %d and says %q", got.status, got.stderr)
	}
}
