package prom

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// maxPoints is how many points a series of one request may have. Prometheus
// refuses (end-start)/step above 11,000, which is one point more; others count
// the points themselves.
const maxPoints = 11_000

// check tells what is wrong with a query before a server has to.
func (q Query) check() error {
	switch {
	case strings.TrimSpace(q.Expr) == "":
		return errors.New("the query is empty")
	case q.Step <= 0 || q.Step%time.Millisecond != 0:
		return fmt.Errorf("a step of %s: want a positive number of whole milliseconds", q.Step)
	case q.End.Before(q.Start):
		return fmt.Errorf("the end %s is before the start %s", q.End.UTC().Format(time.RFC3339), q.Start.UTC().Format(time.RFC3339))
	}
	return nil
}

// parts splits a query into ones that a server accepts. Together they have its
// evaluation times, each once.
func (q Query) parts() []Query {
	var parts []Query
	steps := q.End.Sub(q.Start) / q.Step
	for first := time.Duration(0); first <= steps; first += maxPoints {
		part := q
		part.Start = q.Start.Add(first * q.Step)
		part.End = q.Start.Add(min(first+maxPoints-1, steps) * q.Step)
		parts = append(parts, part)
	}
	return parts
}

// collect copies a series of a part's answer: what was asked, and nothing that
// a server adds around it. It is an error when samples do not lie on the
// steps: they would be lost further on, or joined at wrong places.
func (q Query) collect(m schema.MatrixSeries) (schema.MatrixSeries, error) {
	start, end, step := q.Start.UnixMilli(), q.End.UnixMilli(), q.Step.Milliseconds()
	values := make([]schema.SamplePair, 0, len(m.Values))
	for _, p := range m.Values {
		switch {
		case p.Millis < start || p.Millis > end:
			continue
		case (p.Millis-start)%step != 0:
			return schema.MatrixSeries{}, rejected(fmt.Errorf("it moved the evaluation times: asked for %s and every %s after it, a sample is of %s; switch off aligning queries with their step on the server (Thanos: --no-query-range.align-range-with-step), or give a GA time on a multiple of the step",
				q.Start.UTC().Format(time.RFC3339Nano), q.Step, p.Time().Format(time.RFC3339Nano)))
		case len(values) > 0 && p.Millis <= values[len(values)-1].Millis:
			return schema.MatrixSeries{}, rejected(fmt.Errorf("it answers samples out of order: %s after %s in series %s",
				p.Time().Format(time.RFC3339Nano), values[len(values)-1].Time().Format(time.RFC3339Nano), labelText(m.Metric)))
		}
		values = append(values, p)
	}
	return schema.MatrixSeries{Metric: m.Metric, Values: values}, nil
}

// join puts the answers of parts together, in the order of the parts: series
// are the same when all their labels are.
func join(parts [][]schema.MatrixSeries) ([]schema.MatrixSeries, error) {
	index := map[string]*schema.MatrixSeries{}
	for _, part := range parts {
		seen := make(map[string]bool, len(part))
		for _, m := range part {
			key := labelKey(m.Metric)
			if seen[key] {
				return nil, rejected(fmt.Errorf("it answers the series %s twice", labelText(m.Metric)))
			}
			seen[key] = true
			switch known := index[key]; {
			case len(m.Values) == 0:
			case known != nil:
				known.Values = append(known.Values, m.Values...)
			default:
				index[key] = &m
			}
		}
	}
	joined := make([]schema.MatrixSeries, 0, len(index))
	for _, key := range slices.Sorted(maps.Keys(index)) {
		joined = append(joined, *index[key])
	}
	return joined, nil
}

// labelText is a series' labels for messages.
func labelText(labels map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, fmt.Sprintf("%s=%q", name, labels[name]))
	}
	return oneLine("{"+strings.Join(parts, ", ")+"}", quoteLength)
}

// labelKey is a text that series share exactly when all their labels are the
// same.
func labelKey(labels map[string]string) string {
	var key []byte
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		key = append(key, name...)
		key = append(key, 0xff) // which no label has in it: they are UTF-8
		key = append(key, labels[name]...)
		key = append(key, 0xff)
	}
	return string(key)
}
