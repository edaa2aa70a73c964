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

// The budget periods, in hours: the watch, and the month that teams plan by.
const (
	weekHours  = 7 * 24
	monthHours = 30 * 24
)

// BurnDowns returns the error budget of each objective of the catalogue over
// the days, which are in order.
func BurnDowns(c *kpi.Catalogue, days []Day) []schema.SLOBurnDown {
	downs := []schema.SLOBurnDown{}
	for _, k := range c.KPIs {
		if k.SLO != nil {
			downs = append(downs, burnDown(k, days))
		}
	}
	return downs
}

func burnDown(k kpi.KPI, days []Day) schema.SLOBurnDown {
	target := Target(k)
	down := schema.SLOBurnDown{
		SLOName: k.Name + " " + k.Objective(), KPI: k.Key,
		Target: target, Budget: 100 - target, ComplianceByDay: []schema.SLODay{},
	}
	byRequests := countsRequests(k) && allHaveRequests(days, k.Key)
	var hours, seen, weight, bad float64
	for _, d := range days {
		share, known := BadPercent(k, d.KPIs)
		day := schema.SLODay{DayNumber: d.Number}
		hours += d.Hours
		if known {
			w := d.Seen
			if byRequests {
				w, _ = d.KPIs.Of("requests")
			}
			seen += d.Seen
			weight += w
			bad += share * w
			burn := share / down.Budget
			met := share <= down.Budget*(1+1e-9)
			day.BadPercent, day.BurnRate, day.Met = &share, &burn, &met
			down.BurnRate = &burn
		}
		down.ComplianceByDay = append(down.ComplianceByDay, day)
	}
	if hours > 0 {
		down.CoveragePercent = schema.Num(100 * seen / hours)
	}
	if weight == 0 || seen == 0 {
		down.Reason = "no day has the data to judge it"
		if k.SLO.SlicesPercent > 0 {
			down.Reason += ": it needs the series, not an average alone"
		}
		return down
	}
	// The budget of a period is of all that the period would see at the rate
	// seen so far.
	perHour := weight / seen
	week := bad / (down.Budget * perHour * weekHours)
	down.BudgetConsumedPercent = schema.Num(100 * week)
	down.BudgetConsumed30DayPercent = schema.Num(100 * week * weekHours / monthHours)
	switch burn := *down.BurnRate; {
	case week >= 1:
		down.DaysToExhaustion = schema.Num(0)
	case burn > 0:
		down.DaysToExhaustion = schema.Num((1 - week) * weekHours / 24 / burn)
	}
	return down
}

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
	if k.Direction == kpi.HigherIsBetter {
		value = 100 - value
	}
	return max(value, 0), true
}

func badSlices(k kpi.KPI, series *schema.Series) (float64, bool) {
	if series == nil {
		return 0, false
	}
	seen, bad := 0, 0
	for _, v := range series.Values {
		if math.IsNaN(v) {
			continue
		}
		seen++
		if !k.Meets(v) {
			bad++
		}
	}
	if seen == 0 {
		return 0, false
	}
	return 100 * float64(bad) / float64(seen), true
}

// countsRequests reports whether a KPI is a share of requests rather than of
// time: those where less is better, such as the error rate.
func countsRequests(k kpi.KPI) bool {
	return k.SLO.SlicesPercent == 0 && k.Direction == kpi.LowerIsBetter
}

// allHaveRequests reports whether every day that knows the KPI knows how many
// requests it had; days of different weight must not be mixed.
func allHaveRequests(days []Day, key string) bool {
	for _, d := range days {
		if _, ok := d.KPIs.Of(key); !ok {
			continue
		}
		if n, ok := d.KPIs.Of("requests"); !ok || n == 0 {
			return false
		}
	}
	return true
}
