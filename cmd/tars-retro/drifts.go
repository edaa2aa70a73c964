package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// From which change, in percent, a drift is told, and from which it should be
// looked into.
const (
	driftFrom       = 10
	investigateFrom = 15
)

// drifts lists the KPIs of the whole and of services that ended elsewhere than
// on GA day and are not told as a degradation: improvements, what is neither
// good nor bad, and what was on its way before the release.
func (w *week) drifts(told []schema.Degradation) []schema.UnexpectedDrift {
	drifts := []schema.UnexpectedDrift{}
	for _, m := range w.finals() {
		if m.DriftPercent == nil || math.Abs(*m.DriftPercent) < driftFrom || m.Region != "" || w.toldIn(told, m.MetricComparison) {
			continue
		}
		before := w.beganBefore(m.MetricComparison)
		direction := w.catalogue.For(m.MetricName, schema.KPI{Direction: m.Direction}).Direction
		if !m.Drifted && direction != kpi.Neutral && !before {
			continue // noise: the comparison does not believe it
		}
		d := schema.UnexpectedDrift{
			ID:         stableID("U", m.MetricName, m.Service, m.Region),
			MetricName: m.MetricName, Name: w.catalogue.NameOf(m.MetricName), Service: m.Service, Region: m.Region,
			Unit: orText(m.Unit, w.unitOf(m.MetricName)), BaselineValue: m.BaselineValue, FinalValue: m.CurrentValue, FinalDay: m.day, DriftPercent: m.DriftPercent,
			Direction: m.Direction, Trend: w.trend(m.MetricComparison),
			InvestigationNeeded: math.Abs(*m.DriftPercent) >= investigateFrom,
		}
		if before {
			d.Reason = "it began before GA, so the release is not the cause"
		}
		w.question(&d)
		drifts = append(drifts, d)
	}
	drifts = foldServices(drifts)
	slices.SortStableFunc(drifts, func(a, b schema.UnexpectedDrift) int {
		return cmp.Or(cmp.Compare(a.MetricName, b.MetricName), cmp.Compare(a.Service, b.Service))
	})
	return drifts
}

// final is how a KPI compared on the last day that knows it.
type final struct {
	schema.MetricComparison
	day int
}

func (w *week) finals() []final {
	var finals []final
	type scope struct{ metric, service, region string }
	seen := map[scope]bool{}
	for _, day := range slices.Backward(w.days) {
		for _, m := range w.compared[day.DayNumber] {
			name := scope{m.MetricName, m.Service, m.Region}
			if m.CurrentValue != nil && !seen[name] {
				seen[name] = true
				finals = append(finals, final{m, day.DayNumber})
			}
		}
	}
	return finals
}

// toldIn reports whether a drift belongs to a degradation that is told already:
// of the same family, and of the same service or of the whole.
func (w *week) toldIn(told []schema.Degradation, m schema.MetricComparison) bool {
	if m.Direction == schema.Improvement {
		return false
	}
	fam := family(w.catalogue, m.MetricName)
	return slices.ContainsFunc(told, func(d schema.Degradation) bool {
		return d.Category == fam && (m.Service == "" || d.Service == m.Service || d.Service == "") && !over(d)
	})
}

// foldServices lets the whole stand for services that moved the same way.
func foldServices(drifts []schema.UnexpectedDrift) []schema.UnexpectedDrift {
	for i := range drifts {
		whole := &drifts[i]
		if whole.Service != "" {
			continue
		}
		for _, d := range drifts {
			if d.Service != "" && d.MetricName == whole.MetricName && (*d.DriftPercent > 0) == (*whole.DriftPercent > 0) {
				whole.Also = append(whole.Also, d.Service)
			}
		}
		slices.Sort(whole.Also)
	}
	return slices.DeleteFunc(drifts, func(d schema.UnexpectedDrift) bool {
		return d.Service != "" && slices.ContainsFunc(drifts, func(whole schema.UnexpectedDrift) bool {
			return whole.MetricName == d.MetricName && slices.Contains(whole.Also, d.Service)
		})
	})
}

// trend is the direction of a KPI over the days: that of the straight line
// through them, where it moves by at least three percent of the baseline.
func (w *week) trend(m schema.MetricComparison) string {
	var xs, ys []float64
	for _, d := range w.days {
		if c := w.comparison(d.DayNumber, m.MetricName, m.Service, m.Region); c != nil && c.CurrentValue != nil {
			xs, ys = append(xs, float64(d.DayNumber)), append(ys, *c.CurrentValue)
		}
	}
	base := 0.0
	if m.BaselineValue != nil {
		base = math.Abs(*m.BaselineValue)
	}
	return trendOf(xs, ys, base)
}

func trendOf(xs, ys []float64, base float64) string {
	const days, matters = 3, 0.03
	if len(xs) < days || base == 0 {
		return "unknown"
	}
	moved := slope(xs, ys) * (xs[len(xs)-1] - xs[0]) / base
	switch {
	case moved >= matters:
		return "rising"
	case moved <= -matters:
		return "falling"
	}
	return "stable"
}

// slope is that of the least-squares line.
func slope(xs, ys []float64) float64 {
	var mx, my float64
	for i := range xs {
		mx += xs[i] / float64(len(xs))
		my += ys[i] / float64(len(ys))
	}
	var above, below float64
	for i := range xs {
		above += (xs[i] - mx) * (ys[i] - my)
		below += (xs[i] - mx) * (xs[i] - mx)
	}
	if below == 0 {
		return 0
	}
	return above / below
}

// question asks what to check about a drift, from what else was measured, with
// the commands that answer. A cause is never stated.
func (w *week) question(d *schema.UnexpectedDrift) {
	d.PotentialCauses = []string{}
	ga, end := w.span()
	over := schema.Window{Start: ga, End: end}
	query := w.kpiOf(d.MetricName, d.Service, d.Region).Query
	d.Link = w.links.graph(query, over)
	ask := func(question, query string) {
		d.PotentialCauses = append(d.PotentialCauses, question)
		if query != "" {
			d.Checks = append(d.Checks, schema.Check{Question: question, Command: w.rangeQuery(query, over)})
		}
	}
	if d.MetricName == "requests" {
		ask("Is it the weekday, a campaign, or clients that went elsewhere?", query)
		return
	}
	load := w.comparison(d.FinalDay, "requests", d.Service, d.Region)
	if load != nil && load.DriftPercent != nil && math.Abs(*load.DriftPercent) >= driftFrom {
		ask(fmt.Sprintf("Is it the load? Requests changed by %s as well.", report.Change(load.DriftPercent, "%")),
			w.kpiOf("requests", d.Service, d.Region).Query)
	}
	if d.Direction == schema.Improvement {
		ask("Is it meant? Did the release do this, or is work skipped?", query)
		return
	}
	ask("Did configuration, data volume or a dependency change when it began?", query)
}
