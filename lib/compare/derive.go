package compare

import (
	"math"

	"github.com/veleron-dev/tars/lib/schema"
)

// pick returns a KPI of a document. What hand-made documents often leave out is
// made from what they have: the value from the samples, an error rate from
// errors and requests.
func pick(kpis schema.KPIs, key string) schema.KPI {
	k, ok := kpis[key]
	if _, valued := k.Of(); ok && !valued {
		if total, seen := totalOf(k); seen && (key == keyErrors || key == keyRequests) {
			k.Value = schema.Num(total)
		} else if seen {
			k.Value = schema.Num(meanOf(k.Series.Values))
		}
	}
	if ok || key != keyErrorRate {
		return k
	}
	errors, requests := kpis[keyErrors], kpis[keyRequests]
	failed, ok := totalOf(errors)
	all, known := totalOf(requests)
	if !ok || !known || all <= 0 {
		return k
	}
	k = schema.KPI{Unit: "%", Category: "availability", Direction: lowerIsBetter, Value: schema.Num(100 * failed / all)}
	if errors.Series != nil && requests.Series != nil && errors.Series.StepSeconds == requests.Series.StepSeconds &&
		errors.Series.Start.Equal(requests.Series.Start.Time) {
		rates := make(schema.Values, min(len(errors.Series.Values), len(requests.Series.Values)))
		for i := range rates {
			rates[i] = math.NaN()
			if n := requests.Series.Values[i]; n > 0 {
				rates[i] = 100 * errors.Series.Values[i] / n
			}
		}
		k.Series = &schema.Series{Start: errors.Series.Start, StepSeconds: errors.Series.StepSeconds, Values: rates}
	}
	return k
}

// totalOf is a count over its whole window: its value, else the sum of its
// samples.
func totalOf(k schema.KPI) (float64, bool) {
	if k.Value != nil {
		return *k.Value, true
	}
	if k.Series == nil {
		return 0, false
	}
	sum, seen := 0.0, false
	for _, v := range k.Series.Values {
		if !math.IsNaN(v) {
			sum += v
			seen = true
		}
	}
	return sum, seen
}
