package kpi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads a catalogue. Unknown keys are errors, since a typo would
// silently change a verdict; every error names the line. Thresholds that are
// left out take the defaults of the KPI's category.
func Parse(name string, text []byte) (*Catalogue, error) {
	var c Catalogue
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading KPI catalogue %s: it is empty", name)
		}
		return nil, fmt.Errorf("reading KPI catalogue %s: %s", name, yamlReason(err))
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("reading KPI catalogue %s: %w", name, err)
	}
	if err := c.validate(&root); err != nil {
		return nil, fmt.Errorf("reading KPI catalogue %s: %w", name, err)
	}
	if c.Health == (HealthWeights{}) {
		c.Health = defaultHealth
	}
	for i := range c.KPIs {
		c.KPIs[i].fill()
	}
	return &c, nil
}

// YAML returns the catalogue as Parse reads it, every default written out.
func (c *Catalogue) YAML() []byte {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(c); err != nil {
		return nil // a struct of strings and numbers always encodes
	}
	return b.Bytes()
}

var unknownField = regexp.MustCompile(`line (\d+): field (\S+) not found in type kpi\.(\w+)`)

// yamlReason rewrites the decoder's message about a misspelt key.
func yamlReason(err error) string {
	var typeErr *yaml.TypeError
	if !errors.As(err, &typeErr) {
		return strings.TrimPrefix(err.Error(), "yaml: ")
	}
	first := typeErr.Errors[0]
	if m := unknownField.FindStringSubmatch(first); m != nil {
		known := keysOf[m[3]]
		if near := nearest(m[2], known); near != "" {
			return fmt.Sprintf("line %s: unknown key %q; did you mean %q?", m[1], m[2], near)
		}
		return fmt.Sprintf("line %s: unknown key %q; known are %s", m[1], m[2], strings.Join(known, ", "))
	}
	return first
}

// validate checks what the types cannot say.
func (c *Catalogue) validate(root *yaml.Node) error {
	at := func(i int, key string) int { return lineOf(root, i, key) }
	if len(c.KPIs) == 0 {
		return errors.New("line 1: it has no kpis")
	}
	if strings.TrimSpace(c.Discovery.Query) == "" != (len(c.Discovery.Labels) == 0) {
		return errors.New("line 1: discovery needs both query and labels")
	}
	for _, price := range []*float64{c.Prices.CPUCoreHour, c.Prices.GiBHour} {
		if price != nil && (*price < 0 || math.IsNaN(*price) || math.IsInf(*price, 0)) {
			return fmt.Errorf("line 1: a price is %v; it must be a number from 0", *price)
		}
	}
	for _, weight := range []float64{c.Health.Availability, c.Health.Latency, c.Health.ErrorRate, c.Health.Drift} {
		if weight < 0 || math.IsNaN(weight) || math.IsInf(weight, 0) {
			return fmt.Errorf("line 1: a health weight is %v; it must be a number from 0", weight)
		}
	}
	seen := map[string]bool{}
	for i, k := range c.KPIs {
		fail := func(key, format string, args ...any) error {
			return fmt.Errorf("line %d: kpi %q: %s", at(i, key), k.Key, fmt.Sprintf(format, args...))
		}
		switch {
		case !validKey.MatchString(k.Key):
			return fail("key", "key must be letters, digits and _, beginning with a letter")
		case seen[k.Key]:
			return fail("key", "there is another KPI of this key")
		case k.Name == "":
			return fail("", "it has no name")
		case !slices.Contains(categories, k.Category):
			return fail("category", "category %q is not one of %s", k.Category, strings.Join(categories, ", "))
		case !slices.Contains(directions, k.Direction):
			return fail("direction", "direction %q is not one of %s", k.Direction, strings.Join(directions, ", "))
		case !slices.Contains(aggregates, k.Aggregate):
			return fail("aggregate", "aggregate %q is not one of %s", k.Aggregate, strings.Join(aggregates[1:], ", "))
		case len(k.Queries) == 0:
			return fail("queries", "it has no queries")
		case !slices.Contains(components, k.Component):
			return fail("component", "component %q is not one of %s", k.Component, strings.Join(components[1:], ", "))
		case k.Weight < 0 || k.MinChange < 0 || k.DriftPercent < 0:
			return fail("weight", "weight, min_change and drift_percent are not below 0")
		case k.Severity != Ladder{} && !k.Severity.rises():
			return fail("severity", "severity must rise from medium over high to critical")
		case k.SLO != nil && k.Direction == Neutral:
			return fail("slo", "an objective needs a direction that is not neutral")
		case k.SLO != nil && (k.SLO.SlicesPercent < 0 || k.SLO.SlicesPercent >= 100):
			return fail("slo", "slices_percent is %v; it must be from 0 to below 100", k.SLO.SlicesPercent)
		}
		seen[k.Key] = true
		for _, q := range k.Queries {
			if err := checkTemplate(q.Series); err != nil {
				return fail("queries", "%v", err)
			}
			if (k.Aggregate == Ratio || k.Aggregate == Total) && q.Window == "" {
				return fail("queries", "a %s needs a window form beside each series form: sums over steps are extrapolations", k.Aggregate)
			}
			if q.Window != "" {
				if err := checkTemplate(q.Window); err != nil {
					return fail("queries", "%v", err)
				}
			}
		}
	}
	return nil
}

func (l Ladder) rises() bool { return 0 < l.Medium && l.Medium < l.High && l.High < l.Critical }

var (
	validKey   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	categories = []string{"availability", "performance", "resource", "cache", "cost", "traffic"}
	directions = []string{HigherIsBetter, LowerIsBetter, Neutral}
	aggregates = []string{"", Mean, Ratio, Total}
	// components are the parts of the health score.
	components = []string{"", "availability", "latency", "error_rate"}
	keysOf     = map[string][]string{
		"Catalogue":     {"name", "discovery", "region_label", "alerts", "prices", "health", "kpis"},
		"Discovery":     {"query", "labels"},
		"PriceSheet":    {"name", "date", "currency", "cpu_core_hour", "gib_hour"},
		"HealthWeights": {"availability", "latency", "error_rate", "drift"},
		"KPI": {
			"key", "name", "unit", "category", "direction", "aggregate", "queries", "slo", "drift_percent",
			"severity", "min_change", "component", "weight", "critical", "on_load",
		},
		"Query":  {"series", "window"},
		"SLO":    {"objective", "slices_percent"},
		"Ladder": {"medium", "high", "critical"},
	}
)

// lineOf returns the line of a key of the i-th KPI, or of the KPI itself.
func lineOf(root *yaml.Node, i int, key string) int {
	if len(root.Content) == 0 {
		return 1
	}
	kpis := child(root.Content[0], "kpis")
	if kpis == nil || kpis.Kind != yaml.SequenceNode || i >= len(kpis.Content) {
		return 1
	}
	if value := child(kpis.Content[i], key); value != nil {
		return value.Line
	}
	return kpis.Content[i].Line
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// nearest returns the known word at most two edits away, "" without one.
func nearest(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := edits(word, k); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
