package slo

import (
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// The budget periods, in hours: the watch, and the month that teams plan by.
const (
	weekHours  = 7 * 24
	monthHours = 30 * 24
)

// BurnDowns returns the error budget of each objective of the catalogue over
// the days, which are in order. For the budgets of one service give days with
// that service's KPIs.
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
	used := map[int]float64{} // what was bad by the end of each known day
	for i, d := range days {
		day, share, known := judgeDay(k, d)
		hours += d.Hours
		if known {
			hoursSeen := d.seen(k.Key, byRequests)
			w := hoursSeen
			if byRequests {
				w, _ = d.KPIs.Of(keyRequests)
			}
			seen += hoursSeen
			weight += w
			bad += share * w
			used[i] = bad
			down.BurnRate = day.BurnRate
		}
		down.ComplianceByDay = append(down.ComplianceByDay, day)
	}
	down.BurnAlerts = burnAlerts(k, days)
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
	budget := down.Budget * perHour * weekHours
	week := bad / budget
	for i, u := range used {
		down.ComplianceByDay[i].BudgetConsumedPercent = schema.Num(100 * u / budget)
	}
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

// judgeDay holds one day against an objective. known is whether the share that
// was bad is known; whether the objective was met may be known without it.
func judgeDay(k kpi.KPI, d Day) (day schema.SLODay, share float64, known bool) {
	day.DayNumber = d.Number
	value, measured := d.KPIs.Of(k.Key)
	share, known = BadPercent(k, d.KPIs)
	var met bool
	switch {
	case known:
		burn := share / (100 - Target(k))
		day.BadPercent, day.BurnRate = &share, &burn
		if met = k.Meets(value); k.SLO.SlicesPercent > 0 {
			const tolerance = 1e-9 // 1% of 288 slices is no binary number
			met = burn <= 1+tolerance
		}
	case measured:
		met = k.Meets(value)
	default:
		return day, 0, false
	}
	day.Met = &met
	return day, share, known
}

// seen returns how many hours of the day were seen: of the KPI where its
// statistics say, else of the document. A share of requests is seen where its
// requests are counted: an hour without any has no error rate, but is no gap.
func (d Day) seen(key string, byRequests bool) float64 {
	if byRequests {
		key = keyRequests
	}
	if s := d.KPIs[key].Stats; s != nil && s.Count > 0 {
		return d.Hours * float64(s.Count) / float64(s.Count+s.Missing)
	}
	return d.Seen
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
		if n, ok := d.KPIs.Of(keyRequests); !ok || n == 0 {
			return false
		}
	}
	return true
}
