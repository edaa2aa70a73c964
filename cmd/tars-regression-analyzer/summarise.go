package main

import (
	"fmt"
	"time"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/schema"
)

// summarise turns the result of a comparison into the document, all but its
// header.
func summarise(in *inputs, o compare.Options, r *compare.Result, now time.Time) *schema.RegressionSummary {
	acknowledge(r.Regressions, in.acknowledged, now)
	if len(in.acknowledged) > 0 {
		r.Rollback = r.Advise()
	}
	d := &schema.RegressionSummary{
		GAStart: schema.At(o.GAStart), Days: r.Days, Baselines: r.Baselines,
		Regressions: list(r.Regressions), Improvements: list(r.Improvements), Unknown: list(r.Unknown),
		Groups: r.Groups, RollbackRecommendation: &r.Rollback, Tests: &r.Tests,
	}
	if o.GAStart.IsZero() {
		d.GAStart = schema.Time{}
	}
	d.OverallAssessment, d.AssessmentReason = r.Assess()
	d.Count()
	return d
}

// list makes an empty list of none, so that JSON says [] and not null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// header is the document's header: the release, the days' window and how much
// of it was seen.
func header(release string, in *inputs, o compare.Options, now time.Time) schema.Header {
	days := compare.SortDays(in.days)
	for _, d := range days {
		if release == "" {
			release = d.Release
		}
	}
	if release == "" && in.ga != nil {
		release = in.ga.Release
	}
	h := schema.NewHeader(schema.KindRegressionSummary, release, now)
	q := &schema.DataQuality{Gaps: []schema.Gap{}, Warnings: []string{}}
	partial, seen := false, map[int]bool{}
	for _, d := range days {
		seen[d.DayNumber] = true
		if d.Window != nil {
			partial = d.Window.Partial
		}
		if d.DataQuality == nil {
			q.Warnings = append(q.Warnings, fmt.Sprintf("day %d does not say how much of it was seen", d.DayNumber))
			continue
		}
		q.ExpectedSamples += d.DataQuality.ExpectedSamples
		q.ActualSamples += d.DataQuality.ActualSamples
		q.Gaps = append(q.Gaps, d.DataQuality.Gaps...)
	}
	last := days[len(days)-1].DayNumber
	for n := 1; n <= max(last, o.Expect); n++ {
		if !seen[n] {
			q.Warnings = append(q.Warnings, fmt.Sprintf("day %d is missing", n))
		}
	}
	if q.ExpectedSamples > 0 {
		q.CoveragePercent = schema.Num(100 * float64(q.ActualSamples) / float64(q.ExpectedSamples))
	}
	if !o.GAStart.IsZero() {
		day := 24 * time.Hour
		h.Window = &schema.Window{
			Start: schema.At(o.GAStart.Add(time.Duration(days[0].DayNumber) * day)),
			End:   schema.At(o.GAStart.Add(time.Duration(last+1) * day)), Partial: partial,
		}
		if w := days[len(days)-1].Window; w != nil {
			h.Window.End = w.End
		}
	}
	h.DataQuality = q
	return h
}
