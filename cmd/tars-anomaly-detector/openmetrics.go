package main

import (
	"io"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// openmetrics returns a writer of the report's numbers as gauges.
func openmetrics(r *schema.AnomalyReport) func(io.Writer) error {
	common := map[string]string{"release": r.Release}
	counts := func(name, help, label string, of map[string]int) report.Gauge {
		g := report.Gauge{Name: name, Help: help}
		for word, n := range of {
			g.Samples = append(g.Samples, report.Sample{
				Labels: map[string]string{"release": r.Release, label: word}, Value: schema.Num(float64(n)),
			})
		}
		return g
	}
	gauges := append(report.HeadGauges(&r.Header, common),
		counts("tars_anomalies", "Anomalous points found, by severity.", "severity", r.Summary.BySeverity),
		counts("tars_anomalies_by_classification", "Anomalous points found, by classification.", "classification", r.Summary.ByClassification),
		counts("tars_anomalies_by_kpi", "Anomalous points found, by KPI or metric; those without any are left out.", "kpi", r.AnomaliesByMetric),
		counts("tars_incidents", "Incidents found, by status.", "status", map[string]int{
			"open": r.Summary.OpenIncidents, "closed": r.Summary.TotalIncidents - r.Summary.OpenIncidents,
		}))
	return func(w io.Writer) error { return report.OpenMetrics(w, gauges) }
}
