package measure

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
)

// alerts returns the firings within the window, by start and name: a series of
// ALERTS that pauses for more than two steps has fired twice.
func (m *measurer) alerts() ([]schema.Alert, error) {
	template := m.plan.Catalogue.Alerts
	if template == "" {
		return nil, nil
	}
	answers, err := m.ask([]prom.Query{m.series("alerts", template, "")})
	if err != nil {
		return nil, err
	}
	alerts := []schema.Alert{}
	for _, s := range answers[0].Series {
		alerts = append(alerts, firings(m.grid, s)...)
	}
	slices.SortFunc(alerts, func(a, b schema.Alert) int {
		return cmp.Or(a.Started.Compare(b.Started.Time), cmp.Compare(a.Name, b.Name),
			cmp.Compare(labelText(a.Labels), labelText(b.Labels)))
	})
	return alerts, nil
}

func firings(g grid, s schema.MatrixSeries) []schema.Alert {
	const pause = 2 // steps: a scrape or an evaluation may be missed once
	labels := maps.Clone(s.Metric)
	alert := schema.Alert{Name: labels["alertname"], Severity: labels["severity"], Labels: labels}
	for _, known := range []string{"__name__", "alertname", "severity", "alertstate"} {
		delete(labels, known)
	}
	var out []schema.Alert
	var last time.Time
	for _, p := range s.Values {
		at := p.Time()
		if len(out) == 0 || at.Sub(last) > (pause+1)*g.step {
			// Seen first at the end of a step: it began within that step.
			next := alert
			next.Started = schema.At(at.Add(-g.step))
			out = append(out, next)
		}
		ended := schema.At(at)
		out[len(out)-1].Ended = &ended
		last = at
	}
	if len(out) > 0 && !last.Before(g.last()) {
		out[len(out)-1].Ended = nil // still firing at the window's end
	}
	return out
}

func labelText(labels map[string]string) string {
	var text strings.Builder
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		text.WriteString(k + "=" + labels[k] + ",")
	}
	return text.String()
}
