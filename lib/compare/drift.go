package compare

import (
	"fmt"

	"github.com/veleron-dev/tars/lib/schema"
)

// DriftThreshold is the drift, in percent, that is flagged where the catalogue
// says nothing else.
const DriftThreshold = 10

// Drift counts what drifted, for a day's summary.
func (r *Result) Drift() schema.DriftAnalysis {
	d := schema.DriftAnalysis{ThresholdPercent: DriftThreshold, DriftedMetrics: []string{}, UnknownMetrics: []string{}}
	byAverages := 0
	for i := range r.Comparisons {
		m := &r.Comparisons[i]
		d.Compared++
		switch m.Direction {
		case "unknown":
			d.Unknown++
			d.UnknownMetrics = append(d.UnknownMetrics, m.Name())
		case schema.Regression:
			d.Regressions++
			if schema.SeverityRank(m.Severity) > schema.SeverityRank(d.WorstSeverity) {
				d.WorstMetric, d.WorstSeverity = m.Name(), m.Severity
			}
		case schema.Improvement:
			d.Improvements++
		}
		if m.Drifted {
			d.Drifted++
			d.DriftedMetrics = append(d.DriftedMetrics, m.Name())
		}
		if m.Evidence != nil && m.Evidence.Method == "none" {
			byAverages++
		}
	}
	switch byAverages {
	case 0:
		d.Evidence = "the noise inside and between the days"
	case d.Compared - d.Unknown:
		d.Evidence = noneNote
	default:
		d.Evidence = fmt.Sprintf("the noise inside and between the days; %d comparisons by averages alone", byAverages)
	}
	return d
}
