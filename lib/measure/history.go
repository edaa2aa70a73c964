package measure

import (
	"fmt"
	"math"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/stat"
)

// history asks for the days before GA and condenses them to hours.
func (m *measurer) history() (*schema.History, error) {
	const hour = 3600
	w := schema.Window{
		Start: schema.At(m.plan.HistoryEnd.Add(-m.plan.Lookback)),
		End:   schema.At(m.plan.HistoryEnd),
	}
	before := *m
	before.grid = newGrid(w, m.plan.Step)
	before.coverage = coverage{grid: before.grid} // GA day's coverage is its own
	var queries []prom.Query
	var totals []bool
	for _, k := range m.plan.Catalogue.KPIs {
		if q, ok := m.whole().chosen[k.Key]; ok {
			queries = append(queries, before.series(k.Key, q.Series, ""))
			totals = append(totals, k.Aggregate == kpi.Total)
		}
	}
	answers, err := m.ask(queries)
	if err != nil {
		return nil, fmt.Errorf("reading the history before GA: %w", err)
	}
	h := &schema.History{Start: w.Start, StepSeconds: hour, KPIs: map[string]schema.Values{}}
	perHour := int(hour / m.plan.Step.Seconds())
	for i, answer := range answers {
		byName, err := before.lay(answer, "")
		if err != nil {
			return nil, err
		}
		if values, ok := byName[""]; ok {
			h.KPIs[answer.Query.KPI] = Hourly(values, perHour, totals[i])
		}
	}
	return h, nil
}

// Hourly condenses samples to hours, perHour of them each: the median, or for
// totals the sum. An hour less than half seen is NaN; a sum over an hour that
// is not wholly seen is NaN as well, since the rest is not known to be zero.
func Hourly(values schema.Values, perHour int, total bool) schema.Values {
	hours := make(schema.Values, 0, len(values)/perHour)
	for i := 0; i+perHour <= len(values); i += perHour {
		var seen []float64
		sum := 0.0
		for _, v := range values[i : i+perHour] {
			if !math.IsNaN(v) {
				seen = append(seen, v)
				sum += v
			}
		}
		switch {
		case total && len(seen) == perHour:
			hours = append(hours, sum)
		case !total && 2*len(seen) >= perHour:
			hours = append(hours, stat.Median(seen))
		default:
			hours = append(hours, math.NaN())
		}
	}
	return hours
}
