package main

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/schema"
)

func names(figures []figure) []string {
	var all []string
	for _, f := range figures {
		all = append(all, f.Name)
	}
	return all
}

// TestFigures draws what the week has, and nothing of what it has not.
func TestFigures(t *testing.T) {
	without := func(kind string) []schema.Document { return slices.DeleteFunc(sampleWeek(), of(kind)) }
	for _, x := range []struct {
		name string
		docs []schema.Document
		want []string
	}{
		{"everything", sampleWeek(), []string{"error_rate.svg", "availability.svg", "p99_latency_ms.svg", "health.svg", "cost.svg", "error_budget.svg"}},
		{"no health", without(schema.KindHealthReport), []string{"error_rate.svg", "availability.svg", "p99_latency_ms.svg", "cost.svg", "error_budget.svg"}},
		{"GA day alone", []schema.Document{sampleGA()}, []string{"availability.svg", "error_rate.svg", "p99_latency_ms.svg", "cost.svg"}},
		{"health alone", []schema.Document{sampleHealth(2)}, []string{"health.svg"}},
		{"anomalies alone", []schema.Document{sampleAnomalies()}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			drawn := figures(retro(t, x.docs))
			if diff := cmp.Diff(x.want, names(drawn)); diff != "" {
				t.Errorf("figures (-want +got):\n%s", diff)
			}
			for _, f := range drawn {
				var any struct{}
				if err := xml.Unmarshal(f.SVG, &any); err != nil {
					t.Errorf("%s: %v", f.Name, err)
				}
				if f.Alt == "" || !strings.Contains(string(f.SVG), "<title") || len(f.Evidence) == 0 {
					t.Errorf("%s says nothing of itself: %+v", f.Name, f)
				}
			}
		})
	}
}
