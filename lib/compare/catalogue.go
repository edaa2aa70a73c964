package compare

import (
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// FromCatalogue returns the rules that a KPI catalogue gives.
func FromCatalogue(c *kpi.Catalogue) Rules {
	return func(key string, measured schema.KPI) Rule {
		k := c.For(key, measured)
		r := Rule{
			Unit: k.Unit, Category: k.Category, Direction: k.Direction,
			DriftPercent: k.DriftPercent,
			Medium:       k.Severity.Medium, High: k.Severity.High, Critical: k.Severity.Critical,
			MinChange: k.MinChange, Vital: k.Critical || k.SLO != nil, OnLoad: k.OnLoad,
		}
		if r.DriftPercent == 0 {
			r.DriftPercent = DriftThreshold
		}
		if k.SLO != nil {
			objective := k.SLO.Objective
			r.Objective = &objective
		}
		return r
	}
}

// defaultRules are the rules of the default catalogue.
func defaultRules() Rules {
	c, err := kpi.Preset(kpi.DefaultPreset)
	if err != nil { // it is embedded, and its own tests read it
		c = &kpi.Catalogue{}
	}
	return FromCatalogue(c)
}
