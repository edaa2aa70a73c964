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
	if err := m.choose(); err != nil {
		return nil, err
	}
	if len(m.chosen) == 0 {
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
	// chosen is the first alternative with data of each KPI, and its samples.
	chosen   map[string]choice
	coverage coverage
	warnings []string
}

type choice struct {
	query  kpi.Query
	values schema.Values
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

// choose finds for each KPI the first alternative that has data.
func (m *measurer) choose() error {
	m.chosen = map[string]choice{}
	for round := 0; ; round++ {
		var queries []prom.Query
		var alternatives []kpi.Query
		for _, k := range m.plan.Catalogue.KPIs {
			usable := m.usable(k)
			if _, done := m.chosen[k.Key]; done || round >= len(usable) {
				continue
			}
			queries = append(queries, m.series(k.Key, usable[round].Series, ""))
			alternatives = append(alternatives, usable[round])
		}
		if len(queries) == 0 {
			return nil
		}
		answers, err := m.ask(queries)
		if err != nil {
			return err
		}
		for i, answer := range answers {
			values, err := m.single(answer)
			if err != nil {
				return err
			}
			if values != nil {
				m.chosen[answer.Query.KPI] = choice{alternatives[i], values}
				m.coverage.add(values)
			}
		}
	}
}

// usable returns a KPI's alternatives that can be asked: a query with a price
// in it needs that price.
func (m *measurer) usable(k kpi.KPI) []kpi.Query {
	var usable []kpi.Query
	for _, q := range k.Queries {
		if !kpi.NeedsPrices(q.Series) || m.plan.Catalogue.Prices.Complete() {
			usable = append(usable, q)
		}
	}
	return usable
}

// single returns the samples of an answer about the whole, nil without data.
// More than one series is a mistake in the catalogue and not averaged away.
func (m *measurer) single(a prom.Answer) (schema.Values, error) {
	switch len(a.Series) {
	case 0:
		return nil, nil
	case 1:
		values := m.grid.values(a.Series[0].Values)
		if !hasData(values) {
			return nil, nil
		}
		return values, nil
	}
	return nil, fmt.Errorf("measuring %s: the query answers %d series, want one; aggregate it in the catalogue: %s",
		a.Query.KPI, len(a.Series), a.Query.Expr)
}

func hasData(values schema.Values) bool {
	for _, v := range values {
		if !math.IsNaN(v) {
			return true
		}
	}
	return false
}
