package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
)

// kpiReader reads the KPIs of a catalogue step by step. What it has found out,
// which label names services and which alternative of a KPI answers, it keeps:
// a KPI that changed its definition from one step to the next would look like
// an anomaly.
type kpiReader struct {
	src         prom.Source
	catalogue   *kpi.Catalogue
	step        time.Duration
	selector    string
	services    []string
	concurrency int

	kpiChoices
}

// kpiChoices is what a kpiReader has found out; it is part of the checkpoint.
type kpiChoices struct {
	// ServiceLabel names services; empty while none was found.
	ServiceLabel string `json:"service_label,omitempty"`
	// Alternatives are the queries that answer, by KPI and scope.
	Alternatives map[string]int `json:"alternatives,omitempty"`
}

// kpiSeries is what one series of a KPI answered.
type kpiSeries struct {
	metric string
	labels map[string]string
	points []schema.SamplePair
}

// asked is a query with what it stands for.
type asked struct {
	kpi         kpi.KPI
	scope, by   string // scope is "", service or region; by the label in the source
	alternative int
}

func (a asked) key() string { return a.kpi.Key + "/" + a.scope }

// read returns the samples of the steps from first to last, both included.
func (k *kpiReader) read(ctx context.Context, first, last time.Time) ([]kpiSeries, error) {
	if k.Alternatives == nil {
		k.Alternatives = map[string]int{}
	}
	if err := k.discover(ctx, first, last); err != nil {
		return nil, err
	}
	var out []kpiSeries
	// Round 0 asks what is known to answer and the first alternatives of the
	// rest; further rounds their other alternatives.
	open := k.plan()
	for round := 0; len(open) > 0; round++ {
		queries := make([]prom.Query, len(open))
		for i, a := range open {
			queries[i] = prom.Query{KPI: a.kpi.Key, Start: first, End: last, Step: k.step, Expr: k.expand(a)}
		}
		answers, err := prom.RangeAll(ctx, k.src, queries, k.concurrency, nil)
		if err != nil {
			return nil, err
		}
		var again []asked
		for i, answer := range answers {
			a := open[i]
			if _, known := k.Alternatives[a.key()]; !known {
				if a.answered(answer) {
					k.Alternatives[a.key()] = a.alternative
				} else if a.alternative+1 < len(a.kpi.Queries) {
					a.alternative++
					again = append(again, a)
				}
			}
			if out, err = k.take(out, a, answer); err != nil {
				return nil, err
			}
		}
		open = k.usable(again)
	}
	return out, nil
}

// answered reports whether an answer has series of the scope.
func (a asked) answered(answer prom.Answer) bool {
	return slices.ContainsFunc(answer.Series, func(s schema.MatrixSeries) bool { return a.scope == "" || s.Metric[a.by] != "" })
}

// plan lists what to ask first.
func (k *kpiReader) plan() []asked {
	var out []asked
	for _, c := range k.catalogue.KPIs {
		if len(c.Queries) == 0 {
			continue
		}
		for _, scope := range [][2]string{{"", ""}, {"service", k.ServiceLabel}, {"region", k.catalogue.RegionLabel}} {
			if scope[0] != "" && scope[1] == "" {
				continue
			}
			a := asked{kpi: c, scope: scope[0], by: scope[1]}
			a.alternative = k.Alternatives[a.key()]
			out = append(out, a)
		}
	}
	return k.usable(out)
}

// usable moves on to alternatives that can be asked: they have the prices they
// need and can be broken down where they must be.
func (k *kpiReader) usable(all []asked) []asked {
	var out []asked
	for _, a := range all {
		for ; a.alternative < len(a.kpi.Queries); a.alternative++ {
			template := a.kpi.Queries[a.alternative].Series
			if (!kpi.NeedsPrices(template) || k.catalogue.Prices.Complete()) && (a.scope == "" || kpi.HasBy(template)) {
				out = append(out, a)
				break
			}
		}
	}
	return out
}

func (k *kpiReader) expand(a asked) string {
	template := a.kpi.Queries[a.alternative].Series
	selector := k.selector
	if len(k.services) > 0 && kpi.HasBy(template) && k.ServiceLabel != "" {
		quoted := make([]string, len(k.services))
		for i, name := range k.services {
			quoted[i] = regexp.QuoteMeta(name)
		}
		matcher := fmt.Sprintf("%s=~%q", k.ServiceLabel, strings.Join(quoted, "|"))
		if selector != "" {
			matcher = strings.TrimSuffix(strings.TrimSpace(selector), ",") + "," + matcher
		}
		selector = matcher
	}
	return kpi.Expand(template, kpi.Vars{Selector: selector, By: a.by, Window: k.step, Step: k.step, Prices: k.catalogue.Prices})
}

// take adds the series of an answer, as the summaries name them.
func (k *kpiReader) take(out []kpiSeries, a asked, answer prom.Answer) ([]kpiSeries, error) {
	if a.scope == "" && len(answer.Series) > 1 {
		return nil, fmt.Errorf("reading %s: the query answers %d series, want one; aggregate it in the catalogue: %s",
			a.kpi.Key, len(answer.Series), answer.Query.Expr)
	}
	for _, s := range answer.Series {
		var labels map[string]string
		if a.scope != "" {
			name := s.Metric[a.by]
			if name == "" {
				continue
			}
			labels = map[string]string{a.scope: name}
		}
		out = append(out, kpiSeries{a.kpi.Key, labels, s.Values})
	}
	return out, nil
}

// discover finds the label that names services.
func (k *kpiReader) discover(ctx context.Context, first, last time.Time) error {
	if k.ServiceLabel != "" {
		return nil
	}
	d := k.catalogue.Discovery
	for _, label := range d.Labels {
		expr := kpi.Expand(d.Query, kpi.Vars{Selector: k.selector, By: label, Window: k.step, Step: k.step})
		answer, err := k.src.Range(ctx, prom.Query{KPI: "services", Expr: expr, Start: first, End: last, Step: k.step})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(answer.Series, func(s schema.MatrixSeries) bool { return s.Metric[label] != "" }) {
			k.ServiceLabel = label
			return nil
		}
	}
	return nil
}
