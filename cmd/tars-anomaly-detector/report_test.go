package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// TestWriteJSON: the report that is written piece by piece is the document, and
// its counts are those of its events.
func TestWriteJSON(t *testing.T) {
	for _, level := range []float64{0, 50} { // without and with events
		settings := detect.DefaultSettings(detect.MethodEWMA)
		d := newDetection(&settings)
		k := &records{d: d}
		d.event = k.add
		for i := range int64(100) {
			v := 100 + float64(i%3)
			if i > 60 && i < 66 {
				v += level
			}
			for _, name := range []string{"b", "a<b"} {
				d.push(d.track(name, map[string]string{"service": "x"}), 60_000*(i+1), v)
			}
		}
		d.finish()
		report := build(d, k, "v1", at(0).Time)
		var got, want bytes.Buffer
		if err := writeJSON(report, k)(&got); err != nil {
			t.Fatal(err)
		}
		gather(k, func(r *detect.Record, in *detect.Incident) {
			report.Anomalies = append(report.Anomalies, r.Document(in))
		})
		counted := report.Summary
		counted.Tally(report.Anomalies, report.Incidents)
		if diff := cmp.Diff(counted, report.Summary); diff != "" {
			t.Errorf("counts (-of the events +of the report):\n%s", diff)
		}
		if diff := cmp.Diff(schema.CountEvents(report.Anomalies, func(e *schema.Event) string { return e.MetricName }), report.AnomaliesByMetric); diff != "" {
			t.Errorf("by metric (-of the events +of the report):\n%s", diff)
		}
		if err := tool.JSON(report)(&want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("(-document +written):\n%s", diff)
		}
	}
}
