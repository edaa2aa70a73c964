// Package kpi holds the KPI catalogue: what to measure, as data. A KPI is its
// name, unit, direction, PromQL, objective, thresholds and weight. Catalogues
// are YAML; the built-in ones (presets) are embedded.
//
// A catalogue that differs in little amends a built-in one:
//
//	name: shop
//	based_on: tars
//	kpis:
//	  - key: p99_latency_ms
//	    slo: {objective: 250}
//
// The fields are those of Catalogue and KPI below; the presets, whose comments
// say why they ask what they ask, are examples of all of them.
package kpi

import (
	"fmt"
	"slices"

	"github.com/veleron-dev/tars/lib/schema"
)

// Catalogue is a set of KPIs and how to find services, alerts and prices.
type Catalogue struct {
	// Name is the preset's name, or the user's.
	Name string `yaml:"name"`
	// BasedOn names a built-in catalogue that this one takes over and amends; it
	// is empty once the catalogue has been read.
	BasedOn string `yaml:"based_on,omitempty"`
	// Discovery finds the services of a release.
	Discovery Discovery `yaml:"discovery"`
	// RegionLabel is the label that names regions; empty for no regions.
	RegionLabel string `yaml:"region_label,omitempty"`
	// Alerts is the query whose series are firing alerts; empty for none.
	Alerts string `yaml:"alerts,omitempty"`
	// Prices are what cores and memory cost.
	Prices PriceSheet `yaml:"prices,omitempty"`
	// Health is the weight of each part of the health score.
	Health HealthWeights `yaml:"health,omitempty,flow"`
	// Defaults are, by category, what a KPI takes that says nothing itself.
	Defaults map[string]Defaults `yaml:"defaults,omitempty"`
	// KPIs in the order of reports.
	KPIs []KPI `yaml:"kpis"`
}

// Discovery finds services: the first label that the query's answer carries
// names them.
type Discovery struct {
	// Query is a template with $by.
	Query string `yaml:"query"`
	// Labels are tried in order.
	Labels []string `yaml:"labels,flow"`
}

// PriceSheet is what resources cost for an hour. A price that is nil is not
// known, and no cost is computed from it.
type PriceSheet struct {
	// Name and Date say where the prices come from, for reports.
	Name string `yaml:"name,omitempty"`
	Date string `yaml:"date,omitempty"`
	// Currency is a code such as USD.
	Currency string `yaml:"currency,omitempty"`
	// CPUCoreHour is the price of one core, GiBHour of 2^30 bytes of memory.
	CPUCoreHour *float64 `yaml:"cpu_core_hour,omitempty"`
	GiBHour     *float64 `yaml:"gib_hour,omitempty"`
}

// Complete reports whether both prices are known.
func (p PriceSheet) Complete() bool { return p.CPUCoreHour != nil && p.GiBHour != nil }

// String names the sheet, its date and its prices, for reports.
func (p PriceSheet) String() string {
	if !p.Complete() {
		return ""
	}
	name := p.Name
	if p.Date != "" {
		name += ", " + p.Date
	}
	return fmt.Sprintf("%s: %g %s per core and hour, %g %s per GiB and hour",
		name, *p.CPUCoreHour, p.Currency, *p.GiBHour, p.Currency)
}

// HealthWeights are the parts of the health score; only their ratio matters.
type HealthWeights struct {
	Availability float64 `yaml:"availability"`
	Latency      float64 `yaml:"latency"`
	ErrorRate    float64 `yaml:"error_rate"`
	Drift        float64 `yaml:"drift"`
}

// KPI is one thing to measure and how to judge it.
type KPI struct {
	// Key is the name in documents, Name the one for people.
	Key  string `yaml:"key"`
	Name string `yaml:"name"`
	Unit string `yaml:"unit"`
	// Category is availability, performance, resource, cache, cost or traffic.
	Category string `yaml:"category"`
	// Direction is higher_is_better, lower_is_better or neutral.
	Direction string `yaml:"direction"`
	// Aggregate says how samples make up the value of a window: mean, ratio (of
	// totals) or total. Ratios and totals need a window form of each query.
	Aggregate string `yaml:"aggregate,omitempty"`
	// Queries are alternatives; the first with data counts.
	Queries []Query `yaml:"queries"`
	// SLO is the objective; nil for none.
	SLO *SLO `yaml:"slo,omitempty"`
	// DriftPercent is the change from which drift is flagged.
	DriftPercent float64 `yaml:"drift_percent,omitempty"`
	// Severity is where a change for the worse becomes medium, high, critical.
	Severity Ladder `yaml:"severity,omitempty,flow"`
	// MinChange is the smallest absolute change that matters, in Unit.
	MinChange float64 `yaml:"min_change"`
	// Component is the part of the health score that the KPI counts in:
	// availability, latency or error_rate; Weight is its weight within it.
	Component string  `yaml:"component,omitempty"`
	Weight    float64 `yaml:"weight,omitempty"`
	// Critical KPIs cap the health status at Fair when they miss their SLO.
	Critical bool `yaml:"critical,omitempty"`
	// OnLoad KPIs move with traffic and are compared at equal load.
	OnLoad bool `yaml:"on_load,omitempty"`
}

// Query is one way to ask for a KPI. Templates know $selector (label matchers,
// last inside braces), $by (grouping labels, may be empty), $step, $window,
// $price_cpu_core_hour and $price_gib_hour.
type Query struct {
	// Series is evaluated at every step, over one step.
	Series string `yaml:"series"`
	// Window is evaluated once, at the window's end, over all of it; empty
	// when the value is the mean of the samples.
	Window string `yaml:"window,omitempty"`
}

// SLO is an objective. A KPI where higher is better must be at least
// Objective, any other below it.
type SLO struct {
	// Objective is in the KPI's unit.
	Objective float64 `yaml:"objective"`
	// SlicesPercent is the share of steps that must keep the objective; the
	// error budget is the rest. It is 0 for a KPI that is itself a share of
	// time or requests (IsShare), whose budget is what Objective leaves.
	SlicesPercent float64 `yaml:"slices_percent,omitempty"`
}

// Ladder is a severity ladder: the change for the worse, in percent of the
// baseline, at which each severity begins. Low begins at 1 percent.
type Ladder struct {
	Medium   float64 `yaml:"medium"`
	High     float64 `yaml:"high"`
	Critical float64 `yaml:"critical"`
}

// The values of KPI.Aggregate.
const (
	Mean  = "mean"
	Ratio = "ratio"
	Total = "total"
)

// The values of KPI.Direction.
const (
	HigherIsBetter = "higher_is_better"
	LowerIsBetter  = "lower_is_better"
	Neutral        = "neutral"
)

// Lookup returns the KPI with the key.
func (c *Catalogue) Lookup(key string) (KPI, bool) {
	i := slices.IndexFunc(c.KPIs, func(k KPI) bool { return k.Key == key })
	if i < 0 {
		return KPI{}, false
	}
	return c.KPIs[i], true
}

// For returns how to judge a KPI of a document: by its key or, for a key that
// the catalogue does not know, by the defaults of its category.
func (c *Catalogue) For(key string, measured schema.KPI) KPI {
	if k, ok := c.Lookup(key); ok {
		return k
	}
	k := KPI{Key: key, Name: key, Unit: measured.Unit, Category: measured.Category, Direction: measured.Direction}
	if k.Direction == "" {
		k.Direction = Neutral
	}
	c.fill(&k, false)
	return k
}

// IsShare reports whether the KPI's value is itself the share of time or
// requests that was good (higher is better) or bad, in percent, so that an error
// budget can be read from it.
func (k KPI) IsShare() bool {
	return k.Unit == "%" && (k.Aggregate == Ratio || k.Category == "availability")
}

// Objective describes the KPI's SLO in words, "at least 99.9 %"; empty without
// one.
func (k KPI) Objective() string {
	if k.SLO == nil {
		return ""
	}
	word := "below"
	if k.Direction == HigherIsBetter {
		word = "at least"
	}
	return fmt.Sprintf("%s %g %s", word, k.SLO.Objective, k.Unit)
}

// Meets reports whether a value keeps the KPI's SLO, which must not be nil.
func (k KPI) Meets(value float64) bool {
	if k.Direction == HigherIsBetter {
		return value >= k.SLO.Objective
	}
	return value < k.SLO.Objective
}

// Keys returns the keys in the catalogue's order.
func (c *Catalogue) Keys() []string {
	keys := make([]string, len(c.KPIs))
	for i, k := range c.KPIs {
		keys[i] = k.Key
	}
	return keys
}

// NameOf returns a KPI's name for people; of a key the catalogue does not know,
// the key.
func (c *Catalogue) NameOf(key string) string {
	if k, ok := c.Lookup(key); ok {
		return k.Name
	}
	return key
}
