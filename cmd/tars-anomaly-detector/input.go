package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/sample"
	"github.com/veleron-dev/tars/lib/schema"
)

// shape is what an input holds.
type shape int

const (
	shapeEmpty shape = iota
	shapeSamples
	shapeAnswer // of the Prometheus API
	shapeDocuments
)

// peekSize is how far an input is looked into to tell what it holds.
const peekSize = 64 << 10

// sniff tells what an input holds from its first JSON object.
func sniff(in *bufio.Reader) (shape, error) {
	if err := skipSpace(in); err != nil {
		if errors.Is(err, io.EOF) {
			return shapeEmpty, nil
		}
		return shapeEmpty, err
	}
	line, err := firstLine(in)
	if err != nil {
		return shapeEmpty, err
	}
	if sample.IsSample(line) {
		return shapeSamples, nil
	}
	switch name := firstField(line); name {
	case "status", "data":
		return shapeAnswer, nil
	case "timestamp", "metric_name", "value", "labels":
		// An older summary begins with its timestamp too, but says more.
		if !bytes.Contains(line, []byte(`"overall_`)) && !bytes.Contains(line, []byte(`"avg_`)) && len(line) < 1024 {
			return shapeSamples, nil // a sample with a mistake: its reader says which
		}
	}
	return shapeDocuments, nil
}

func skipSpace(in *bufio.Reader) error {
	for {
		c, err := in.ReadByte()
		if err != nil {
			return err
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return in.UnreadByte()
		}
	}
}

// firstLine returns the first line as far as it can be had, without waiting
// for more than one line: a pipe that is slow must not be held up.
func firstLine(in *bufio.Reader) ([]byte, error) {
	for n := 1; ; {
		b, err := in.Peek(n)
		if before, _, ok := bytes.Cut(b, []byte{'\n'}); ok {
			return before, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) || n == peekSize {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
		n = min(max(len(b)+1, in.Buffered()), peekSize)
	}
}

// firstField returns the name of the first field of an object.
func firstField(b []byte) string {
	d := jsontext.NewDecoder(bytes.NewReader(b))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}
	t, err := d.ReadToken()
	if err != nil || t.Kind() != '"' {
		return ""
	}
	return t.String()
}

// feed runs an input through the detection. Samples and answers are taken as
// they come; documents are returned, since they may belong together.
func feed(d *detection, name string, in io.Reader) ([]schema.Document, error) {
	plain, err := schema.Plain(in)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	buffered := bufio.NewReaderSize(plain, peekSize)
	is, err := sniff(buffered)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	switch is {
	case shapeEmpty:
		return nil, fmt.Errorf("reading %s: it is empty; %s", name, wanted)
	case shapeSamples:
		return nil, feedSamples(d, name, buffered, nil)
	case shapeAnswer:
		return nil, feedAnswer(d, name, buffered)
	case shapeDocuments:
	}
	return readDocuments(name, buffered)
}

// pushMatrix runs one series of a matrix through the detection. kpi names its
// metric; empty: its own __name__, else "value".
func (d *detection) pushMatrix(kpi string, m *schema.MatrixSeries) *tracked {
	labels := maps.Clone(m.Metric)
	metric := cmp.Or(kpi, labels["__name__"], "value")
	delete(labels, "__name__")
	if len(labels) == 0 {
		labels = nil
	}
	t := d.track(metric, labels)
	for _, p := range m.Values {
		d.push(t, p.Millis, p.Value)
	}
	return t
}

func readDocuments(name string, in io.Reader) ([]schema.Document, error) {
	r := schema.NewReader(name, in)
	var docs []schema.Document
	for {
		doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
}

// summary is a document with KPIs in it.
type summary struct {
	window   *schema.Window
	kpis     schema.KPIs
	services map[string]schema.Breakdown
	regions  map[string]schema.Breakdown
	warnings []string
}

// summaries returns the summaries among the documents by time.
func summaries(docs []schema.Document) []summary {
	var out []summary
	for _, doc := range docs {
		switch doc := doc.(type) {
		case *schema.GAKPISummary:
			out = append(out, summary{doc.Window, doc.KPIs, doc.Services, doc.Regions, nil})
		case *schema.DailySummary:
			out = append(out, summary{doc.Window, doc.KPIs, doc.Services, doc.Regions, nil})
		}
	}
	slices.SortStableFunc(out, func(a, b summary) int { return a.start().Compare(b.start().Time) })
	return out
}

// start is when the first series of the summary begins.
func (s summary) start() schema.Time {
	for _, key := range s.kpis.Keys() {
		if k := s.kpis[key]; k.Series != nil {
			return k.Series.Start
		}
	}
	if s.window != nil {
		return s.window.Start
	}
	return schema.Time{}
}

// feedSummary runs the series of a summary through the detection.
func feedSummary(d *detection, s summary) {
	d.feedKPIs(s.kpis, nil)
	for _, scope := range []struct {
		label string
		parts map[string]schema.Breakdown
	}{{"service", s.services}, {"region", s.regions}} {
		for _, name := range slices.Sorted(maps.Keys(scope.parts)) {
			d.feedKPIs(scope.parts[name].KPIs, map[string]string{scope.label: name})
		}
	}
}

func (d *detection) feedKPIs(kpis schema.KPIs, labels map[string]string) {
	for _, key := range kpis.Keys() {
		series := kpis[key].Series
		if series == nil {
			continue
		}
		t := d.track(key, labels)
		for i, v := range series.Values {
			d.push(t, series.TimeAt(i).UnixMilli(), v)
		}
	}
}

// captured returns the answers of captures in their order, without those that
// were asked for one moment only: totals are no series.
func captured(docs []schema.Document) []schema.CapturedQuery {
	var out []schema.CapturedQuery
	for _, doc := range docs {
		c, ok := doc.(*schema.Capture)
		if !ok {
			continue
		}
		for _, q := range c.Queries {
			if q.End.After(q.Start.Time) || q.Start.IsZero() {
				out = append(out, q)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b schema.CapturedQuery) int { return a.Start.Compare(b.Start.Time) })
	return out
}

// feedCapture runs the answers of captures through the detection.
func feedCapture(d *detection, queries []schema.CapturedQuery) {
	for i := range queries {
		for j := range queries[i].Result {
			d.pushMatrix(queries[i].KPI, &queries[i].Result[j])
		}
	}
}

// seedFrom returns a function that gives a series the points of the baseline
// that lie before its first.
func seedFrom(baseline *schema.GAKPISummary) func(*detect.Series, int64) {
	if baseline == nil {
		return nil
	}
	return func(s *detect.Series, first int64) {
		series := baselineKPI(baseline, s.Key).Series
		if series == nil {
			return
		}
		for i, v := range series.Values {
			if t := series.TimeAt(i).UnixMilli(); t < first {
				s.Seed(t, v)
			}
		}
	}
}

// baselineKPI returns the baseline's KPI for a series: the whole's, or that of
// its service or region. It is empty when the baseline has none.
func baselineKPI(b *schema.GAKPISummary, key detect.Key) schema.KPI {
	switch {
	case len(key.Labels) == 0:
		return b.KPIs[key.Metric]
	case len(key.Labels) == 1 && key.Labels["service"] != "":
		return b.Services[key.Labels["service"]].KPIs[key.Metric]
	case len(key.Labels) == 1 && key.Labels["region"] != "":
		return b.Regions[key.Labels["region"]].KPIs[key.Metric]
	}
	return schema.KPI{}
}
