package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// run is one run of the command over input that ends.
type run struct {
	*command
	streams  *tool.Streams
	baseline *schema.GAKPISummary
	d        *detection
	kept     records
	// lines is where lines go as they are found; nil when a report is written
	// at the end.
	lines *stream
	file  *wholeFile
	// window, now and release are those of the source or capture, if any.
	window  *schema.Window
	now     time.Time
	release string
	quality *schema.DataQuality
}

// prepare reads the baseline and sets up the detection.
func (c *command) prepare(s *tool.Streams) (*run, error) {
	set, err := c.settings()
	if err != nil {
		return nil, err
	}
	r := &run{command: c, streams: s, d: newDetection(set), now: c.Clock(s), release: c.Release}
	if c.Baseline != "" {
		if r.baseline, err = tool.ReadOne[*schema.GAKPISummary](s, c.Baseline, "the baseline"); err != nil {
			return nil, err
		}
	}
	r.d.minChange = c.MinChange
	r.d.seed = seedFrom(r.baseline)
	if !c.Since.IsZero() {
		r.d.since = c.Since.UnixMilli()
	}
	if !c.Until.IsZero() {
		r.d.until = c.Until.UnixMilli()
	}
	r.kept.d = r.d
	r.d.event = r.kept.add
	return r, nil
}

// close removes an output that did not become whole.
func (r *run) close() {
	if r.file != nil {
		r.file.discard()
	}
}

// knowKPIs turns on what needs the series to be the catalogue's KPIs: their
// dead-bands and the watch on levels.
func (r *run) knowKPIs(catalogue *kpi.Catalogue) {
	bands := map[string]float64{}
	r.d.zeroIsGood = map[string]bool{}
	for _, k := range catalogue.KPIs {
		bands[k.Key] = k.MinChange
		// No errors is good news; no latency or no load is not.
		r.d.zeroIsGood[k.Key] = k.Direction == kpi.LowerIsBetter && (k.Category == "availability" || k.Category == "traffic")
	}
	maps.Copy(bands, r.MinChange)
	r.d.minChange = bands
	r.d.levels = &levelWatch{threshold: r.d.settings.Threshold}
	if r.baseline != nil {
		r.d.levels.reference = r.reference
	}
}

// reference is the baseline's hours for a series; nil when it has none.
func (r *run) reference(s *detect.Series) *[24]float64 {
	series := baselineKPI(r.baseline, s.Key).Series
	if series == nil {
		return nil
	}
	var sums, counts, ref [24]float64
	for i, v := range series.Values {
		if !math.IsNaN(v) {
			hour := series.TimeAt(i).UnixMilli() / hourMillis % 24
			sums[hour] += v
			counts[hour]++
		}
	}
	seen := 0
	for h := range ref {
		ref[h] = sums[h] / counts[h] // NaN for an hour without samples
		if counts[h] > 0 {
			seen++
		}
	}
	if seen < levelHours {
		return nil
	}
	return &ref
}

// read reads all input and runs it through the detection.
func (r *run) read(ctx context.Context) error {
	paths := r.Inputs(r.Files)
	if len(paths) == 0 {
		err := r.measure(ctx, nil)
		r.d.finish()
		return err
	}
	if r.baseline != nil {
		catalogue, err := kpi.Preset("tars")
		if err != nil {
			return err
		}
		r.knowKPIs(catalogue)
		r.d.minChange = r.MinChange
	}
	if err := r.openLines(); err != nil {
		return err
	}
	var docs []schema.Document
	for _, path := range paths {
		files, err := tool.Expand(path)
		if err != nil {
			return err
		}
		for _, file := range files {
			more, err := r.readInput(file)
			if err != nil {
				return err
			}
			docs = append(docs, more...)
		}
	}
	if err := r.readDocuments(ctx, docs); err != nil {
		return err
	}
	r.d.finish()
	if all, _ := r.d.points(); all == 0 {
		if r.d.outside > 0 {
			return fmt.Errorf("reading samples: every one of them is at or after --until %s", r.Until.Format(time.RFC3339))
		}
		return errNothing
	}
	return nil
}

func (r *run) readInput(path string) ([]schema.Document, error) {
	in, err := tool.OpenInput(r.streams, path)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // only read from
	name := path
	if path == "-" {
		name = "stdin"
	}
	return feed(r.d, name, in)
}

// readDocuments runs captures and summaries through the detection.
func (r *run) readDocuments(ctx context.Context, docs []schema.Document) error {
	if len(docs) == 0 {
		return nil
	}
	for _, doc := range docs {
		if c, ok := doc.(*schema.Capture); ok && c.Settings != nil {
			return r.measure(ctx, docs)
		}
	}
	found := summaries(docs)
	if len(found) > 0 {
		catalogue, err := kpi.Preset("tars")
		if err != nil {
			return err
		}
		r.knowKPIs(catalogue)
	}
	for _, s := range found {
		feedSummary(r.d, s)
	}
	feedCapture(r.d, captured(docs))
	return nil
}
