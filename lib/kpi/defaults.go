package kpi

// defaults are the thresholds of a category: where a change for the worse, in
// percent of the baseline, becomes medium, high and critical, and the smallest
// absolute change that matters.
var defaults = map[string]struct {
	severity  Ladder
	minChange float64
}{
	"availability": {Ladder{0.2, 0.5, 1}, 0.02},
	"performance":  {Ladder{15, 30, 50}, 1},
	"resource":     {Ladder{20, 30, 50}, 1},
	"cache":        {Ladder{5, 10, 20}, 1},
	"cost":         {Ladder{10, 20, 30}, 0},
	"traffic":      {Ladder{20, 50, 100}, 0},
}

// defaultDrift is the change from which drift is flagged, in percent. A KPI
// whose medium severity begins below it drifts from there: ten percent of
// availability would be a lost day.
const defaultDrift = 10

// fill gives a KPI the defaults of its category where it says nothing.
func (k *KPI) fill() {
	if k.Aggregate == "" {
		k.Aggregate = Mean
	}
	d, ok := defaults[k.Category]
	if !ok {
		d = defaults["traffic"]
	}
	if k.Severity == (Ladder{}) {
		k.Severity = d.severity
	}
	if k.DriftPercent == 0 {
		k.DriftPercent = min(defaultDrift, k.Severity.Medium)
	}
	if k.MinChange == 0 {
		k.MinChange = d.minChange
	}
}
