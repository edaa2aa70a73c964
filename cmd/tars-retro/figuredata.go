package main

import (
	"github.com/veleron-dev/tars/lib/schema"
)

// The bounds of what is drawn.
const (
	// mostFigures KPIs are drawn, of them mostTroubled because of degradations.
	mostFigures, mostTroubled = 6, 4
	// mostSteps is how many values a KPI has: hours of GA day and seven more.
	mostSteps = 8 * 24
	// mostDays is the last day that is drawn; longer watches end there.
	mostDays = 62
	// fewSamples is how many the band of an hour needs at least.
	fewSamples = 5
)

// scope is a KPI of the whole, of a service or of a region.
type scope struct{ metric, service, region string }

// figures are the data of the KPIs worth drawing: those of the degradations,
// then those with an objective.
func (w *week) figures(r *schema.Retrospective) []schema.KPIFigure {
	var all []schema.KPIFigure
	seen := map[scope]bool{}
	add := func(s scope) {
		if len(all) < mostFigures && !seen[s] {
			seen[s] = true
			if f, ok := w.figure(s); ok {
				all = append(all, f)
			}
		}
	}
	for _, d := range r.Degradations {
		if len(d.Metrics) > 0 && len(all) < mostTroubled {
			add(scope{d.Metrics[0].MetricName, d.Metrics[0].Service, d.Metrics[0].Region})
		}
	}
	for _, k := range w.catalogue.KPIs {
		if k.SLO != nil || k.Critical {
			add(scope{k.Key, "", ""})
		}
	}
	return all
}

// figure collects a KPI's values; ok is false when no day has any.
func (w *week) figure(s scope) (f schema.KPIFigure, ok bool) {
	measured := w.kpiOf(s.metric, s.service, s.region)
	k := w.catalogue.For(s.metric, measured)
	f = schema.KPIFigure{
		MetricName: s.metric, Name: k.Name, Service: s.service, Region: s.region,
		Unit: orText(measured.Unit, k.Unit), Direction: k.Direction, Evidence: []string{},
	}
	if k.SLO != nil {
		f.Objective = schema.Num(k.SLO.Objective)
	}
	f.Typical.Start, _ = w.span()
	days := w.measured(s)
	if !sampled(&f, days) {
		averaged(&f, days)
	}
	return f, len(f.Evidence) > 0
}

// measuredDay is a KPI on one day.
type measuredDay struct {
	number int
	kpi    schema.KPI
}

// averaged fills a figure with each day's value.
func averaged(f *schema.KPIFigure, days []measuredDay) {
	last := 0
	for _, d := range days {
		last = max(last, d.number)
	}
	f.Typical.StepSeconds = 24 * 3600
	f.Typical.Values = gap(last + 1)
	for _, d := range days {
		if v, ok := d.kpi.Of(); ok {
			f.Typical.Values[d.number] = v
			f.Evidence = append(f.Evidence, dayID(d.number))
		}
	}
	f.Caption = "Each day's value; there is no series to draw the hours from."
}

// measured returns GA day and the days that have the KPI, as far as they are
// drawn.
func (w *week) measured(s scope) []measuredDay {
	var days []measuredDay
	if w.ga != nil {
		if k, ok := pick(w.ga.KPIs, w.ga.Services, w.ga.Regions, s.metric, s.service, s.region); ok {
			days = append(days, measuredDay{0, k})
		}
	}
	for _, d := range w.days {
		if k, ok := pick(d.KPIs, d.Services, d.Regions, s.metric, s.service, s.region); ok && d.DayNumber <= mostDays {
			days = append(days, measuredDay{d.DayNumber, k})
		}
	}
	return days
}
