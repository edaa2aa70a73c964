// Package measure turns a KPI catalogue, a metrics source and a window into
// measured KPIs: it asks the queries, lays the answers out on the steps of the
// window, and says how much of it was seen. It does no I/O of its own; the
// source is an interface, so a replayed capture gives the same numbers.
package measure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
)

// Plan says what to measure.
type Plan struct {
	Catalogue *kpi.Catalogue
	Window    schema.Window
	// Step is the distance between samples.
	Step time.Duration
	// Selector is label matchers added to every query that can take them.
	Selector string
	// Services restricts the release to these; empty means all that are found.
	Services []string
	// Lookback is how much history before the GA time to keep; 0 for none.
	// It ends at HistoryEnd.
	Lookback   time.Duration
	HistoryEnd time.Time
	// Concurrency bounds the queries under way at once.
	Concurrency int
	// Progress, when set, is told of each finished query.
	Progress func()
}

// Measurement is what a window looked like.
type Measurement struct {
	KPIs     schema.KPIs
	Services map[string]schema.Breakdown
	Regions  map[string]schema.Breakdown
	// Alerts is nil when the source could not tell.
	Alerts  []schema.Alert
	Cost    *schema.Cost
	Quality *schema.DataQuality
	History *schema.History
}

// ErrNoData is the error of a source that answered, but no series for any KPI.
var ErrNoData = errors.New("no series answered any KPI query")

// Measure asks the source for everything in the plan. It fails when a query
// fails (the source's own message in the error) and, with ErrNoData, when no
// KPI has data at all.
func Measure(ctx context.Context, src prom.Source, plan Plan) (*Measurement, error) {
	m := &measurer{ctx: ctx, src: src, plan: plan, grid: newGrid(plan.Window, plan.Step)}
	m.coverage.grid = m.grid
	serviceLabel, err := m.discover()
	if err != nil {
		return nil, err
	}
	if len(plan.Services) > 0 && serviceLabel == "" {
		return nil, fmt.Errorf("finding the services %s: no series carries a label %s; check --services and --selector",
			strings.Join(plan.Services, ", "), strings.Join(plan.Catalogue.Discovery.Labels, " or "))
	}
	m.serviceLabel = serviceLabel
	m.scopes = []*scope{newScope("")}
	for _, label := range []string{serviceLabel, plan.Catalogue.RegionLabel} {
		if label != "" {
			m.scopes = append(m.scopes, newScope(label))
		}
	}
	if err := m.choose(); err != nil {
		return nil, err
	}
	if len(m.whole().chosen) == 0 {
		return nil, ErrNoData
	}
	out := &Measurement{}
	if err := m.fill(out); err != nil {
		return nil, err
	}
	if out.Alerts, err = m.alerts(); err != nil {
		return nil, err
	}
	out.Cost = m.cost(out.KPIs)
	out.Quality = m.coverage.quality(m.warnings)
	if plan.Lookback > 0 {
		if out.History, err = m.history(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type measurer struct {
	ctx          context.Context //nolint:containedctx // one measurement, one context
	src          prom.Source
	plan         Plan
	grid         grid
	serviceLabel string
	// scopes are the whole, the services and the regions.
	scopes   []*scope
	coverage coverage
	warnings []string
}

// scope is one way to look at the release: as a whole, or broken down by the
// values of a label.
type scope struct {
	// label is empty for the whole.
	label string
	// chosen is, for each KPI, its first alternative with data here: a metric
	// that carries no service may tell the whole while another tells services.
	chosen map[string]kpi.Query
	// values and totals are by KPI and by the label's value.
	values map[string]map[string]schema.Values
	totals map[string]map[string]float64
}

func newScope(label string) *scope {
	return &scope{
		label: label, chosen: map[string]kpi.Query{},
		values: map[string]map[string]schema.Values{}, totals: map[string]map[string]float64{},
	}
}

// ask sends queries side by side and keeps the source's warnings.
func (m *measurer) ask(queries []prom.Query) ([]prom.Answer, error) {
	answers, err := prom.RangeAll(m.ctx, m.src, queries, m.plan.Concurrency, m.plan.Progress)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		for _, w := range a.Warnings {
			m.warnings = append(m.warnings, fmt.Sprintf("%s: %s", a.Query.KPI, w))
		}
	}
	return answers, nil
}

// series is a query over every step of the window, total one that is asked
// once, at the window's end, over the whole of it.
func (m *measurer) series(key, template, by string) prom.Query {
	return prom.Query{KPI: key, Expr: m.expand(template, by), Start: m.grid.first(), End: m.grid.last(), Step: m.grid.step}
}

func (m *measurer) total(key, template, by string) prom.Query {
	return prom.Query{KPI: key, Expr: m.expand(template, by), Start: m.grid.last(), End: m.grid.last(), Step: m.grid.step}
}

func (m *measurer) expand(template, by string) string {
	selector := m.plan.Selector
	if len(m.plan.Services) > 0 && kpi.HasBy(template) && m.serviceLabel != "" {
		selector = joinMatchers(selector, fmt.Sprintf("%s=~%q", m.serviceLabel, alternation(m.plan.Services)))
	}
	return kpi.Expand(template, kpi.Vars{
		Selector: selector, By: by,
		Window: m.grid.last().Sub(m.grid.start), Step: m.grid.step,
		Prices: m.plan.Catalogue.Prices,
	})
}

func joinMatchers(a, b string) string {
	if a == "" {
		return b
	}
	return strings.TrimSuffix(strings.TrimSpace(a), ",") + "," + b
}

// discover returns the first label of the catalogue that names services here;
// empty when none does.
func (m *measurer) discover() (string, error) {
	d := m.plan.Catalogue.Discovery
	var queries []prom.Query
	for _, label := range d.Labels {
		queries = append(queries, m.series("services", d.Query, label))
	}
	answers, err := m.ask(queries)
	if err != nil {
		return "", err
	}
	for i, answer := range answers {
		for _, s := range answer.Series {
			if s.Metric[d.Labels[i]] != "" {
				return d.Labels[i], nil
			}
		}
	}
	return "", nil
}

// choose finds for each KPI of each scope the first alternative that has data.
func (m *measurer) choose() error {
	for round := 0; ; round++ {
		type question struct {
			scope *scope
			kpi   kpi.KPI
			query kpi.Query
		}
		var asked []question
		var queries []prom.Query
		for _, sc := range m.scopes {
			for _, k := range m.plan.Catalogue.KPIs {
				usable := m.usable(k, sc)
				if _, done := sc.chosen[k.Key]; done || round >= len(usable) {
					continue
				}
				asked = append(asked, question{sc, k, usable[round]})
				queries = append(queries, m.series(k.Key, usable[round].Series, sc.label))
			}
		}
		if len(queries) == 0 {
			return nil
		}
		answers, err := m.ask(queries)
		if err != nil {
			return err
		}
		for i, answer := range answers {
			values, err := m.lay(answer, asked[i].scope.label)
			if err != nil {
				return err
			}
			if len(values) > 0 {
				asked[i].scope.chosen[asked[i].kpi.Key] = asked[i].query
				asked[i].scope.values[asked[i].kpi.Key] = values
			}
		}
	}
}

func (m *measurer) whole() *scope { return m.scopes[0] }

// scope returns the scope of a label, nil when there is none.
func (m *measurer) scope(label string) *scope {
	for _, sc := range m.scopes[1:] {
		if sc.label == label {
			return sc
		}
	}
	return nil
}

// lay puts an answer on the grid, by the values of the label; series without
// the label belong to the whole alone, series without data to nothing.
func (m *measurer) lay(a prom.Answer, label string) (map[string]schema.Values, error) {
	if label == "" && len(a.Series) > 1 {
		// A mistake in the catalogue, not to be averaged away.
		return nil, fmt.Errorf("measuring %s: the query answers %d series, want one; aggregate it in the catalogue: %s",
			a.Query.KPI, len(a.Series), a.Query.Expr)
	}
	byName := map[string]schema.Values{}
	for _, s := range a.Series {
		name := s.Metric[label]
		values := m.grid.values(s.Values)
		if (label == "" || name != "") && hasData(values) {
			byName[name] = values
			m.coverage.add(values)
		}
	}
	return byName, nil
}

// usable returns a KPI's alternatives that can be asked of a scope: a breakdown
// needs a query with $by, a query with a price in it that price.
func (m *measurer) usable(k kpi.KPI, sc *scope) []kpi.Query {
	var usable []kpi.Query
	for _, q := range k.Queries {
		if (sc.label == "" || kpi.HasBy(q.Series)) && (!kpi.NeedsPrices(q.Series) || m.plan.Catalogue.Prices.Complete()) {
			usable = append(usable, q)
		}
	}
	return usable
}

func hasData(values schema.Values) bool {
	for _, v := range values {
		if !math.IsNaN(v) {
			return true
		}
	}
	return false
}
