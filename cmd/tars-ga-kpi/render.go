package main

import (
	"fmt"
	"io"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// markdown returns a writer of the summary for people.
func markdown(catalogue *kpi.Catalogue, s *schema.GAKPISummary) func(io.Writer) error {
	return func(w io.Writer) error {
		title := "GA day"
		if s.Release != "" {
			title += " of " + report.Escape(s.Release)
		}
		if _, err := fmt.Fprintf(w, "# %s: %s\n\n", title, s.CertificationStatus); err != nil {
			return err
		}
		for _, note := range s.CertificationNotes {
			if _, err := fmt.Fprintf(w, "- %s\n", report.Escape(note)); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
		if err := report.KPITable(w, s.KPIs, catalogue.Keys(), catalogue.NameOf); err != nil {
			return err
		}
		if s.Cost != nil && s.Cost.PerHour != nil {
			if _, err := fmt.Fprintf(w, "Cost: %s per hour, %s per 1,000 requests (%s).\n\n",
				report.Money(s.Cost.PerHour, s.Cost.Currency), report.Money(s.Cost.PerThousandRequests, s.Cost.Currency),
				report.Escape(s.Cost.Basis())); err != nil {
				return err
			}
		}
		return report.Quality(w, &s.Header)
	}
}

// openmetrics returns a writer of the summary as gauges.
func openmetrics(s *schema.GAKPISummary) func(io.Writer) error {
	return func(w io.Writer) error {
		common := map[string]string{"release": s.Release, "day": "0"}
		gauges := report.KPIGauges(&s.Header, s.KPIs, s.Services, s.Regions, common)
		certified := map[string]*float64{pass: schema.Num(1), fail: schema.Num(0)}
		gauges = append(gauges, report.Gauge{
			Name: "tars_certified", Help: "1 when GA day met every objective, 0 when it missed one; absent when unknown.",
			Samples: []report.Sample{{Labels: common, Value: certified[s.CertificationStatus]}},
		})
		return report.OpenMetrics(w, gauges)
	}
}
