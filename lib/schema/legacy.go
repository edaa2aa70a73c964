package schema

import (
	"encoding/json"
	"strings"
)

// LegacyKPIs are the flat fields that readers of older files expect beside
// the full KPIs. They are written from the KPIs and, where a file has no KPIs,
// read into them. Units stand in the names; null means unknown.
type LegacyKPIs struct {
	OverallAvailability      *float64 `json:"overall_availability"`
	OverallErrorRate         *float64 `json:"overall_error_rate"`
	TotalRequests            *float64 `json:"total_requests"`
	TotalErrors              *float64 `json:"total_errors"`
	AvgP50LatencyMs          *float64 `json:"avg_p50_latency_ms"`
	AvgP95LatencyMs          *float64 `json:"avg_p95_latency_ms"`
	AvgP99LatencyMs          *float64 `json:"avg_p99_latency_ms"`
	MaxP99LatencyMs          *float64 `json:"max_p99_latency_ms"`
	AvgCPUPercent            *float64 `json:"avg_cpu_percent"`
	PeakCPUPercent           *float64 `json:"peak_cpu_percent"`
	AvgMemoryPercent         *float64 `json:"avg_memory_percent"`
	PeakMemoryPercent        *float64 `json:"peak_memory_percent"`
	AvgDBP95LatencyMs        *float64 `json:"avg_db_p95_latency_ms"`
	AvgRedisHitRate          *float64 `json:"avg_redis_hit_rate"`
	MinRedisHitRate          *float64 `json:"min_redis_hit_rate"`
	ClusterCPUUtilization    *float64 `json:"cluster_cpu_utilization"`
	ClusterMemoryUtilization *float64 `json:"cluster_memory_utilization"`
	EstimatedCostPerHour     *float64 `json:"estimated_cost_per_hour"`
}

// legacyAliases are other names that older files use for the same fields.
type legacyAliases struct {
	AvgAvailability *float64 `json:"avg_availability"`
	AvgErrorRate    *float64 `json:"avg_error_rate"`
	AvgDBLatencyMs  *float64 `json:"avg_db_latency_ms"`
}

// legacyField ties a KPI to its flat fields.
type legacyField struct {
	key, unit, category, direction string
	value                          func(*LegacyKPIs) **float64
	// extreme is the field of the window's worst sample, where there is one.
	extreme func(*LegacyKPIs) **float64
	lowest  bool // the worst sample is the lowest
	total   bool // the field is a total, not a mean
}

const (
	higherIsBetter = "higher_is_better"
	lowerIsBetter  = "lower_is_better"
	neutral        = "neutral"
)

var legacyFields = []legacyField{
	{
		key: "availability", unit: "%", category: "availability", direction: higherIsBetter,
		value: func(l *LegacyKPIs) **float64 { return &l.OverallAvailability },
	},
	{
		key: "error_rate", unit: "%", category: "availability", direction: lowerIsBetter,
		value: func(l *LegacyKPIs) **float64 { return &l.OverallErrorRate },
	},
	{
		key: "requests", unit: "count", category: "traffic", direction: neutral, total: true,
		value: func(l *LegacyKPIs) **float64 { return &l.TotalRequests },
	},
	{
		key: "errors", unit: "count", category: "traffic", direction: lowerIsBetter, total: true,
		value: func(l *LegacyKPIs) **float64 { return &l.TotalErrors },
	},
	{
		key: "p50_latency_ms", unit: "ms", category: "performance", direction: lowerIsBetter,
		value: func(l *LegacyKPIs) **float64 { return &l.AvgP50LatencyMs },
	},
	{
		key: "p95_latency_ms", unit: "ms", category: "performance", direction: lowerIsBetter,
		value: func(l *LegacyKPIs) **float64 { return &l.AvgP95LatencyMs },
	},
	{
		key: "p99_latency_ms", unit: "ms", category: "performance", direction: lowerIsBetter,
		value:   func(l *LegacyKPIs) **float64 { return &l.AvgP99LatencyMs },
		extreme: func(l *LegacyKPIs) **float64 { return &l.MaxP99LatencyMs },
	},
	{
		key: "cpu_percent", unit: "%", category: "resource", direction: lowerIsBetter,
		value:   func(l *LegacyKPIs) **float64 { return &l.AvgCPUPercent },
		extreme: func(l *LegacyKPIs) **float64 { return &l.PeakCPUPercent },
	},
	{
		key: "memory_percent", unit: "%", category: "resource", direction: lowerIsBetter,
		value:   func(l *LegacyKPIs) **float64 { return &l.AvgMemoryPercent },
		extreme: func(l *LegacyKPIs) **float64 { return &l.PeakMemoryPercent },
	},
	{
		key: "db_p95_latency_ms", unit: "ms", category: "performance", direction: lowerIsBetter,
		value: func(l *LegacyKPIs) **float64 { return &l.AvgDBP95LatencyMs },
	},
	{
		key: "redis_hit_rate", unit: "%", category: "cache", direction: higherIsBetter, lowest: true,
		value:   func(l *LegacyKPIs) **float64 { return &l.AvgRedisHitRate },
		extreme: func(l *LegacyKPIs) **float64 { return &l.MinRedisHitRate },
	},
	{
		key: "cluster_cpu_utilization", unit: "%", category: "resource", direction: lowerIsBetter,
		value: func(l *LegacyKPIs) **float64 { return &l.ClusterCPUUtilization },
	},
	{
		key: "cluster_memory_utilization", unit: "%", category: "resource", direction: lowerIsBetter,
		value: func(l *LegacyKPIs) **float64 { return &l.ClusterMemoryUtilization },
	},
	{
		key: "cost_per_hour", unit: "USD", category: "cost", direction: lowerIsBetter,
		value: func(l *LegacyKPIs) **float64 { return &l.EstimatedCostPerHour },
	},
}

// keyOfFlat are the KPI keys by the names that older comparisons, findings and
// events use for them.
var keyOfFlat = map[string]string{
	"overall_availability": "availability", "avg_availability": "availability",
	"overall_error_rate": "error_rate", "avg_error_rate": "error_rate",
	"total_requests": "requests", "total_errors": "errors",
	"avg_p50_latency_ms": "p50_latency_ms", "avg_p95_latency_ms": "p95_latency_ms", "avg_p99_latency_ms": "p99_latency_ms",
	"avg_cpu_percent": "cpu_percent", "avg_memory_percent": "memory_percent",
	"avg_db_p95_latency_ms": "db_p95_latency_ms", "avg_db_latency_ms": "db_p95_latency_ms",
	"avg_redis_hit_rate": "redis_hit_rate", "estimated_cost_per_hour": "cost_per_hour",
}

// renameFlat gives the parts of an older document the KPI keys of today.
func renameFlat(doc Document) {
	rename := func(name *string) {
		if key, ok := keyOfFlat[*name]; ok {
			*name = key
		}
	}
	switch d := doc.(type) {
	case *DailySummary:
		for i := range d.MetricsComparison {
			rename(&d.MetricsComparison[i].MetricName)
		}
	case *RegressionSummary:
		for i := range d.Regressions {
			rename(&d.Regressions[i].MetricName)
		}
	case *AnomalyReport:
		for i := range d.Anomalies {
			rename(&d.Anomalies[i].MetricName)
		}
	}
}

// FlatKPIs returns the flat fields for the given KPIs.
func FlatKPIs(kpis KPIs) LegacyKPIs {
	var flat LegacyKPIs
	for _, f := range legacyFields {
		kpi, ok := kpis[f.key]
		if !ok {
			continue
		}
		if v, ok := kpi.Of(); ok {
			*f.value(&flat) = &v
		}
		if f.extreme != nil && kpi.Stats != nil {
			if f.lowest {
				*f.extreme(&flat) = kpi.Stats.Min
			} else {
				*f.extreme(&flat) = kpi.Stats.Max
			}
		}
	}
	return flat
}

// kpis returns the KPIs that the flat fields speak of: values without series,
// so no distribution test is possible on them.
func (l *LegacyKPIs) kpis() KPIs {
	kpis := KPIs{}
	for _, f := range legacyFields {
		v := *f.value(l)
		if v == nil {
			continue
		}
		kpi := KPI{Unit: f.unit, Category: f.category, Direction: f.direction}
		if f.total {
			kpi.Value = v
		} else {
			kpi.Stats = &Stats{Mean: v}
			if f.extreme != nil && f.lowest {
				kpi.Stats.Min = *f.extreme(l)
			} else if f.extreme != nil {
				kpi.Stats.Max = *f.extreme(l)
			}
		}
		kpis[f.key] = kpi
	}
	return kpis
}

// kpisFromFlat reads the aliases of an older file into l and returns its KPIs.
func (l *LegacyKPIs) kpisFromFlat(raw []byte) (KPIs, error) {
	var alias legacyAliases
	if err := json.Unmarshal(raw, &alias); err != nil {
		return nil, err
	}
	for _, a := range []struct{ field, alias **float64 }{
		{&l.OverallAvailability, &alias.AvgAvailability},
		{&l.OverallErrorRate, &alias.AvgErrorRate},
		{&l.AvgDBP95LatencyMs, &alias.AvgDBLatencyMs},
	} {
		if *a.field == nil {
			*a.field = *a.alias
		}
	}
	return l.kpis(), nil
}

// FlatCounts returns the flat counts of a window. The alert counts are unknown
// when alerts is nil, zero when it is empty; downtime is the unavailable share
// of the time that was seen.
func FlatCounts(alerts []Alert, kpis KPIs, q *DataQuality, w Window) LegacyCounts {
	var counts LegacyCounts
	if alerts != nil {
		var critical, warning float64
		for _, a := range alerts {
			switch strings.ToLower(a.Severity) {
			case "critical", "page":
				critical++
			case "warning":
				warning++
			}
		}
		counts = LegacyCounts{
			IncidentCount:         Num(float64(len(alerts))),
			CriticalIncidentCount: Num(critical),
			TotalCriticalAlerts:   Num(critical),
			TotalWarningAlerts:    Num(warning),
		}
	}
	if available, ok := kpis.Of("availability"); ok && q != nil && q.CoveragePercent != nil {
		seen := w.Hours() * 60 * *q.CoveragePercent / 100
		counts.DowntimeMinutes = Num((100 - available) / 100 * seen)
	}
	if nodes, ok := kpis.Of("node_count"); ok {
		counts.NodeCount = &nodes
	}
	return counts
}

// adoptFlat fills what an older file says only in flat fields.
func (d *GAKPISummary) adoptFlat(raw []byte) (err error) {
	if d.GAStart.IsZero() {
		d.GAStart = d.Timestamp
	}
	if d.GeneratedAt.IsZero() {
		d.GeneratedAt = d.Timestamp
	}
	if len(d.KPIs) == 0 {
		d.KPIs, err = d.kpisFromFlat(raw)
	}
	return err
}

// adoptFlat fills what an older file says only in flat fields.
func (d *DailySummary) adoptFlat(raw []byte) (err error) {
	if d.GeneratedAt.IsZero() {
		d.GeneratedAt = d.Timestamp
	}
	if len(d.KPIs) == 0 {
		d.KPIs, err = d.kpisFromFlat(raw)
	}
	return err
}

// UnmarshalJSON reads what the monitor writes. What older files hold here has
// other shapes and says nothing that the comparisons beside it do not; it is
// left out.
func (d *DriftAnalysis) UnmarshalJSON(b []byte) error {
	type plain DriftAnalysis
	if json.Unmarshal(b, (*plain)(d)) != nil {
		*d = DriftAnalysis{}
	}
	return nil
}
