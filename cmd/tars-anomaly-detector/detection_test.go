package main

import (
	"testing"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
)

// TestSeededInOrder: what lies between the baseline and --since is newer
// history than the baseline, and what was normal there stays normal.
func TestSeededInOrder(t *testing.T) {
	ga := time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)
	level := func(base float64) schema.Values {
		values := make(schema.Values, 100)
		for i := range values {
			values[i] = base + float64(i%3)
		}
		return values
	}
	settings := detect.DefaultSettings(detect.MethodEWMA)
	d := newDetection(&settings)
	d.seed = seedFrom(&schema.GAKPISummary{KPIs: schema.KPIs{"p95_latency_ms": {
		Series: &schema.Series{Start: schema.At(ga), StepSeconds: 300, Values: level(100)},
	}}})
	first := ga.Add(24 * time.Hour)
	d.since = first.Add(50 * 5 * time.Minute).UnixMilli()
	events := 0
	d.event = func(*detect.Record) { events++ }
	series := d.track("p95_latency_ms", nil)
	for i, v := range level(150) {
		d.push(series, first.Add(time.Duration(i)*5*time.Minute).UnixMilli(), v)
	}
	if events != 0 {
		t.Errorf("%d events in a series that has not changed since --since", events)
	}
	if all, unscored := d.points(); all != 50 || unscored != 0 {
		t.Errorf("%d points, %d of them not judged; want 50, each judged", all, unscored)
	}
}
