package slo

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// field is a YAML node and the key it stands under; its node may be nil.
type field struct {
	node *yaml.Node
	name string
}

func (f field) errorf(format string, args ...any) error {
	line := 1
	if f.node != nil && f.node.Line > 0 {
		line = f.node.Line
	}
	return fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, args...))
}

// get returns the value under a key.
func (f field) get(key string) field {
	n := f.node
	if n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n == nil || n.Kind != yaml.MappingNode {
		return field{nil, key}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return field{n.Content[i+1], key}
		}
	}
	return field{nil, key}
}

// or returns another field where this one is not there.
func (f field) or(other field) field {
	if f.node == nil {
		return other
	}
	return f
}

// text returns a scalar as it is written; empty for anything else.
func (f field) text() string {
	if f.node == nil || f.node.Kind != yaml.ScalarNode {
		return ""
	}
	return f.node.Value
}

func (f field) number() (float64, error) {
	v, err := strconv.ParseFloat(f.text(), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, f.errorf("%s %q is not a number", f.name, f.text())
	}
	return v, nil
}

// duration reads OpenSLO's shorthand: 5m, 1h, 1d, 1w; a bare number is minutes.
func (f field) duration() (time.Duration, error) {
	text := f.text()
	unit := time.Minute
	digits := strings.TrimRight(text, "mhdw")
	switch strings.TrimPrefix(text, digits) {
	case "", "m":
	case "h":
		unit = time.Hour
	case "d":
		unit = 24 * time.Hour
	case "w":
		unit = 7 * 24 * time.Hour
	default:
		return 0, f.errorf("%s %q is not a duration such as 5m or 1h", f.name, text)
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n <= 0 || n > 1000 {
		return 0, f.errorf("%s %q is not a duration such as 5m or 1h", f.name, text)
	}
	return time.Duration(n) * unit, nil
}

// known refuses keys that are not among those given, and what is no mapping.
func (f field) known(keys ...string) error {
	n := f.node
	if n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n == nil || n.Kind != yaml.MappingNode {
		return f.errorf("%s is not a mapping of keys to values", f.name)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; !slices.Contains(keys, key.Value) {
			return field{key, ""}.errorf("unknown key %q in %s; known are %s", key.Value, f.name, strings.Join(keys, ", "))
		}
	}
	return nil
}
