package kpi

import (
	"maps"
	"slices"
)

// Defaults are the thresholds of a category.
type Defaults struct {
	Severity Ladder `yaml:"severity,flow"`
	// MinChange is the smallest absolute change that matters, by unit; a unit
	// that is not there has none.
	MinChange map[string]float64 `yaml:"min_change,omitempty,flow"`
}

// defaultDrift is the change from which drift is flagged, in percent. A KPI
// whose medium severity begins below it drifts from there: ten percent of
// availability would be a lost day.
const defaultDrift = 10

// defaultSlices is the share of steps that must keep an objective which is no
// share itself, such as a latency, in percent.
const defaultSlices = 99

// otherwise is the category whose defaults hold for one that has none.
const otherwise = "traffic"

// complete adds the built-in defaults where the catalogue has none of its own.
func (c *Catalogue) complete() error {
	shared, err := platform()
	if err != nil {
		return err
	}
	if c.Health == (HealthWeights{}) {
		c.Health = shared.Health
	}
	defaults := maps.Clone(shared.Defaults)
	for _, category := range slices.Sorted(maps.Keys(c.Defaults)) {
		defaults[category] = c.Defaults[category]
	}
	c.Defaults = defaults
	return nil
}

// fill gives a KPI the defaults of its category where it says nothing. given is
// whether it names its smallest change that matters, which may be 0.
func (c *Catalogue) fill(k *KPI, given bool) {
	if k.Aggregate == "" {
		k.Aggregate = Mean
	}
	d, ok := c.Defaults[k.Category]
	if !ok {
		d = c.Defaults[otherwise]
	}
	if k.Severity == (Ladder{}) {
		k.Severity = d.Severity
	}
	if k.DriftPercent == 0 {
		k.DriftPercent = min(defaultDrift, k.Severity.Medium)
	}
	if k.MinChange == 0 && !given {
		k.MinChange = d.MinChange[k.Unit]
	}
	if k.SLO != nil && k.SLO.SlicesPercent == 0 && !k.IsShare() {
		k.SLO.SlicesPercent = defaultSlices
	}
}
