package compare

import (
	"github.com/veleron-dev/tars/lib/schema"
)

// Rule is what a comparison needs to know of a KPI. Changes are in percent of
// the baseline value, in the bad direction.
type Rule struct {
	Unit, Category, Direction string
	// DriftPercent is the change from which drift is flagged.
	DriftPercent float64
	// Medium, High and Critical are the rungs of the severity; low is from
	// lowRung.
	Medium, High, Critical float64
	// MinChange is the smallest absolute change that matters, in Unit; a
	// smaller one is low at most.
	MinChange float64
	// Objective is the SLO in Unit; nil without one.
	Objective *float64
	// Vital is true for a KPI without which nothing can be said.
	Vital bool
	// OnLoad is true for a KPI that a busier day moves: it is compared at equal
	// load.
	OnLoad bool
}

// Rules return the rule of a KPI by its key. k is the KPI as measured, for
// unit, category and direction of keys that no catalogue knows.
type Rules func(key string, k schema.KPI) Rule

// lowRung is where the severity "low" begins, in percent.
const lowRung = 1

const (
	higherIsBetter = "higher_is_better"
	lowerIsBetter  = "lower_is_better"
	neutral        = "neutral"
)

// The keys that the comparison treats in a way of their own.
const (
	keyAvailability = "availability"
	keyErrorRate    = "error_rate"
	keyRequests     = "requests"
	keyErrors       = "errors"
	keyP50          = "p50_latency_ms"
)

// worse turns a change of the value into a change for the worse: positive is
// worse. A neutral KPI has no worse.
func (r Rule) worse(change float64) float64 {
	if r.Direction == higherIsBetter {
		return -change
	}
	return change
}

// rungOf returns the severity of a change for the worse in percent, "" below
// the lowest rung. The tolerance keeps a change that is the rung itself (99.0%
// of availability) from falling short by its last binary digit.
func (r Rule) rungOf(worsePercent float64) string {
	const tolerance = 1e-6
	v := worsePercent * (1 + tolerance)
	switch {
	case v >= r.Critical:
		return schema.SeverityCritical
	case v >= r.High:
		return schema.SeverityHigh
	case v >= r.Medium:
		return schema.SeverityMedium
	case v >= min(lowRung, r.Medium/2):
		return schema.SeverityLow
	}
	return ""
}

// capSeverity returns the milder of two severities.
func capSeverity(severity, limit string) string {
	if schema.SeverityRank(severity) > schema.SeverityRank(limit) {
		return limit
	}
	return severity
}
