package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

func (w *week) releaseName() string {
	if w.release != "" {
		return w.release
	}
	if w.ga != nil && w.ga.Release != "" {
		return w.ga.Release
	}
	for _, d := range w.days {
		if d.Release != "" {
			return d.Release
		}
	}
	if w.regression != nil {
		return w.regression.Release
	}
	return ""
}

// span returns the GA time and the end of the last day that was given.
func (w *week) span() (ga, end schema.Time) {
	if w.ga != nil {
		ga = w.ga.GAStart
	}
	for _, d := range w.days {
		if ga.IsZero() {
			ga = d.GAStart
		}
	}
	if ga.IsZero() && w.regression != nil {
		ga = w.regression.GAStart
	}
	if len(w.days) > 0 {
		last := w.days[len(w.days)-1]
		switch {
		case last.Window != nil:
			end = last.Window.End
		case !ga.IsZero():
			end = schema.At(ga.Add(time.Duration(last.DayNumber+1) * 24 * time.Hour))
		}
	}
	return ga, end
}

// partial reports whether the last day given is not over.
func (w *week) partial() bool {
	return len(w.days) > 0 && w.days[len(w.days)-1].Window != nil && w.days[len(w.days)-1].Window.Partial
}

// lastDay returns the last day given, 0 without any.
func (w *week) lastDay() int {
	if len(w.days) == 0 {
		return 0
	}
	return w.days[len(w.days)-1].DayNumber
}

// day returns the summary of a day, nil when it was not given.
func (w *week) day(n int) *schema.DailySummary {
	i := slices.IndexFunc(w.days, func(d *schema.DailySummary) bool { return d.DayNumber == n })
	if i < 0 {
		return nil
	}
	return w.days[i]
}

// dayOf returns the day of an instant, -1 when the GA time is not known or
// later.
func (w *week) dayOf(t schema.Time) int {
	ga, _ := w.span()
	if t.IsZero() || ga.IsZero() || t.Before(ga.Time) {
		return -1
	}
	return int(t.Sub(ga.Time).Hours() / 24)
}

// missingDays are the days of the watch that nobody gave.
func (w *week) missingDays() []int {
	var missing []int
	for n := 1; n <= watchDays; n++ {
		if w.day(n) == nil {
			missing = append(missing, n)
		}
	}
	return missing
}

// comparison returns how a KPI of a scope compared on a day; nil when it was
// not looked at.
func (w *week) comparison(day int, metric, service, region string) *schema.MetricComparison {
	list := w.compared[day]
	i := slices.IndexFunc(list, func(m schema.MetricComparison) bool {
		return m.MetricName == metric && m.Service == service && m.Region == region
	})
	if i < 0 {
		return nil
	}
	return &list[i]
}

// kpiOf returns a KPI of a scope as the last day that has it measured it.
func (w *week) kpiOf(metric, service, region string) schema.KPI {
	for _, d := range slices.Backward(w.days) {
		if k, ok := pick(d.KPIs, d.Services, d.Regions, metric, service, region); ok {
			return k
		}
	}
	if w.ga != nil {
		k, _ := pick(w.ga.KPIs, w.ga.Services, w.ga.Regions, metric, service, region)
		return k
	}
	return schema.KPI{}
}

func pick(whole schema.KPIs, services, regions map[string]schema.Breakdown, metric, service, region string) (schema.KPI, bool) {
	kpis := whole
	switch {
	case service != "":
		kpis = services[service].KPIs
	case region != "":
		kpis = regions[region].KPIs
	}
	k, ok := kpis[metric]
	return k, ok
}

// quality joins what the inputs say of themselves. The same doubt of several
// documents is told once.
func (w *week) quality() *schema.DataQuality {
	q := &schema.DataQuality{Gaps: []schema.Gap{}, Warnings: append([]string{}, w.warnings...)}
	var doubts []string
	of := map[string][]string{}
	add := func(name string, part *schema.DataQuality) {
		if part == nil {
			return
		}
		q.ExpectedSamples += part.ExpectedSamples
		q.ActualSamples += part.ActualSamples
		q.Gaps = append(q.Gaps, part.Gaps...)
		for _, text := range part.Warnings {
			if of[text] == nil {
				doubts = append(doubts, text)
			}
			if !slices.Contains(of[text], name) {
				of[text] = append(of[text], name)
			}
		}
	}
	if w.ga != nil {
		add("GA day", w.ga.DataQuality)
	}
	for _, d := range w.days {
		add(fmt.Sprintf("day %d", d.DayNumber), d.DataQuality)
	}
	for _, text := range doubts {
		q.Warnings = append(q.Warnings, list(of[text])+": "+text)
	}
	if q.ExpectedSamples > 0 {
		q.CoveragePercent = schema.Num(100 * float64(q.ActualSamples) / float64(q.ExpectedSamples))
	}
	return q
}

// healthByDay is what the health reports say; nil without any.
func (w *week) healthByDay() []schema.HealthOfDay {
	var days []schema.HealthOfDay
	for _, h := range w.health {
		days = append(days, schema.HealthOfDay{
			DayNumber: h.DayNumber, HealthScore: h.HealthScore, Status: h.Status, CoveragePercent: h.CoveragePercent,
		})
	}
	return days
}

// dayID is the evidence id of a day.
func dayID(n int) string { return fmt.Sprintf("day:%d", n) }
