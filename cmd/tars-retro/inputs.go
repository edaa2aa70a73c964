package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// source is one kind of input: the flag that names it, and where --auto looks.
type source struct {
	kind, flag string
	paths      []string
	// folder and name are canonical; name is a pattern of the file's base name,
	// which may end with .gz besides.
	folder, name string
}

func (c *command) sources() []source {
	return []source{
		{schema.KindGAKPISummary, "ga-data", c.GAData, "ga_kpis", "ga_kpi_summary.json"},
		{schema.KindDailySummary, "7day-data", c.DayData, "stability", "day_[0-9]*_summary.json"},
		{schema.KindAnomalyReport, "anomalies", c.Anomalies, "anomalies", "anomaly_events.json"},
		{schema.KindHealthReport, "health", c.Health, "health", "day_[0-9]*_HEALTH.json"},
		{schema.KindRegressionSummary, "regression", c.Regression, "regression", "regression_summary.json"},
	}
}

// read reads every input: of a flag its own kind alone, since a directory may
// hold everything; of --auto what is found and no flag named; of arguments all;
// of stdin all when nothing else is said.
func (c *command) read(s *tool.Streams) ([]schema.Document, error) {
	var docs []schema.Document
	var files []string
	named := c.Auto
	for _, src := range c.sources() {
		for _, path := range src.paths {
			found, err := src.read(s, path)
			if err != nil {
				return nil, err
			}
			docs = append(docs, found...)
		}
		named = named || len(src.paths) > 0
		c.inputs = append(c.inputs, src.paths...)
		if c.Auto && len(src.paths) == 0 {
			found, err := src.find(c.DataDir)
			if err != nil {
				return nil, err
			}
			files = append(files, found...)
		}
	}
	if c.Auto && len(files)+len(docs)+len(c.Files) == 0 {
		return nil, fmt.Errorf("finding inputs: nothing under %s, neither ga_kpis/ga_kpi_summary.json nor stability/day_NN_summary.json nor the like, in folders or flat; set TARS_DATA_DIR or --data-dir", c.DataDir)
	}
	for _, file := range files {
		s.Log.Info("found", "file", file)
	}
	files = append(files, c.Files...)
	c.inputs = append(c.inputs, files...)
	if len(files) == 0 && named {
		return docs, nil
	}
	more, err := tool.ReadDocuments(s, files)
	return append(docs, more...), err
}

// read reads one path of the source's flag.
func (src source) read(s *tool.Streams, path string) ([]schema.Document, error) {
	docs, err := tool.ReadDocuments(s, []string{path})
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", src.flag, err)
	}
	var others []string
	mine := slices.DeleteFunc(docs, func(doc schema.Document) bool {
		kind := doc.Head().Kind
		if kind != src.kind && !slices.Contains(others, kind) {
			others = append(others, kind)
		}
		return kind != src.kind
	})
	if len(mine) == 0 {
		return nil, fmt.Errorf("reading --%s %s: it holds no %s but %s; name the file that holds one",
			src.flag, path, src.kind, strings.Join(others, ", "))
	}
	return mine, nil
}

// find returns the source's files under a data directory, by their canonical
// names: those of the canonical folder, else those that lie flat.
func (src source) find(data string) ([]string, error) {
	literal := strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`)
	for _, dir := range []string{filepath.Join(data, src.folder), data} {
		found, err := filepath.Glob(filepath.Join(literal.Replace(dir), "*"))
		if err != nil {
			return nil, fmt.Errorf("finding inputs in %s: %w", dir, err)
		}
		found = slices.DeleteFunc(found, func(path string) bool {
			match, _ := filepath.Match(src.name, strings.TrimSuffix(filepath.Base(path), ".gz")) // the patterns are ours and good
			return !match
		})
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}
