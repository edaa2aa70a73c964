package measure

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
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
	text := ""
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		text += k + "=" + labels[k] + ","
	}
	return text
}

// cost puts the measured parts and their prices beside the cost per hour.
func cost(plan Plan, kpis schema.KPIs) *schema.Cost {
	k, ok := kpis["cost_per_hour"]
	if !ok {
		return nil
	}
	prices := plan.Catalogue.Prices
	c := &schema.Cost{Currency: prices.Currency, Reason: k.Reason}
	perHour, known := k.Of()
	if !known {
		return c
	}
	c.PerHour = schema.Num(perHour)
	hours := plan.Window.Hours()
	c.Total = schema.Num(perHour * hours)
	if requests, ok := kpis.Of("requests"); ok && requests > 0 {
		c.PerThousandRequests = schema.Num(perHour * hours / requests * 1000)
	}
	priced := slices.ContainsFunc(plan.Catalogue.KPIs, func(entry kpi.KPI) bool {
		return entry.Key == "cost_per_hour" && slices.ContainsFunc(entry.Queries, func(q kpi.Query) bool {
			return kpi.NeedsPrices(q.Series) && expandsTo(plan, q.Series, k.Query)
		})
	})
	if !priced {
		return c
	}
	c.PriceSheet = prices.String()
	for _, part := range []struct {
		name, key, unit string
		price           *float64
	}{{"cpu", "cpu_cores", "cores", prices.CPUCoreHour}, {"memory", "memory_gib", "GiB", prices.GiBHour}} {
		if quantity, ok := kpis.Of(part.key); ok && part.price != nil {
			c.Parts = append(c.Parts, schema.CostPart{
				Name: part.name, Quantity: quantity, Unit: part.unit,
				Price: *part.price, PerHour: quantity * *part.price,
			})
		}
	}
	return c
}
