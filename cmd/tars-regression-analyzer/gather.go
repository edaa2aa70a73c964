package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// inputs are the documents of a comparison.
type inputs struct {
	ga           *schema.GAKPISummary // nil without one
	baselines    []compare.Baseline   // besides GA day
	days         []*schema.DailySummary
	events       []schema.SystemEvent
	acknowledged []acknowledgement
	// written is a summary to write once more, when it is the only document.
	written *schema.RegressionSummary
}

// gather reads everything the command line and stdin give.
func (c *command) gather(s *tool.Streams) (*inputs, error) {
	in := &inputs{}
	if c.GABaseline != "" {
		ga, err := tool.ReadOne[*schema.GAKPISummary](s, c.GABaseline, "the baseline")
		if err != nil {
			return nil, err
		}
		in.ga = ga
	}
	files := append(append([]string{}, c.Summaries...), c.Files...)
	docs, err := tool.ReadDocuments(s, files)
	if err != nil {
		return nil, err
	}
	if d, ok := docs[0].(*schema.RegressionSummary); ok && len(docs) == 1 && in.ga == nil && len(c.Baselines) == 0 {
		if d.RollbackRecommendation == nil { // older ones may not have it
			d.RollbackRecommendation = &schema.RollbackAdvice{Advice: schema.AdviceUnknown}
		}
		in.written = d
		return in, nil
	}
	if err := in.sort(s, docs); err != nil {
		return nil, err
	}
	for _, text := range c.Baselines {
		b, err := readBaseline(s, text)
		if err != nil {
			return nil, err
		}
		in.baselines = append(in.baselines, b)
	}
	if in.ga == nil && len(in.baselines) == 0 {
		return nil, fmt.Errorf("comparing: there is no baseline among %d documents; name the file that tars-ga-kpi wrote by --ga-baseline", len(docs))
	}
	if len(in.days) == 0 {
		return nil, fmt.Errorf("comparing: there is no daily summary among %d documents; name the directory that tars-stability-monitor wrote by --7day-summaries", len(docs))
	}
	if in.events, err = readEvents(c.Events); err != nil {
		return nil, err
	}
	in.acknowledged, err = readAcknowledged(c.Acknowledged)
	return in, err
}

// sort puts each document where it belongs. The baseline of --ga-baseline may
// be met again in a directory of everything.
func (in *inputs) sort(s *tool.Streams, docs []schema.Document) error {
	byFlag := in.ga != nil
	for _, doc := range docs {
		switch d := doc.(type) {
		case *schema.DailySummary:
			if d.DayNumber < 1 {
				s.Log.Warn("not used: a daily summary that does not say its day", "generated", d.GeneratedAt)
				continue
			}
			in.days = append(in.days, d)
		case *schema.GAKPISummary:
			switch {
			case byFlag:
			case in.ga != nil:
				return tool.Usagef("reading the baseline: there are two, one made %s and one made %s; name one by --ga-baseline",
					in.ga.GeneratedAt.Format(time.RFC3339), d.GeneratedAt.Format(time.RFC3339))
			default:
				in.ga = d
			}
		default:
			s.Log.Info("not used: not a baseline and not a daily summary", "kind", doc.Head().Kind)
		}
	}
	return nil
}

// readBaseline reads one --baseline: a summary of one day, or daily summaries
// of an earlier release. Without a name the file's own is the name.
func readBaseline(s *tool.Streams, text string) (compare.Baseline, error) {
	name, path, named := strings.Cut(text, "=")
	if !named {
		path = text
		name = strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".gz"), ".json")
	}
	if name == "" || path == "" {
		return compare.Baseline{}, tool.Usagef("reading --baseline %q: write it as NAME=FILE or FILE", text)
	}
	docs, err := tool.ReadDocuments(s, []string{path})
	if err != nil {
		return compare.Baseline{}, fmt.Errorf("reading the baseline %s: %w", name, err)
	}
	b := compare.Baseline{Name: name}
	for _, doc := range docs {
		switch d := doc.(type) {
		case *schema.GAKPISummary:
			if b.Summary != nil {
				return b, fmt.Errorf("reading the baseline %s: %s holds two baselines", name, path)
			}
			b.Summary = d
		case *schema.DailySummary:
			b.Days = append(b.Days, d)
		}
	}
	if b.Summary == nil && len(b.Days) == 0 {
		return b, fmt.Errorf("reading the baseline %s: %s holds neither a baseline nor daily summaries", name, path)
	}
	return b, nil
}

// options are what to compare, and how.
func (in *inputs) options(c *command, now time.Time) compare.Options {
	o := compare.Options{Days: in.days, GAStart: c.GATimestamp.Time, WarmUp: c.WarmUp.Duration, Events: in.events}
	if in.ga != nil {
		o.Baselines = append(o.Baselines, compare.Baseline{Name: compare.SourceGA, Summary: in.ga})
	}
	o.Baselines = append(o.Baselines, in.baselines...)
	if o.GAStart.IsZero() && in.ga != nil {
		o.GAStart = in.ga.GAStart.Time
	}
	if o.GAStart.IsZero() {
		o.GAStart = in.days[0].GAStart.Time
	}
	o.Expect = expected(o.GAStart, now, c.Days)
	return o
}

// expected is the last day that had ended by now, at most the last of the
// watch; 0 when nobody knows when GA was.
func expected(ga, now time.Time, last int) int {
	if ga.IsZero() {
		return 0
	}
	ended := int(now.Sub(ga).Hours()/24) - 1
	return max(0, min(ended, last))
}
