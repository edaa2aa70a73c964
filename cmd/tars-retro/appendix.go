package main

import (
	"fmt"

	"github.com/veleron-dev/tars/lib/schema"
)

// appendix lists what everything rests on.
func (w *week) appendix() schema.Appendix {
	a := schema.Appendix{Windows: []schema.AppendixWindow{}, Queries: []schema.AppendixQuery{}, Comparison: "not at all: no baseline and days were given"}
	add := func(id, name string, head *schema.Header) {
		window := schema.AppendixWindow{ID: id, Document: name, GeneratedAt: head.GeneratedAt}
		if head.Window != nil {
			window.Start, window.End, window.Partial = head.Window.Start, head.Window.End, head.Window.Partial
		}
		if q := head.DataQuality; q != nil {
			window.CoveragePercent, window.Gaps = q.CoveragePercent, q.Gaps
		}
		a.Windows = append(a.Windows, window)
	}
	if w.ga != nil {
		add(dayID(0), "GA day", w.ga.Head())
	} else {
		a.Missing = append(a.Missing, "GA day")
	}
	for _, d := range w.days {
		add(dayID(d.DayNumber), fmt.Sprintf("day %d", d.DayNumber), d.Head())
	}
	for _, n := range w.missingDays() {
		a.Missing = append(a.Missing, fmt.Sprintf("day %d", n))
	}
	w.reports(add)
	if w.anomalies == nil {
		a.Missing = append(a.Missing, "anomalies")
	}
	if w.regression != nil {
		add("regressions", "regressions", w.regression.Head())
	} else {
		a.Missing = append(a.Missing, "regressions")
	}
	for _, h := range w.health {
		add(healthID(h.DayNumber), fmt.Sprintf("health of day %d", h.DayNumber), h.Head())
	}
	if w.events != nil {
		add("events", count(len(w.events), "event"), &schema.Header{})
	}
	a.Queries = w.queries()
	if w.findings != nil {
		a.Comparison, a.Tests, a.Unknown = w.findings.how, w.findings.tests, w.findings.unknown
	}
	return a
}

// reports adds the anomaly reports: each that has a window, and one for all
// that have none (older files, single events).
func (w *week) reports(add func(string, string, *schema.Header)) {
	var flat *schema.Header
	for _, d := range w.anomalies {
		if d.Window != nil {
			add("anomalies", "anomalies", d.Head())
		} else {
			flat = d.Head()
		}
	}
	if flat != nil {
		add("anomalies", "anomalies", flat)
	}
}

// queries are those of the KPIs of the whole.
func (w *week) queries() []schema.AppendixQuery {
	queries := []schema.AppendixQuery{}
	var kpis schema.KPIs
	if w.ga != nil {
		kpis = w.ga.KPIs
	}
	if n := len(w.days); n > 0 {
		kpis = w.days[n-1].KPIs
	}
	ga, end := w.span()
	for _, key := range kpis.Keys() {
		if q := kpis[key].Query; q != "" {
			queries = append(queries, schema.AppendixQuery{MetricName: key, Query: q, Link: w.links.graph(q, schema.Window{Start: ga, End: end})})
		}
	}
	return queries
}
