package kpi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads a catalogue. Unknown keys are errors, since a typo would
// silently change a verdict; every error names the line. Thresholds that are
// left out take the defaults of the KPI's category.
//
// A catalogue with based_on is a built-in one with amendments: a KPI of a key
// that the base knows replaces the fields it names and stays in its place; other
// KPIs come before the base's. Prices are replaced as a whole.
func Parse(name string, text []byte) (*Catalogue, error) {
	d, err := read(text)
	if err != nil {
		return nil, fmt.Errorf("reading KPI catalogue %s: %w", name, err)
	}
	c := &d.Catalogue
	if len(c.KPIs) == 0 {
		return nil, fmt.Errorf("reading KPI catalogue %s: line 1: it has no kpis", name)
	}
	if err := c.complete(); err != nil {
		return nil, fmt.Errorf("reading KPI catalogue %s: %w", name, err)
	}
	for i := range c.KPIs {
		c.fill(&c.KPIs[i], d.minChange[c.KPIs[i].Key])
	}
	return c, nil
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

// draft is a catalogue as written, its base put in, before defaults.
type draft struct {
	Catalogue
	// minChange has the keys of the KPIs that name their smallest change: it
	// may be 0, which is not the same as left out.
	minChange map[string]bool
}

// read reads and checks a catalogue.
func read(text []byte) (*draft, error) {
	var c Catalogue
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("it is empty")
		}
		return nil, errors.New(yamlReason(err))
	}
	var root, more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, errors.New(yamlReason(err))
		}
		return nil, fmt.Errorf("line %d: a second document follows; a catalogue is one", more.Line)
	}
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, errors.New(yamlReason(err))
	}
	top := node{&root}
	if len(root.Content) > 0 {
		top = node{root.Content[0]}
	}
	d, err := amend(c, top)
	if err != nil {
		return nil, err
	}
	for i := range c.KPIs {
		if top.get("kpis").at(i).get("min_change").Node != nil {
			d.minChange[c.KPIs[i].Key] = true
		}
	}
	return d, check(d, c.KPIs, top)
}

// amend puts what a catalogue says into the one it is based on.
func amend(c Catalogue, top node) (*draft, error) {
	if c.BasedOn == "" {
		return &draft{c, map[string]bool{}}, nil
	}
	d, err := base(c.BasedOn)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", top.get("based_on").line(), err)
	}
	theirs := d.KPIs
	if top.get("prices").Node != nil {
		d.Prices = PriceSheet{} // a price of theirs under our name would lie
	}
	// Decoding into what is there keeps what the text does not name.
	if err := top.Decode(&d.Catalogue); err != nil {
		return nil, errors.New(yamlReason(err))
	}
	var ours []KPI
	for i, k := range c.KPIs {
		at := slices.IndexFunc(theirs, func(t KPI) bool { return t.Key == k.Key })
		if at < 0 {
			ours = append(ours, k)
			continue
		}
		if err := top.get("kpis").at(i).Decode(&theirs[at]); err != nil {
			return nil, errors.New(yamlReason(err))
		}
	}
	d.KPIs = append(ours, theirs...)
	d.BasedOn = ""
	return d, nil
}

// node is a YAML node, or none.
type node struct{ *yaml.Node }

func (n node) line() int {
	if n.Node == nil || n.Line == 0 {
		return 1
	}
	return n.Line
}

// get returns the value of a mapping's key.
func (n node) get(key string) node {
	if n.Node != nil && n.Kind == yaml.AliasNode {
		n = node{n.Alias}
	}
	if n.Node == nil || n.Kind != yaml.MappingNode {
		return node{}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return node{n.Content[i+1]}
		}
	}
	return node{}
}

// at returns the i-th item of a sequence.
func (n node) at(i int) node {
	if n.Node != nil && n.Kind == yaml.AliasNode {
		n = node{n.Alias}
	}
	if n.Node == nil || n.Kind != yaml.SequenceNode || i >= len(n.Content) {
		return node{}
	}
	return node{n.Content[i]}
}

// or returns another node where this one is none.
func (n node) or(other node) node {
	if n.Node == nil {
		return other
	}
	return n
}

var unknownField = pattern(`line (\d+): field (\S+) not found in type kpi\.(\w+)`)

// yamlReason rewrites the decoder's message, of which it takes the first.
func yamlReason(err error) string {
	var typeErr *yaml.TypeError
	if !errors.As(err, &typeErr) {
		return strings.TrimPrefix(err.Error(), "yaml: ")
	}
	first := typeErr.Errors[0]
	m := unknownField().FindStringSubmatch(first)
	if m == nil {
		return first
	}
	known := keysOf(m[3])
	if near := didYouMean(m[2], known); near != "" {
		return fmt.Sprintf("line %s: unknown key %q%s", m[1], m[2], near)
	}
	return fmt.Sprintf("line %s: unknown key %q; known are %s", m[1], m[2], strings.Join(known, ", "))
}

// keysOf returns the keys of a type of the catalogue, in its order.
func keysOf(name string) []string {
	for _, t := range []reflect.Type{
		reflect.TypeFor[Catalogue](), reflect.TypeFor[Discovery](), reflect.TypeFor[PriceSheet](),
		reflect.TypeFor[HealthWeights](), reflect.TypeFor[Defaults](), reflect.TypeFor[KPI](),
		reflect.TypeFor[Query](), reflect.TypeFor[SLO](), reflect.TypeFor[Ladder](),
	} {
		if t.Name() != name {
			continue
		}
		keys := make([]string, t.NumField())
		for i := range keys {
			keys[i], _, _ = strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		}
		return keys
	}
	return nil
}
