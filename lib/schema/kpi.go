package schema

import (
	"maps"
	"slices"
)

// KPIs are measured KPIs by key: availability, error_rate, requests, errors,
// p50_latency_ms, p95_latency_ms, p99_latency_ms, cpu_percent, memory_percent,
// db_p95_latency_ms, redis_hit_rate, cluster_cpu_utilization,
// cluster_memory_utilization, cost_per_hour, and what the catalogue adds.
type KPIs map[string]KPI

// KPI is one measured KPI over a window.
type KPI struct {
	// Unit is the unit of every number here: "%", "ms", "count", "USD", ...
	Unit string `json:"unit"`
	// Category is availability, performance, resource, cache, cost or traffic.
	Category string `json:"category"`
	// Direction is higher_is_better, lower_is_better or neutral.
	Direction string `json:"direction"`
	// Query is the PromQL that answered; empty in hand-made and older files.
	Query string `json:"query,omitempty"`
	// Value is the KPI over the whole window where that is not the mean of
	// its samples: the total of a count, the ratio of totals of a rate.
	// Absent: Stats.Mean is the value.
	Value *float64 `json:"value,omitempty"`
	// Stats describe the samples; absent when there is no data.
	Stats *Stats `json:"stats,omitempty"`
	// Series are the samples; absent in older files and when there is no data.
	Series *Series `json:"series,omitempty"`
	// Reason says why there is no data; present only then.
	Reason string `json:"reason,omitempty"`
}

// Of returns the KPI over its whole window: Value, else the mean of the
// samples. It is false when the KPI is unknown.
func (k KPI) Of() (float64, bool) {
	switch {
	case k.Value != nil:
		return *k.Value, true
	case k.Stats != nil && k.Stats.Mean != nil:
		return *k.Stats.Mean, true
	}
	return 0, false
}

// Stats describe the samples of a window; all but the counts in the KPI's
// unit. Percentiles interpolate linearly between closest ranks (Hyndman and
// Fan, type 7); the deviation is the sample standard deviation (n-1).
type Stats struct {
	// Count is the number of samples, Missing the number of steps without one.
	Count   int `json:"count"`
	Missing int `json:"missing"`

	Mean *float64 `json:"mean"`
	Min  *float64 `json:"min"`
	Max  *float64 `json:"max"`
	P50  *float64 `json:"p50"`
	P95  *float64 `json:"p95"`
	P99  *float64 `json:"p99"`
	// Stddev is null with fewer than two samples.
	Stddev *float64 `json:"stddev"`
}

// Keys returns the keys in alphabetical order.
func (k KPIs) Keys() []string { return slices.Sorted(maps.Keys(k)) }

// Of returns the value of a KPI over its whole window; false when the KPI is
// absent or unknown.
func (k KPIs) Of(key string) (float64, bool) { return k[key].Of() }

// Breakdown is the KPIs of one service or one region.
type Breakdown struct {
	KPIs KPIs `json:"kpis"`
}

// Alert is one firing of an alert within the window.
type Alert struct {
	Name     string `json:"name"`
	Severity string `json:"severity"`
	// Labels are the alert's other labels.
	Labels map[string]string `json:"labels,omitempty"`
	// Started is when it was first seen firing; the window's start when it
	// fired already then.
	Started Time `json:"started"`
	// Ended is when it was last seen firing; absent when it still fired at the
	// window's end.
	Ended *Time `json:"ended,omitempty"`
}

// Cost is what the release costs to run, and how that was computed.
type Cost struct {
	// Currency is the price sheet's, e.g. "USD".
	Currency string `json:"currency"`
	// PerHour is the mean cost per hour over the window; null when unknown.
	PerHour *float64 `json:"per_hour"`
	// Total is PerHour times the window's length.
	Total *float64 `json:"total"`
	// PerThousandRequests is Total per 1,000 requests; null without requests.
	PerThousandRequests *float64 `json:"per_1000_requests"`
	// Parts are the measured parts; empty when a cost metric answered.
	Parts []CostPart `json:"parts,omitempty"`
	// PriceSheet names and dates the prices used; empty when a cost metric
	// answered.
	PriceSheet string `json:"price_sheet,omitempty"`
	// Reason says why there is no cost; present only then.
	Reason string `json:"reason,omitempty"`
}

// CostPart is one measured quantity and its price.
type CostPart struct {
	// Name is "cpu" or "memory".
	Name string `json:"name"`
	// Quantity is the mean over the window, in Unit (cores, GiB).
	Quantity float64 `json:"quantity"`
	Unit     string  `json:"unit"`
	// Price is per Unit and hour; PerHour is Quantity times Price.
	Price   float64 `json:"price"`
	PerHour float64 `json:"per_hour"`
}

// History is the time before GA at a coarse step: the season, the weekend and
// the ordinary spread between days that one GA day cannot show.
type History struct {
	Start       Time    `json:"start"`
	StepSeconds float64 `json:"step_seconds"`
	// KPIs has one value a step: hourly sums of counts, hourly medians of
	// everything else, null for gaps.
	KPIs map[string]Values `json:"kpis"`
}

// Basis says in words what a cost was computed from.
func (c *Cost) Basis() string {
	if c.PriceSheet == "" {
		return "as the cost metric says"
	}
	return "measured use times " + c.PriceSheet
}
