package simulate

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// documents cuts the series into the baseline and seven days.
func (c Config) documents(ga, first time.Time, whole map[string][]float64, services []map[string][]float64) Week {
	var w Week
	for day := 0; day <= watch; day++ {
		from := (historyLen + day) * perDay
		start := first.Add(time.Duration(from) * step)
		kpis := cut(whole, start, from)
		var breakdowns map[string]schema.Breakdown
		for i, s := range services {
			if breakdowns == nil {
				breakdowns = map[string]schema.Breakdown{}
			}
			breakdowns[fmt.Sprintf("service-%d", i+1)] = schema.Breakdown{KPIs: cut(s, start, from)}
		}
		window := &schema.Window{Start: schema.At(start), End: schema.At(start.Add(24 * time.Hour))}
		if day == 0 {
			w.Baseline = &schema.GAKPISummary{GAStart: schema.At(ga), GAEnd: window.End, KPIs: kpis, Services: breakdowns}
			w.Baseline.Header = schema.NewHeader(schema.KindGAKPISummary, "", start)
			w.Baseline.Window = window
			continue
		}
		d := &schema.DailySummary{DayNumber: day, GAStart: schema.At(ga), KPIs: kpis, Services: breakdowns}
		d.Header = schema.NewHeader(schema.KindDailySummary, "", start)
		d.Window = window
		w.Days = append(w.Days, d)
	}
	if c.History {
		w.Baseline.History = history(whole, first)
	}
	return w
}

func cut(series map[string][]float64, start time.Time, from int) schema.KPIs {
	kpis := schema.KPIs{}
	for key, values := range series {
		part := values[from : from+perDay]
		k := schema.KPI{
			Unit: "count", Category: "traffic", Direction: "neutral",
			Series: &schema.Series{Start: schema.At(start), StepSeconds: step.Seconds(), Values: part},
		}
		for _, known := range kinds {
			if known.key == key {
				k.Unit, k.Category, k.Direction = known.unit, known.category, known.direction
			}
		}
		sum, n := 0.0, 0
		for _, v := range part {
			if !math.IsNaN(v) {
				sum += v
				n++
			}
		}
		switch key {
		case "requests", "errors":
			k.Value = schema.Num(sum)
		case "availability", "error_rate":
			k.Unit, k.Category, k.Direction = "%", "availability", "higher_is_better"
			if key == "error_rate" {
				k.Direction = "lower_is_better"
			}
		}
		k.Stats = &schema.Stats{Count: n, Missing: len(part) - n, Mean: schema.Num(sum / float64(n))}
		kpis[key] = k
	}
	if requests := *kpis["requests"].Value; requests > 0 {
		k := kpis["error_rate"]
		k.Value = schema.Num(100 * *kpis["errors"].Value / requests)
		kpis["error_rate"] = k
	}
	return kpis
}

// history is the seven days before GA: hourly sums of counts, hourly medians
// of everything else.
func history(series map[string][]float64, first time.Time) *schema.History {
	h := &schema.History{Start: schema.At(first), StepSeconds: 3600, KPIs: map[string]schema.Values{}}
	for key, values := range series {
		hourly := make(schema.Values, historyLen*24)
		for i := range hourly {
			hour := slices.Clone(values[i*perHour : (i+1)*perHour])
			if key == "requests" || key == "errors" {
				for _, v := range hour {
					hourly[i] += v
				}
				continue
			}
			slices.Sort(hour) // NaN first; there is none where it matters
			hourly[i] = (hour[perHour/2-1] + hour[perHour/2]) / 2
		}
		h.KPIs[key] = hourly
	}
	return h
}
