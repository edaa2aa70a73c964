package schema

// The states of a degradation.
const (
	// Resolved: it ended, and later days show it gone.
	Resolved = "resolved"
	// Recovered: it ended, but no later day was given that could show it again.
	Recovered = "recovered"
	// Standing: the last day given shows it.
	Standing = "standing"
	// ResolutionUnknown: no day tells.
	ResolutionUnknown = "unknown"
)

// Degradation is one thing that got worse, told once: what the days, the
// regression summary, the incidents and the alerts say of it.
type Degradation struct {
	// ID is stable over runs, "D-latency-search"; of something that came and
	// went it names the day, "D-availability-checkout-day2".
	ID string `json:"id"`
	// DayOccurred is the first day that shows it; 0 is GA day. Null when the GA
	// time is not known.
	DayOccurred *int `json:"day_occurred"`
	// Days are all days that show it.
	Days []int `json:"days,omitempty"`
	// Category is what got worse: availability, errors, latency, database,
	// memory, cpu, cost, objective, alert, or the KPI's key.
	Category    string `json:"category"`
	Service     string `json:"service,omitempty"`
	Region      string `json:"region,omitempty"`
	Description string `json:"description"`
	// Severity is critical, high, medium or low.
	Severity string `json:"severity"`
	Impact   string `json:"impact"`
	// ResolutionStatus is resolved, recovered, standing or unknown.
	ResolutionStatus  string `json:"resolution_status"`
	ResolutionDetails string `json:"resolution_details"`
	// Began and Ended are the time of it, where an onset, an incident or an
	// alert tells; DurationSeconds is between them.
	Began           Time     `json:"began,omitzero"`
	Ended           *Time    `json:"ended,omitempty"`
	DurationSeconds *float64 `json:"duration_seconds,omitempty"`
	// Metrics are the KPIs that show it, worst first.
	Metrics []DegradedMetric `json:"metrics,omitempty"`
	// Alerts that fired for it; empty when nobody was told.
	Alerts []string `json:"alerts,omitempty"`
	// Incidents are ids of the anomaly report.
	Incidents []string `json:"incidents,omitempty"`
	// Preceding are the events shortly before it began, nearest first.
	Preceding []SystemEvent `json:"preceding_events,omitempty"`
	// Acknowledged is present when somebody answers for it: it is told, and
	// asks for nothing.
	Acknowledged *Acknowledgement `json:"acknowledged,omitempty"`
	// Checks are questions about the cause and the commands that answer them.
	Checks []Check `json:"checks,omitempty"`
	// Link shows its first KPI in Prometheus; absent without --link-base.
	Link string `json:"link,omitempty"`
}

// DegradedMetric is one KPI of a degradation, on its worst day.
type DegradedMetric struct {
	MetricName string `json:"metric_name"`
	// Name is the KPI's name for people.
	Name    string `json:"name,omitempty"`
	Service string `json:"service,omitempty"`
	Region  string `json:"region,omitempty"`
	Unit    string `json:"unit,omitempty"`
	// BaselineSource names what BaselineValue is of: ga, before_ga, expected (by
	// the detector), objective, or a baseline's name.
	BaselineSource string   `json:"baseline_source,omitempty"`
	BaselineValue  *float64 `json:"baseline_value"`
	WorstValue     *float64 `json:"worst_value"`
	// WorstDay is the day of WorstValue; absent when that is of several days.
	WorstDay     *int     `json:"worst_day,omitempty"`
	DriftPercent *float64 `json:"drift_percent"`
	Severity     string   `json:"severity"`
	// Evidence is the test behind it; absent when no test was made.
	Evidence *Evidence `json:"evidence,omitempty"`
}
