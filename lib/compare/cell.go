package compare

import (
	"maps"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// scope is what a KPI is about: the whole (both empty), a service or a region.
type scope struct{ service, region string }

// cell is one KPI of one scope, on both sides.
type cell struct {
	scope scope
	key   string
	rule  Rule
	// base is GA day's (the first baseline's); absent is false when the
	// baseline has the KPI with a value.
	base schema.KPI
	// days are aligned with week.days; a day without the KPI has a zero KPI.
	days []schema.KPI
}

// week is the work of one comparison.
type week struct {
	opts  Options
	rules Rules
	days  []*schema.DailySummary
	base  *schema.GAKPISummary // nil without a baseline of one day
	start time.Time            // GA time; zero when unknown
	cells []*cell
	// day is true when the comparison is of the last day alone, the days before
	// being there for what they know.
	day bool
	out Result
	// kept are the hours that were asked for last.
	kept struct {
		scope scope
		key   string
		hours *hourly
	}
	// verdicts are aligned with cells.
	verdicts []verdict
}

func newWeek(o Options) *week {
	w := &week{opts: o, rules: o.Rules, days: SortDays(o.Days), start: o.GAStart}
	if w.rules == nil {
		w.rules = defaultRules()
	}
	if len(o.Baselines) > 0 {
		w.base = o.Baselines[0].Summary
	}
	if w.start.IsZero() && w.base != nil {
		w.start = w.base.GAStart.Time
	}
	for _, d := range w.days {
		if w.start.IsZero() {
			w.start = d.GAStart.Time
		}
		w.out.Days = append(w.out.Days, d.DayNumber)
	}
	w.out.Start = w.start
	w.collect()
	return w
}

// collect lists every KPI of every scope that either side knows of.
func (w *week) collect() {
	var base schema.GAKPISummary
	if w.base != nil {
		base = *w.base
	}
	w.collectScope(scope{}, base.KPIs, func(d *schema.DailySummary) schema.KPIs { return d.KPIs })
	for _, name := range breakdowns(base.Services, w.days, func(d *schema.DailySummary) map[string]schema.Breakdown { return d.Services }) {
		w.collectScope(scope{service: name}, base.Services[name].KPIs,
			func(d *schema.DailySummary) schema.KPIs { return d.Services[name].KPIs })
	}
	for _, name := range breakdowns(base.Regions, w.days, func(d *schema.DailySummary) map[string]schema.Breakdown { return d.Regions }) {
		w.collectScope(scope{region: name}, base.Regions[name].KPIs,
			func(d *schema.DailySummary) schema.KPIs { return d.Regions[name].KPIs })
	}
}

func breakdowns(base map[string]schema.Breakdown, days []*schema.DailySummary, of func(*schema.DailySummary) map[string]schema.Breakdown) []string {
	names := map[string]bool{}
	for n := range base {
		names[n] = true
	}
	for _, d := range days {
		for n := range of(d) {
			names[n] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func (w *week) collectScope(s scope, base schema.KPIs, of func(*schema.DailySummary) schema.KPIs) {
	keys := map[string]bool{}
	for k := range base {
		keys[k] = true
	}
	for _, d := range w.days {
		for k := range of(d) {
			keys[k] = true
		}
	}
	if keys[keyErrors] && keys[keyRequests] {
		keys[keyErrorRate] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		c := &cell{scope: s, key: key, base: pick(base, key), days: make([]schema.KPI, len(w.days))}
		known := c.base
		for i, d := range w.days {
			c.days[i] = pick(of(d), key)
			if known.Unit == "" && known.Category == "" {
				known = c.days[i]
			}
		}
		c.rule = w.rules(key, known)
		if w.base == nil && len(w.opts.Baselines) > 0 {
			if v, ok := c.valueIn(w.opts.Baselines[0], w); ok {
				c.base.Value = schema.Num(v)
			}
		}
		w.cells = append(w.cells, c)
	}
}

// find returns the cell of a KPI in a scope, nil when nobody knows it.
func (w *week) find(s scope, key string) *cell {
	for _, c := range w.cells {
		if c.scope == s && c.key == key {
			return c
		}
	}
	return nil
}

// judged reports whether the KPI gets a verdict of its own. Requests are
// context, and errors are judged as the error rate.
func (c *cell) judged() bool {
	return c.rule.Direction != neutral && c.key != keyErrors && c.key != keyRequests
}

// hasSeries reports whether both sides have samples to test.
func (c *cell) hasSeries() bool {
	if c.base.Series == nil {
		return false
	}
	for _, k := range c.days {
		if k.Series != nil {
			return true
		}
	}
	return false
}

// current returns the values of the days that have one, in order.
func (c *cell) current() []float64 {
	var values []float64
	for _, k := range c.days {
		if v, ok := k.Of(); ok {
			values = append(values, v)
		}
	}
	return values
}

// last returns the value of the last day, false when it has none.
func (c *cell) last() (float64, bool) {
	if len(c.days) == 0 {
		return 0, false
	}
	return c.days[len(c.days)-1].Of()
}
