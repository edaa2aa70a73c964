package measure

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/stat"
)

// fill asks for totals and breakdowns of the chosen alternatives and puts the
// KPIs together.
func (m *measurer) fill(out *Measurement) error {
	region := m.plan.Catalogue.RegionLabel
	var queries []prom.Query
	scopes := []string{"", m.serviceLabel, region}
	type place struct {
		key   string
		scope int
		total bool
	}
	var places []place
	for _, k := range m.plan.Catalogue.KPIs {
		c, ok := m.chosen[k.Key]
		if !ok {
			continue
		}
		for scope, by := range scopes {
			whole := scope == 0
			if !whole && (by == "" || !kpi.HasBy(c.query.Series)) {
				continue
			}
			if !whole {
				queries = append(queries, m.series(k.Key, c.query.Series, by))
				places = append(places, place{k.Key, scope, false})
			}
			if c.query.Window != "" {
				queries = append(queries, m.total(k.Key, c.query.Window, by))
				places = append(places, place{k.Key, scope, true})
			}
		}
	}
	answers, err := m.ask(queries)
	if err != nil {
		return err
	}

	whole := newTable(m.grid)
	services, regions := newTable(m.grid), newTable(m.grid)
	for key, c := range m.chosen {
		whole.samples(key, "", c.values)
	}
	for i, answer := range answers {
		p := places[i]
		table := []*table{whole, services, regions}[p.scope]
		for _, s := range answer.Series {
			name := s.Metric[scopes[p.scope]]
			if p.scope > 0 && name == "" {
				continue // series without the label belong to the whole alone
			}
			if p.total {
				table.total(p.key, name, s.Values)
			} else {
				table.samples(p.key, name, m.grid.values(s.Values))
			}
		}
	}
	out.KPIs = m.kpis(whole, "", "")
	out.Services = m.breakdowns(services, m.serviceLabel, m.plan.Services)
	out.Regions = m.breakdowns(regions, region, nil)
	m.warnPartial(out.KPIs)
	return nil
}

// table holds the samples and totals of one scope: by KPI, by name.
type table struct {
	grid   grid
	values map[string]map[string]schema.Values
	totals map[string]map[string]float64
}

func newTable(g grid) *table {
	return &table{g, map[string]map[string]schema.Values{}, map[string]map[string]float64{}}
}

func (t *table) samples(key, name string, values schema.Values) {
	if t.values[key] == nil {
		t.values[key] = map[string]schema.Values{}
	}
	t.values[key][name] = values
}

func (t *table) total(key, name string, points []schema.SamplePair) {
	if len(points) == 0 {
		return
	}
	if t.totals[key] == nil {
		t.totals[key] = map[string]float64{}
	}
	t.totals[key][name] = points[len(points)-1].Value
}

func (t *table) names() []string {
	var names []string
	for _, byName := range t.values {
		for name := range byName {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// breakdowns returns the KPIs of each name of a scope; those asked for by name
// are there even without data.
func (m *measurer) breakdowns(t *table, label string, asked []string) map[string]schema.Breakdown {
	names := append(t.names(), asked...)
	slices.Sort(names)
	names = slices.Compact(names)
	if label == "" || len(names) == 0 {
		return nil
	}
	out := map[string]schema.Breakdown{}
	for _, name := range names {
		out[name] = schema.Breakdown{KPIs: m.kpis(t, label, name)}
	}
	return out
}

// kpis puts together the KPIs of one name of a scope; label is empty for the
// whole.
func (m *measurer) kpis(t *table, label, name string) schema.KPIs {
	kpis := schema.KPIs{}
	for _, k := range m.plan.Catalogue.KPIs {
		c, ok := m.chosen[k.Key]
		if label != "" && (!ok || !kpi.HasBy(c.query.Series)) {
			continue // this KPI has no breakdown
		}
		out := schema.KPI{Unit: k.Unit, Category: k.Category, Direction: k.Direction}
		values := t.values[k.Key][name]
		switch {
		case !ok:
			out.Reason = m.whyMissing(k)
		case !hasData(values):
			out.Reason = fmt.Sprintf("no series with %s=%q", label, name)
		default:
			out.Query = m.expand(c.query.Series, label)
			if c.query.Window != "" {
				out.Query = m.expand(c.query.Window, label)
				if total, ok := t.totals[k.Key][name]; ok {
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
	usable := m.usable(k)
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

// history asks for the days before GA and condenses them to hours.
func (m *measurer) history() (*schema.History, error) {
	const hour = 3600
	w := schema.Window{
		Start: schema.At(m.plan.HistoryEnd.Add(-m.plan.Lookback)),
		End:   schema.At(m.plan.HistoryEnd),
	}
	before := *m
	before.grid = newGrid(w, m.plan.Step)
	var queries []prom.Query
	var totals []bool
	for _, k := range m.plan.Catalogue.KPIs {
		if c, ok := m.chosen[k.Key]; ok {
			queries = append(queries, before.series(k.Key, c.query.Series, ""))
			totals = append(totals, k.Aggregate == kpi.Total)
		}
	}
	answers, err := m.ask(queries)
	if err != nil {
		return nil, fmt.Errorf("reading the history before GA: %w", err)
	}
	h := &schema.History{Start: w.Start, StepSeconds: hour, KPIs: map[string]schema.Values{}}
	perHour := int(hour / m.plan.Step.Seconds())
	for i, answer := range answers {
		values, err := before.single(answer)
		if err != nil {
			return nil, err
		}
		if values != nil {
			h.KPIs[answer.Query.KPI] = Hourly(values, perHour, totals[i])
		}
	}
	return h, nil
}

// Hourly condenses samples to hours, perHour of them each: the median, or for
// totals the sum. An hour less than half seen is NaN; a sum over an hour that
// is not wholly seen is NaN as well, since the rest is not known to be zero.
func Hourly(values schema.Values, perHour int, total bool) schema.Values {
	hours := make(schema.Values, 0, len(values)/perHour)
	for i := 0; i+perHour <= len(values); i += perHour {
		var seen []float64
		sum := 0.0
		for _, v := range values[i : i+perHour] {
			if !math.IsNaN(v) {
				seen = append(seen, v)
				sum += v
			}
		}
		switch {
		case total && len(seen) == perHour:
			hours = append(hours, sum)
		case !total && 2*len(seen) >= perHour:
			hours = append(hours, stat.Median(seen))
		default:
			hours = append(hours, math.NaN())
		}
	}
	return hours
}
