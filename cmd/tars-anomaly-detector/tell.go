package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// asLines reports whether the result is written one a line as it is found, and
// not as one report at the end.
func (c *command) asLines() bool {
	if c.What != emitEvents {
		return true
	}
	ending := slices.Contains([]string{".ndjson", ".jsonl"}, strings.ToLower(filepath.Ext(c.Output.Output)))
	return c.OutputDir == "" && (c.Format == "ndjson" || c.Format == "" && ending)
}

// openLines begins to write lines, if lines are asked for.
func (r *run) openLines() error {
	if !r.asLines() {
		return nil
	}
	w := r.streams.Out
	if r.ToFile() {
		file, err := createWhole(r.Output.Output)
		if err != nil {
			return err
		}
		r.file, w = file, file
	}
	r.lines = newStream(w, r.What)
	events := r.What == emitEvents
	if r.What == emitScores {
		r.d.point = r.lines.lines.score
	}
	r.d.live = func(record *detect.Record) { r.lines.take(record, events) }
	return nil
}

// tell writes the result.
func (r *run) tell() error {
	if r.lines != nil {
		return r.endLines()
	}
	report := r.report()
	body := writeJSON(report, &r.kept)
	if err := r.emit(body, report); err != nil {
		return err
	}
	return r.gate(report.Summary.BySeverity, report.Summary.Points-report.Summary.Unscored)
}

// emit writes the report in the form asked for. JSON to a stream or a file goes
// there directly, all else is small and put together first.
func (r *run) emit(body func(io.Writer) error, report *schema.AnomalyReport) error {
	ending := strings.ToLower(filepath.Ext(r.Output.Output))
	asJSON := r.Format == "json" || r.Format == "" && !slices.Contains([]string{".md", ".markdown", ".prom"}, ending)
	switch {
	case !asJSON || r.OutputDir != "":
	case !r.ToFile():
		return body(r.streams.Out)
	default:
		file, err := createWhole(r.Output.Output)
		if err != nil {
			return err
		}
		if err := body(file); err != nil {
			file.discard()
			return err
		}
		return file.commit()
	}
	return r.Emit(r.streams,
		tool.Form{Format: "json", Path: "anomalies/anomaly_events.json", Write: body},
		tool.Form{Format: "markdown", Write: markdown(report)},
		tool.Form{Format: "ndjson", Write: func(w io.Writer) error {
			lines := newLineWriter(w)
			gather(&r.kept, lines.event)
			return lines.flush()
		}},
		tool.Form{Format: "openmetrics", Write: openmetrics(report)},
	)
}

// endLines writes what was kept for the end, in order, and closes the output.
func (r *run) endLines() error {
	r.kept.each(r.d.live)
	r.lines.groups.Finish()
	if err := r.lines.lines.flush(); err != nil {
		return err
	}
	if r.file != nil {
		file := r.file
		r.file = nil
		if err := file.commit(); err != nil {
			return err
		}
	}
	all, unscored := r.d.points()
	return r.gate(r.lines.told, all-unscored)
}

// report puts the report together.
func (r *run) report() *schema.AnomalyReport {
	report := build(r.d, &r.kept, r.release, r.now)
	report.Settings.Baseline = r.baseline != nil
	if r.window != nil {
		report.Window = r.window
	}
	if r.quality != nil {
		report.DataQuality = r.quality
	}
	q := report.DataQuality
	q.Warnings = append(q.Warnings, r.d.warnings...)
	if n := report.Summary.Unscored; n > 0 {
		q.Warnings = append(q.Warnings, fmt.Sprintf("%d of %d points were not scored: the first %d of a series, and those without a value",
			n, report.Summary.Points, report.Settings.WarmUp))
	}
	return report
}
