package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"github.com/veleron-dev/tars/lib/schema"
)

func TestAcknowledge(t *testing.T) {
	now := time.Date(2025, 11, 27, 0, 0, 0, 0, time.UTC)
	entry := func(service, expires string) acknowledgement {
		at, err := schema.ParseTime(expires)
		if err != nil {
			t.Fatal(err)
		}
		return acknowledgement{MetricName: "p99_latency_ms", Service: service, Reason: "known", Owner: "dana", expires: at}
	}
	tests := []struct {
		name  string
		entry acknowledgement
		want  bool
	}{
		{"of the same service", entry("checkout", "2025-12-01"), true},
		{"of another service", entry("search", "2025-12-01"), false},
		{"of the whole", entry("", "2025-12-01"), false},
		{"expired", entry("checkout", "2025-11-26"), false},
		{"expiring now", entry("checkout", "2025-11-27"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			findings := []schema.Finding{{MetricName: "p99_latency_ms", Service: "checkout"}}
			acknowledge(findings, []acknowledgement{tt.entry}, now)
			if got := findings[0].Acknowledged != nil; got != tt.want {
				t.Errorf("acknowledged = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestExpectedDay(t *testing.T) {
	ga := time.Date(2025, 11, 18, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		now  time.Time
		want int
	}{
		{"on GA day", ga.Add(20 * time.Hour), 0},
		{"when day 1 has just ended", ga.Add(48 * time.Hour), 1},
		{"on day 7", ga.Add(7*24*time.Hour + time.Hour), 6},
		{"when all are over", ga.Add(8 * 24 * time.Hour), 7},
		{"a year later", ga.AddDate(1, 0, 0), 7},
		{"before GA", ga.Add(-time.Hour), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := expected(ga, tt.now, 7); got != tt.want {
				t.Errorf("expected = %d, want %d", got, tt.want)
			}
		})
	}
}

// FuzzEvents: what is accepted survives write and read.
func FuzzEvents(f *testing.F) {
	f.Add(`{"timestamp": "2025-11-20T14:00:00Z", "kind": "deploy", "name": "checkout 1.4.2", "service": "checkout"}`)
	f.Add("{\"timestamp\": 1763647200, \"name\": \"flag\"}\n\n{\"timestamp\": \"2025-11-20\", \"name\": \"b\"}\n")
	f.Fuzz(func(t *testing.T, text string) {
		events, err := schema.ReadEvents(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		for _, e := range events {
			if err := enc.Encode(e); err != nil {
				t.Fatalf("writing %+v: %v", e, err)
			}
		}
		again, err := schema.ReadEvents(&b)
		if err != nil {
			t.Fatalf("reading what was written: %v", err)
		}
		if diff := cmp.Diff(events, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("written and read (-want +got):\n%s", diff)
		}
	})
}

// FuzzAcknowledged: what is accepted survives write and read.
func FuzzAcknowledged(f *testing.F) {
	f.Add("- metric_name: p99_latency_ms\n  service: checkout\n  reason: known\n  owner: dana\n  expires: 2025-12-01\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseAcknowledged(strings.NewReader(text))
		if err != nil || len(list) == 0 {
			return
		}
		b, err := yaml.Marshal(list)
		if err != nil {
			t.Fatalf("writing %+v: %v", list, err)
		}
		again, err := parseAcknowledged(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("reading what was written, %q: %v", b, err)
		}
		if diff := cmp.Diff(list, again, cmp.AllowUnexported(acknowledgement{})); diff != "" {
			t.Errorf("written and read (-want +got):\n%s", diff)
		}
	})
}
