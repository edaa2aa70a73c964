package slo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/veleron-dev/tars/lib/kpi"
)

// Objective is one SLO of an OpenSLO file, as an objective of a KPI.
type Objective struct {
	// Name is the SLO's metadata.name, KPI the key of the KPI it is about.
	Name, KPI string
	// Service is spec.service; empty for none.
	Service string
	SLO     kpi.SLO
	// Slice is the timeSliceWindow; 0 for none. Slices are judged at the step of
	// the series, so the two should be the same.
	Slice time.Duration
}

// annotation names the KPI of an SLO whose names do not.
const annotation = "tars/kpi"

// ParseOpenSLO reads the objectives of an OpenSLO v1 file, which may hold
// several documents (https://github.com/OpenSLO/OpenSLO). The queries in it are
// not asked: an SLO is about the catalogue's KPI that its annotation tars/kpi
// names, else its indicator, else its own name, with - for _.
//
// A ratioMetric gives a KPI that is itself a share (availability, error rate)
// its target. A thresholdMetric gives any KPI a value, in the KPI's unit, and
// the target is the share of steps that must keep it. timeWindow is read over:
// budgets are those of 7 and of 30 days. Every error names the line.
func ParseOpenSLO(name string, text []byte, c *kpi.Catalogue) ([]Objective, error) {
	objectives, err := parseOpenSLO(text, c)
	if err != nil {
		return nil, fmt.Errorf("reading OpenSLO file %s: %w", name, err)
	}
	return objectives, nil
}

// WithObjectives returns the catalogue with the objectives in place of its own
// for the KPIs they are about. It is an error when two are about the same KPI:
// give it those of one service.
func WithObjectives(c *kpi.Catalogue, objectives []Objective) (*kpi.Catalogue, error) {
	out := *c
	out.KPIs = slices.Clone(c.KPIs)
	taken := map[string]string{}
	for _, o := range objectives {
		i := slices.IndexFunc(out.KPIs, func(k kpi.KPI) bool { return k.Key == o.KPI })
		if i < 0 {
			return nil, fmt.Errorf("taking over the SLO %s: the catalogue has no KPI %q", o.Name, o.KPI)
		}
		if other, ok := taken[o.KPI]; ok {
			return nil, fmt.Errorf("taking over the SLO %s: %s is about %s as well", o.Name, other, o.KPI)
		}
		taken[o.KPI] = o.Name
		slo := o.SLO
		out.KPIs[i].SLO = &slo
	}
	return &out, nil
}

func parseOpenSLO(text []byte, c *kpi.Catalogue) ([]Objective, error) {
	var slos []field
	indicators := map[string]field{}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
		}
		if len(doc.Content) == 0 {
			continue
		}
		top := field{doc.Content[0], "the document"}
		kind, err := kindOf(top)
		if err != nil {
			return nil, err
		}
		switch kind {
		case "SLO":
			slos = append(slos, top)
		case "SLI":
			indicators[top.get("metadata").get("name").text()] = top.get("spec")
		}
	}
	var objectives []Objective
	for _, top := range slos {
		o, err := objective(top, indicators, c)
		if err != nil {
			return nil, err
		}
		objectives = append(objectives, o)
	}
	if len(objectives) == 0 {
		return nil, errors.New("it has no document of kind SLO")
	}
	return objectives, nil
}

// openSLOKinds are the kinds of OpenSLO v1; only SLO and SLI say anything here.
var openSLOKinds = []string{"SLO", "SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"}

func kindOf(top field) (string, error) {
	if err := top.known("apiVersion", "kind", "metadata", "spec"); err != nil {
		return "", err
	}
	if version := top.get("apiVersion"); version.text() != "openslo/v1" {
		return "", version.or(top).errorf("apiVersion %q is not openslo/v1", version.text())
	}
	kind := top.get("kind")
	if !slices.Contains(openSLOKinds, kind.text()) {
		return "", kind.or(top).errorf("kind %q is not one of %s", kind.text(), strings.Join(openSLOKinds, ", "))
	}
	return kind.text(), nil
}

// objective reads a document of kind SLO.
func objective(top field, indicators map[string]field, c *kpi.Catalogue) (Objective, error) {
	spec, metadata := top.get("spec"), top.get("metadata")
	o := Objective{Name: metadata.get("name").text(), Service: spec.get("service").text()}
	if o.Name == "" {
		return o, metadata.or(top).errorf("an SLO has no metadata.name")
	}
	if err := metadata.known("name", "displayName", "labels", "annotations"); err != nil {
		return o, err
	}
	if err := spec.known("description", "service", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives", "alertPolicies"); err != nil {
		return o, err
	}
	list := spec.get("objectives")
	if list.node == nil || list.node.Kind != yaml.SequenceNode || len(list.node.Content) != 1 {
		return o, list.or(spec).or(top).errorf("SLO %s: it must have exactly one objective; write an SLO for each", o.Name)
	}
	k, err := kpiOf(top, o.Name, c)
	if err != nil {
		return o, err
	}
	o.KPI = k.Key
	indicator := spec.get("indicator").get("spec")
	if ref := spec.get("indicatorRef"); ref.node != nil {
		indicator = indicators[ref.text()] // often in another file
	}
	goal := goal{
		field: field{list.node.Content[0], "an objective"}, kpi: k,
		method: spec.get("budgetingMethod"), threshold: indicator.get("thresholdMetric").node != nil,
		ratio: indicator.get("ratioMetric").node != nil,
	}
	o.SLO, o.Slice, err = goal.read()
	if err != nil {
		return o, err
	}
	return o, nil
}

// kpiOf finds the KPI that an SLO is about.
func kpiOf(top field, name string, c *kpi.Catalogue) (kpi.KPI, error) {
	spec, metadata := top.get("spec"), top.get("metadata")
	if named := metadata.get("annotations").get(annotation); named.node != nil {
		k, ok := c.Lookup(named.text())
		if !ok {
			return k, named.errorf("SLO %s: the catalogue has no KPI %q; it has %s", name, named.text(), strings.Join(c.Keys(), ", "))
		}
		return k, nil
	}
	for _, said := range []string{
		spec.get("indicatorRef").text(), spec.get("indicator").get("metadata").get("name").text(), name,
	} {
		if k, ok := c.Lookup(strings.ReplaceAll(strings.ToLower(said), "-", "_")); ok {
			return k, nil
		}
	}
	return kpi.KPI{}, metadata.errorf("SLO %s: neither it nor its indicator is named like a KPI of the catalogue; name one in the annotation %s: %s",
		name, annotation, strings.Join(c.Keys(), ", "))
}
