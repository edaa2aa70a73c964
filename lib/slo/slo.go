// Package slo holds KPIs against their objectives and counts error budgets. The
// budget used is the real share of time or of requests that was bad, not a
// count of bad days; time that was not seen is neither good nor bad.
package slo

import (
	"math"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// Judge holds the KPIs against the catalogue's objectives. An objective whose
// KPI has no data is neither met nor missed.
func Judge(c *kpi.Catalogue, kpis schema.KPIs) schema.SLOCompliance {
	verdicts := schema.SLOCompliance{}
	for _, k := range c.KPIs {
		if k.SLO == nil {
			continue
		}
		v := schema.SLOVerdict{Objective: schema.Num(k.SLO.Objective)}
		if value, ok := kpis.Of(k.Key); ok {
			met := k.Meets(value)
			v.Value, v.Met = &value, &met
		}
		verdicts[k.Key] = v
	}
	return verdicts
}

// Day is one day of the watch.
type Day struct {
	Number int
	// Hours is how long it was, Seen how much of it was seen (0 to Hours).
	Hours, Seen float64
	KPIs        schema.KPIs
}

// DayOf returns the day of a summary: its window and how much of it was seen.
// A summary that says neither is taken as a whole day, wholly seen.
func DayOf(number int, head *schema.Header, kpis schema.KPIs) Day {
	d := Day{Number: number, Hours: 24, KPIs: kpis}
	if head.Window != nil {
		d.Hours = head.Window.Hours()
	}
	d.Seen = d.Hours
	if q := head.DataQuality; q != nil && q.CoveragePercent != nil {
		d.Seen *= *q.CoveragePercent / 100
	}
	return d
}

// keyRequests is the KPI that says what a share of requests is a share of.
const keyRequests = "requests"

// Target returns the share of time or requests that a KPI's objective wants to
// be good, in percent.
func Target(k kpi.KPI) float64 {
	switch {
	case k.SLO.SlicesPercent > 0:
		return k.SLO.SlicesPercent
	case k.Direction == kpi.HigherIsBetter:
		return k.SLO.Objective
	}
	return 100 - k.SLO.Objective
}

// BadPercent returns the share of time or requests that was bad. It is false
// when that is not known, which for an objective on slices of time is so
// without the series.
func BadPercent(k kpi.KPI, kpis schema.KPIs) (float64, bool) {
	if k.SLO.SlicesPercent > 0 {
		return badSlices(k, kpis[k.Key].Series)
	}
	value, ok := kpis.Of(k.Key)
	if !ok {
		return 0, false
	}
	return badShare(k, value), true
}

func badSlices(k kpi.KPI, series *schema.Series) (float64, bool) {
	if series == nil {
		return 0, false
	}
	seen, bad := 0, 0.0
	for _, v := range series.Values {
		if !math.IsNaN(v) {
			seen++
			bad += badShare(k, v)
		}
	}
	if seen == 0 {
		return 0, false
	}
	return bad / float64(seen), true
}
