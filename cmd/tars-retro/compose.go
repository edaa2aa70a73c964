package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// compose renders a retrospective that is the only input again, or makes one.
func (c *command) compose(s *tool.Streams, catalogue *kpi.Catalogue) (*schema.Retrospective, error) {
	links, err := linksTo(c.LinkBase)
	if err != nil {
		return nil, err
	}
	docs, err := c.read(s)
	if err != nil {
		return nil, err
	}
	if len(docs) == 1 {
		if retro, ok := docs[0].(*schema.Retrospective); ok {
			return retro, nil
		}
	}
	in, err := gather(s.Log, docs)
	if err != nil {
		return nil, err
	}
	if in.events, err = readEvents(c.Events); err != nil {
		return nil, err
	}
	return retrospect(catalogue, in, settings{
		release: c.Release, next: c.NextRelease, now: c.Clock(s), links: links,
	}), nil
}

// readEvents reads JSON lines in the order of time; an empty path has none, and
// nil means nobody gave any.
func readEvents(path string) ([]schema.SystemEvent, error) {
	if path == "" {
		return nil, nil
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the events: %w", err)
	}
	events, err := schema.ReadEvents(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))) // as editors of Windows begin a file
	if err != nil {
		return nil, fmt.Errorf("reading the events: %s: %w", path, err)
	}
	slices.SortStableFunc(events, func(a, b schema.SystemEvent) int { return a.Timestamp.Compare(b.Timestamp.Time) })
	return append([]schema.SystemEvent{}, events...), nil
}

// retrospectiveName is the canonical name without its ending.
const retrospectiveName = "output/GA_7DAY_RETROSPECTIVE"

// write writes the retrospective where the flags say and, beside X.md or X.html,
// its twin X.json.
func (c *command) write(s *tool.Streams, p *page, retro *schema.Retrospective) error {
	if c.Auto && c.Output.Output == "" && c.OutputDir == "" && c.Format == "" {
		c.OutputDir = c.AutoOutputDir
	}
	twin := c.twin()
	if err := c.spare(twin); err != nil {
		return err
	}
	pictures, err := c.pictures(retro)
	if err != nil {
		return err
	}
	if err := c.save(p, retro, pictures); err != nil {
		return err
	}
	if err := c.Emit(s,
		tool.Form{Format: "markdown", Path: retrospectiveName + ".md", Write: func(w io.Writer) error { return p.write(w, retro, pictures...) }},
		tool.Form{Format: "json", Path: retrospectiveName + ".json", Write: tool.JSON(retro)},
		tool.Form{Format: "html", Write: p.html(retro)},
	); err != nil || twin == "" {
		return err
	}
	return tool.WriteDocument(twin, retro)
}

// twin returns the name of the JSON file beside a file for people, Markdown or
// HTML; empty when no such file is written.
func (c *command) twin() string {
	ending := filepath.Ext(c.Output.Output)
	read := slices.Contains([]string{".md", ".markdown", ".html", ".htm"}, strings.ToLower(ending))
	if !c.ToFile() || !read || c.Format == "json" {
		return ""
	}
	return strings.TrimSuffix(c.Output.Output, ending) + ".json"
}

// spare refuses to write the twin over an input: nobody named that file for
// output.
func (c *command) spare(twin string) error {
	if twin == "" {
		return nil
	}
	there, err := os.Stat(twin)
	if err != nil {
		return nil //nolint:nilerr // nothing there to spare
	}
	for _, path := range c.inputs {
		if info, err := os.Stat(path); err == nil && os.SameFile(info, there) {
			return tool.Usagef("writing the JSON twin: %s is an input; name another --output than %s", twin, c.Output.Output)
		}
	}
	return nil
}

// gate turns the verdict into the exit status that --fail-on asks for.
func (c *command) gate(r *schema.Retrospective) error {
	verdict := orText(r.ExecutiveSummary.Verdict, schema.AdviceUnknown) // older files have none
	why := "the retrospective says " + verdict + ": " + orText(r.ExecutiveSummary.Headline, "it has no verdict")
	switch c.FailOn {
	case "none":
		return nil
	case "rollback":
		return tool.Gate(verdict == schema.AdviceRollback, verdict == schema.AdviceUnknown, c.AllowUnknown, why)
	}
	worst := ""
	for _, d := range r.Degradations {
		if !over(d) && d.Acknowledged == nil {
			worst = worse(worst, d.Severity)
		}
	}
	return tool.Gate(schema.SeverityRank(worst) >= schema.SeverityRank(c.FailOn), verdict == schema.AdviceUnknown, c.AllowUnknown,
		fmt.Sprintf("%s (worst that is not over: %s)", why, orText(worst, "none")))
}
