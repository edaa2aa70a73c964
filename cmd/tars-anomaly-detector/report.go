package main

import (
	"slices"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
)

// records keeps what a detection said until it has ended. They are kept in
// blocks, so that growing copies nothing.
type records struct {
	blocks [][]detect.Record
}

const blockSize = 256

func (k *records) add(r *detect.Record) {
	n := len(k.blocks)
	if n == 0 || len(k.blocks[n-1]) == blockSize {
		k.blocks = append(k.blocks, make([]detect.Record, 0, blockSize))
		n++
	}
	k.blocks[n-1] = append(k.blocks[n-1], *r)
}

// sorted returns the records in the order in which they are told.
func (k *records) sorted() []*detect.Record {
	var out []*detect.Record
	for _, block := range k.blocks {
		for i := range block {
			out = append(out, &block[i])
		}
	}
	slices.SortStableFunc(out, detect.Less)
	return out
}

// told is an event with its incident.
type told struct {
	record   *detect.Record
	incident *detect.Incident
}

// gather joins records to incidents.
func gather(sorted []*detect.Record) (events []told, incidents []*detect.Incident) {
	g := detect.NewGrouper()
	g.Closed = func(in *detect.Incident) { incidents = append(incidents, in) }
	for _, r := range sorted {
		in := g.Observe(r)
		if r.Event {
			events = append(events, told{r, in})
		}
	}
	g.Finish()
	incidents = append(incidents, g.Open()...)
	slices.SortStableFunc(incidents, func(a, b *detect.Incident) int {
		return int(min(max(a.Started-b.Started, -1), 1))
	})
	return events, incidents
}

// build puts the report together from the records of a finished detection.
func build(d *detection, sorted []*detect.Record, release string, now time.Time) *schema.AnomalyReport {
	events, incidents := gather(sorted)
	report := &schema.AnomalyReport{
		Header:    schema.NewHeader(schema.KindAnomalyReport, release, now),
		Settings:  settingsOf(d.settings),
		Anomalies: make([]schema.Event, 0, len(events)),
		Incidents: make([]schema.Incident, 0, len(incidents)),
	}
	report.Window = d.window()
	report.DataQuality = d.quality()
	for _, e := range events {
		report.Anomalies = append(report.Anomalies, e.record.Document(e.incident))
	}
	for _, in := range incidents {
		report.Incidents = append(report.Incidents, in.Document())
	}
	report.Summary.Series = len(d.series)
	report.Summary.Points, report.Summary.Unscored = d.points()
	report.Summary.Tally(report.Anomalies, report.Incidents)
	report.AnomaliesByMetric = schema.CountEvents(report.Anomalies, func(e *schema.Event) string { return e.MetricName })
	return report
}

func settingsOf(s *detect.Settings) *schema.DetectorSettings {
	if s.Method == detect.MethodAdaptive {
		return &schema.DetectorSettings{Method: s.Method, WarmUp: s.WarmUp()}
	}
	return &schema.DetectorSettings{
		Method: s.Method, WarmUp: s.WarmUp(),
		ZThreshold: schema.Num(s.Threshold), EWMAAlpha: schema.Num(s.Alpha), Window: s.Window,
	}
}
