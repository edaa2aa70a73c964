package kpi

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

var (
	validKey   = pattern(`^[A-Za-z][A-Za-z0-9_]*$`)
	validLabel = pattern(`^[A-Za-z_][A-Za-z0-9_]*$`)
	categories = []string{"availability", "performance", "resource", "cache", "cost", "traffic"}
	directions = []string{HigherIsBetter, LowerIsBetter, Neutral}
	aggregates = []string{Mean, Ratio, Total}
	// components are the parts of the health score.
	components = []string{"availability", "latency", "error_rate"}
)

// check checks what the types cannot say. own are the KPIs that the text itself
// has, and top is the text; what comes from a base was checked with it.
func check(d *draft, own []KPI, top node) error {
	if err := checkFrame(&d.Catalogue, top); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, k := range own {
		at := top.get("kpis").at(i)
		if seen[k.Key] {
			return fmt.Errorf("line %d: kpi %q: there is another KPI of this key", at.get("key").or(at).line(), k.Key)
		}
		seen[k.Key] = true
		if merged, ok := d.Lookup(k.Key); ok {
			k = merged
		}
		if field, reason := checkKPI(k); reason != "" {
			return fmt.Errorf("line %d: kpi %q: %s", at.get(field).or(at).line(), k.Key, reason)
		}
		if err := checkQueries(k, at); err != nil {
			return err
		}
	}
	return nil
}

// checkFrame checks everything but the KPIs.
func checkFrame(c *Catalogue, top node) error {
	fail := func(at node, format string, args ...any) error {
		return fmt.Errorf("line %d: %s", at.line(), fmt.Sprintf(format, args...))
	}
	discovery := top.get("discovery")
	if (strings.TrimSpace(c.Discovery.Query) == "") != (len(c.Discovery.Labels) == 0) {
		return fail(discovery, "discovery needs both query and labels")
	}
	if c.Discovery.Query != "" {
		if err := checkTemplate(c.Discovery.Query); err != nil {
			return fail(discovery.get("query"), "discovery: %v", err)
		}
		if !HasBy(c.Discovery.Query) {
			return fail(discovery.get("query"), "discovery: the query has no $by to find services by")
		}
	}
	for i, label := range c.Discovery.Labels {
		if !validLabel().MatchString(label) {
			return fail(discovery.get("labels").at(i), "discovery: %q is no label name", label)
		}
	}
	if c.RegionLabel != "" && !validLabel().MatchString(c.RegionLabel) {
		return fail(top.get("region_label"), "region_label %q is no label name", c.RegionLabel)
	}
	if c.Alerts != "" {
		if err := checkTemplate(c.Alerts); err != nil {
			return fail(top.get("alerts"), "alerts: %v", err)
		}
	}
	for _, p := range []struct {
		key   string
		price *float64
	}{{"cpu_core_hour", c.Prices.CPUCoreHour}, {"gib_hour", c.Prices.GiBHour}} {
		if p.price != nil && !fromZero(*p.price) {
			return fail(top.get("prices").get(p.key), "%s is %v; a price must be a number from 0", p.key, *p.price)
		}
	}
	h := c.Health
	for _, w := range []struct {
		key    string
		weight float64
	}{{"availability", h.Availability}, {"latency", h.Latency}, {"error_rate", h.ErrorRate}, {"drift", h.Drift}} {
		if !fromZero(w.weight) {
			return fail(top.get("health").get(w.key), "health: %s is %v; a weight must be a number from 0", w.key, w.weight)
		}
	}
	for _, category := range slices.Sorted(maps.Keys(c.Defaults)) {
		at := top.get("defaults").get(category)
		switch d := c.Defaults[category]; {
		case !slices.Contains(categories, category):
			return fail(at, "defaults: %s", notOneOf("category", category, categories))
		case !d.Severity.rises():
			return fail(at, "defaults: %s: severity must rise from medium over high to critical", category)
		case slices.ContainsFunc(slices.Collect(maps.Values(d.MinChange)), func(x float64) bool { return !fromZero(x) }):
			return fail(at, "defaults: %s: min_change must be numbers from 0", category)
		}
	}
	return nil
}

// checkKPI returns what is wrong with a KPI and in which field.
func checkKPI(k KPI) (field, reason string) {
	switch {
	case !validKey().MatchString(k.Key):
		return "key", "key must be letters, digits and _, beginning with a letter"
	case k.Name == "":
		return "name", "it has no name"
	case k.Unit == "":
		return "unit", "it has no unit"
	case !slices.Contains(categories, k.Category):
		return "category", notOneOf("category", k.Category, categories)
	case !slices.Contains(directions, k.Direction):
		return "direction", notOneOf("direction", k.Direction, directions)
	case k.Aggregate != "" && !slices.Contains(aggregates, k.Aggregate):
		return "aggregate", notOneOf("aggregate", k.Aggregate, aggregates)
	case k.Component != "" && !slices.Contains(components, k.Component):
		return "component", notOneOf("component", k.Component, components)
	case !fromZero(k.Weight):
		return "weight", fmt.Sprintf("weight is %v; it must be a number from 0", k.Weight)
	case !fromZero(k.MinChange):
		return "min_change", fmt.Sprintf("min_change is %v; it must be a number from 0", k.MinChange)
	case !fromZero(k.DriftPercent):
		return "drift_percent", fmt.Sprintf("drift_percent is %v; it must be a number from 0", k.DriftPercent)
	case k.Severity != Ladder{} && !k.Severity.rises():
		return "severity", "severity must rise from medium over high to critical"
	case len(k.Queries) == 0:
		return "queries", "it has no queries"
	case k.SLO != nil:
		return "slo", k.checkSLO()
	}
	return "", ""
}

// checkSLO returns what is wrong with an objective. One that leaves no room for
// anything bad has no error budget, and burn rates divide by it.
func (k KPI) checkSLO() string {
	o, slices := k.SLO.Objective, k.SLO.SlicesPercent
	switch {
	case k.Direction == Neutral:
		return "an objective needs a direction that is not neutral"
	case math.IsNaN(o) || math.IsInf(o, 0):
		return fmt.Sprintf("objective is %v; it must be a number", o)
	case slices != 0 && !(slices > 0 && slices < 100):
		return fmt.Sprintf("slices_percent is %v; it must be above 0 and below 100, which would leave no error budget", slices)
	case slices == 0 && k.IsShare() && !(o > 0 && o < 100):
		return fmt.Sprintf("objective is %v %%; it must be above 0 and below 100: there must be an error budget", o)
	}
	return ""
}

// checkQueries checks the templates of a KPI that stands at a node.
func checkQueries(k KPI, at node) error {
	for j, q := range k.Queries {
		query := at.get("queries").at(j)
		fail := func(form, format string, args ...any) error {
			return fmt.Errorf("line %d: kpi %q: %s", query.get(form).or(query).or(at).line(), k.Key, fmt.Sprintf(format, args...))
		}
		if err := checkTemplate(q.Series); err != nil {
			return fail("series", "%v", err)
		}
		if q.Window == "" {
			if k.Aggregate == Ratio || k.Aggregate == Total {
				return fail("window", "a %s needs a window form beside each series form: sums over steps are extrapolations", k.Aggregate)
			}
			continue
		}
		if err := checkTemplate(q.Window); err != nil {
			return fail("window", "%v", err)
		}
		if HasBy(q.Series) != HasBy(q.Window) {
			return fail("window", "one form has $by and the other has not: they would break down differently")
		}
	}
	return nil
}

func notOneOf(field, value string, allowed []string) string {
	return fmt.Sprintf("%s %q is not one of %s%s", field, value, strings.Join(allowed, ", "), didYouMean(value, allowed))
}

// fromZero reports whether x is a finite number not below 0.
func fromZero(x float64) bool { return x >= 0 && !math.IsInf(x, 0) }

func (l Ladder) rises() bool {
	return 0 < l.Medium && l.Medium < l.High && l.High < l.Critical && !math.IsInf(l.Critical, 0)
}
