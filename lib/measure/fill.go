package measure

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/stat"
)

// fill asks for the totals of the chosen alternatives and puts the KPIs
// together.
func (m *measurer) fill(out *Measurement) error {
	type place struct {
		scope *scope
		key   string
	}
	var places []place
	var queries []prom.Query
	for _, sc := range m.scopes {
		for _, k := range m.plan.Catalogue.KPIs {
			if q, ok := sc.chosen[k.Key]; ok && q.Window != "" {
				places = append(places, place{sc, k.Key})
				queries = append(queries, m.total(k.Key, q.Window, sc.label))
			}
		}
	}
	answers, err := m.ask(queries)
	if err != nil {
		return err
	}
	for i, answer := range answers {
		p := places[i]
		p.scope.totals[p.key] = map[string]float64{}
		for _, s := range answer.Series {
			if len(s.Values) > 0 {
				p.scope.totals[p.key][s.Metric[p.scope.label]] = s.Values[len(s.Values)-1].Value
			}
		}
	}
	out.KPIs = m.kpis(m.whole(), "")
	out.Services = m.breakdowns(m.scope(m.serviceLabel), m.plan.Services)
	out.Regions = m.breakdowns(m.scope(m.plan.Catalogue.RegionLabel), nil)
	m.warnPartial(out.KPIs)
	return nil
}

// breakdowns returns the KPIs of each name in a scope; those asked for by name
// are there even without data.
func (m *measurer) breakdowns(sc *scope, asked []string) map[string]schema.Breakdown {
	if sc == nil {
		return nil
	}
	names := slices.Clone(asked)
	for _, byName := range sc.values {
		names = slices.AppendSeq(names, maps.Keys(byName))
	}
	if len(names) == 0 {
		return nil
	}
	out := map[string]schema.Breakdown{}
	for _, name := range names {
		out[name] = schema.Breakdown{KPIs: m.kpis(sc, name)}
	}
	return out
}

// kpis puts together the KPIs of one name of a scope.
func (m *measurer) kpis(sc *scope, name string) schema.KPIs {
	kpis := schema.KPIs{}
	for _, k := range m.plan.Catalogue.KPIs {
		query, chosen := sc.chosen[k.Key]
		if sc.label != "" && !chosen {
			continue // this KPI has no breakdown here
		}
		out := schema.KPI{Unit: k.Unit, Category: k.Category, Direction: k.Direction}
		values := sc.values[k.Key][name]
		switch {
		case !chosen:
			out.Reason = m.whyMissing(k)
		case !hasData(values):
			out.Reason = fmt.Sprintf("no series with %s=%q", sc.label, name)
		default:
			out.Query = m.expand(query.Series, sc.label)
			if query.Window != "" {
				out.Query = m.expand(query.Window, sc.label)
				if total, ok := sc.totals[k.Key][name]; ok {
					out.Value = schema.Num(total)
				}
			}
			out.Stats = Stats(values)
			out.Series = &schema.Series{Start: schema.At(m.grid.start), StepSeconds: m.grid.step.Seconds(), Values: values}
		}
		kpis[k.Key] = out
	}
	return kpis
}

// Stats describes the samples of a window.
func Stats(values schema.Values) *schema.Stats {
	s := stat.Summarise(values)
	return &schema.Stats{
		Count: s.Count, Missing: s.Missing,
		Mean: schema.Num(s.Mean), Min: schema.Num(s.Min), Max: schema.Num(s.Max),
		P50: schema.Num(s.P50), P95: schema.Num(s.P95), P99: schema.Num(s.P99),
		Stddev: schema.Num(s.Stddev),
	}
}

func (m *measurer) whyMissing(k kpi.KPI) string {
	usable := m.usable(k, m.whole())
	switch {
	case len(usable) == 0:
		return "no price given and no cost metric in the catalogue"
	case len(usable) == 1:
		return "no series answers its query: " + m.expand(usable[0].Series, "")
	}
	var tried []string
	for _, q := range usable {
		tried = append(tried, m.expand(q.Series, ""))
	}
	return fmt.Sprintf("no series answers any of its %d queries: %s", len(tried), strings.Join(tried, "; "))
}

// warnPartial says which KPIs miss samples that others have.
func (m *measurer) warnPartial(kpis schema.KPIs) {
	seen := 0
	for _, s := range m.coverage.seen {
		if s {
			seen++
		}
	}
	for _, key := range kpis.Keys() {
		k := kpis[key]
		switch {
		case k.Reason != "":
			m.warnings = append(m.warnings, fmt.Sprintf("%s is unknown: %s", key, k.Reason))
		case k.Stats.Count < seen:
			m.warnings = append(m.warnings, fmt.Sprintf("%s: %d of %d samples missing", key, m.grid.n-k.Stats.Count, m.grid.n))
		}
	}
}

// alternation returns a regular expression that matches the names exactly.
func alternation(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = regexp.QuoteMeta(name)
	}
	return strings.Join(quoted, "|")
}
