package compare

import (
	"strings"

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

// DefaultRules are the thresholds that hold where no catalogue says otherwise.
func DefaultRules(key string, k schema.KPI) Rule {
	r := Rule{Unit: k.Unit, Category: k.Category, Direction: k.Direction, DriftPercent: 10}
	if r.Category == "" {
		r.Category = categoryOf(key)
	}
	if r.Direction == "" {
		r.Direction = directionOf(key, r.Category)
	}
	r.OnLoad = r.Category == "performance" || r.Category == "cost" || key != "memory_percent" && r.Category == "resource"
	switch {
	case key == keyAvailability:
		r.Medium, r.High, r.Critical = 0.2, 0.5, 1.0
		r.DriftPercent = r.Medium // ten percent of availability is a lost day
		r.Objective, r.Vital = schema.Num(99.9), true
	case key == keyErrorRate:
		r.Medium, r.High, r.Critical = 20, 50, 100
		r.MinChange, r.Objective, r.Vital = 0.02, schema.Num(0.1), true
	case r.Category == "performance":
		r.Medium, r.High, r.Critical = 15, 30, 50
		r.MinChange = 1
		if key == "p99_latency_ms" {
			r.Objective, r.Vital = schema.Num(500), true
		}
	case r.Category == "cost":
		r.Medium, r.High, r.Critical = 10, 20, 30
	case r.Category == "cache":
		r.Medium, r.High, r.Critical = 5, 10, 20
		r.DriftPercent = r.Medium
	default:
		r.Medium, r.High, r.Critical = 20, 30, 50
		if r.Unit == "%" {
			r.MinChange = 1
		}
	}
	return r
}

func categoryOf(key string) string {
	switch {
	case key == keyAvailability, key == keyErrorRate:
		return "availability"
	case strings.Contains(key, "latency"):
		return "performance"
	case strings.Contains(key, "hit_rate"):
		return "cache"
	case strings.Contains(key, "cost"):
		return "cost"
	case key == keyRequests, key == keyErrors:
		return "traffic"
	}
	return "resource"
}

func directionOf(key, category string) string {
	switch {
	case key == keyErrorRate, key == keyErrors:
		return lowerIsBetter
	case category == "availability", category == "cache":
		return higherIsBetter
	case category == "traffic":
		return neutral
	}
	return lowerIsBetter
}

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
