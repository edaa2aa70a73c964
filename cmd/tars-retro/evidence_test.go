package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

func markdown(t *testing.T, r *schema.Retrospective, pictures ...picture) string {
	t.Helper()
	p, err := readPage("")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := p.write(&b, r, pictures...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func twin(t *testing.T, r *schema.Retrospective) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tool.JSON(r)(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTwinRendersTheSame reads the JSON back and renders it again.
func TestTwinRendersTheSame(t *testing.T) {
	r := retro(t, sampledWeek(), sampleEvents...)
	doc, err := schema.NewReader("twin", bytes.NewReader(twin(t, r))).Next()
	if err != nil {
		t.Fatal(err)
	}
	again := doc.(*schema.Retrospective)
	want, got := figures(r), figures(again)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the twin draws otherwise (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(markdown(t, r, pictured(want, "charts")...), markdown(t, again, pictured(got, "charts")...)); diff != "" {
		t.Errorf("the twin renders otherwise (-want +got):\n%s", diff)
	}
}

func TestOrderOfInputs(t *testing.T) {
	// Two reports of the same age and two summaries of one day must not depend
	// on it either.
	late := sampleAnomalies()
	late.Window.End = at(9, 0)
	late.Incidents[0].IncidentID = "20251120T100500Z-other"
	again := sampleDay(5)
	again.KPIs = sampleKPIs(4, 99.99, 1.4, 24)
	docs := append(sampleWeek(), late, again)
	want := twin(t, retro(t, docs))
	shuffle := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		shuffle.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		if got := twin(t, retro(t, docs)); !bytes.Equal(want, got) {
			t.Fatalf("another order gives another retrospective (-want +got):\n%s", cmp.Diff(string(want), string(got)))
		}
	}
}

var number = regexp.MustCompile(`[0-9][0-9,]*(\.[0-9]+)?(e[-+][0-9]+)?`)

// TestNumbersAreInTheJSON looks for every number of the Markdown in the JSON
// twin: as it stands in a text, or as a value written for people. Only the
// labels of the template itself may have others.
func TestNumbersAreInTheJSON(t *testing.T) {
	r := retro(t, sampledWeek(), sampleEvents...)
	known := map[string]bool{}
	learn := func(text string) {
		for _, n := range number.FindAllString(text, -1) {
			known[strings.TrimRight(n, ",")] = true
		}
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, x := range v {
				learn(key)
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		case string:
			learn(v)
			if at, err := schema.ParseTime(v); err == nil {
				learn(report.Time(at))
			}
		case float64:
			for _, unit := range []string{"", "%", "ms", "count", "USD"} {
				learn(report.Number(&v, unit))
			}
			learn(report.Change(&v, "%"))
			learn(report.Money(&v, "USD"))
			learn(duration(v))
			learn(strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	var doc any
	if err := json.Unmarshal(twin(t, r), &doc); err != nil {
		t.Fatal(err)
	}
	walk(doc)
	learn(string(builtin))
	md := markdown(t, r, pictured(figures(r), "charts")...)
	if n := len(number.FindAllString(md, -1)); n < 200 {
		t.Fatalf("only %d numbers in the report: is it one?", n)
	}
	for line := range strings.Lines(md) {
		for _, n := range number.FindAllString(line, -1) {
			if !known[strings.TrimRight(n, ",")] {
				t.Errorf("%s is not in the JSON: %s", n, line)
			}
		}
	}
}

// told is a sentence with its evidence.
type told struct {
	where, text string
	evidence    []string
}

func sentences(r *schema.Retrospective) []told {
	s := r.ExecutiveSummary
	all := []told{{"headline", s.Headline, s.Evidence}}
	for where, list := range map[string][]schema.Statement{
		"fact": s.Facts, "unknown": s.Unknowns, "success": r.Successes, "process": r.ProcessImprovements,
	} {
		for _, x := range list {
			all = append(all, told{where, x.Description, x.Evidence})
		}
	}
	for _, x := range r.Recommendations {
		all = append(all, told{"recommendation", x.Description, x.Evidence})
	}
	for _, x := range r.ActionItems {
		all = append(all, told{"action item", x.Description, x.Evidence})
	}
	for _, x := range r.Timeline {
		all = append(all, told{"timeline", x.Description, x.Evidence})
	}
	for _, f := range figures(r) {
		all = append(all, told{"chart", f.Alt + " " + f.Caption, f.Evidence})
	}
	if r.DORA != nil {
		all = append(all, told{"dora", r.DORA.Description, r.DORA.Evidence})
	}
	return all
}

// checkEvidence reports sentences with numbers and no evidence, and evidence
// that the document does not have.
func checkEvidence(t *testing.T, r *schema.Retrospective) {
	t.Helper()
	ids := []string{"inputs"}
	for _, d := range r.Degradations {
		ids = append(ids, d.ID)
	}
	for _, d := range r.UnexpectedDrifts {
		ids = append(ids, d.ID)
	}
	for _, b := range r.SLOBurnDowns {
		ids = append(ids, "slo:"+b.KPI)
	}
	for _, h := range r.HealthByDay {
		ids = append(ids, healthID(h.DayNumber))
	}
	for _, w := range r.Appendix.Windows {
		ids = append(ids, w.ID)
	}
	if r.CostAnalysis.Reason == "" {
		ids = append(ids, "cost")
	}
	for _, s := range sentences(r) {
		if strings.ContainsAny(s.text, "0123456789") && len(s.evidence) == 0 {
			t.Errorf("%s has a number and no evidence: %s", s.where, s.text)
		}
		for _, id := range s.evidence {
			if !slices.Contains(ids, id) {
				t.Errorf("%s rests on %s, which the document does not have: %s", s.where, id, s.text)
			}
		}
	}
}

func TestEvidence(t *testing.T) {
	checkEvidence(t, retro(t, sampleWeek(), sampleEvents...))
	checkEvidence(t, retro(t, sampledWeek(), sampleEvents...))
}

// TestOrphans takes each input away in turn: what only it says must go too, and
// nothing may rest on it. What the report says of its absence must come.
func TestOrphans(t *testing.T) {
	whole := markdown(t, retro(t, sampleWeek(), sampleEvents...))
	for _, x := range []struct {
		name string
		is   func(schema.Document) bool
		// gone are only in this input; comes is said without it.
		gone  []string
		comes string
	}{
		{"GA day", of(schema.KindGAKPISummary), []string{"GA day kept 2 of 2 objectives", "77.21 USD", "| day:0 "}, "No baseline of GA day was given"},
		{"day 2", ofDay(2), []string{"CheckoutDown", "day 2 missed it"}, "No summary of day 2."},
		{"day 6", ofDay(6), []string{"the source was away", "2025-11-24 02:00 UTC"}, "No summary of day 6."},
		{"day 7", ofDay(7), []string{"day:7"}, "day 7"},
		{"the anomalies", of(schema.KindAnomalyReport), []string{"5.55 %", "D-errors-day1"}, "No anomaly report was given"},
		{"the regressions", of(schema.KindRegressionSummary), []string{"searches take 91.3 ms longer", "7.77 %", "0.973", "41 hypotheses", "redis"}, "no regression summary of the whole week was given"},
		{"the health", of(schema.KindHealthReport), []string{"87.9", "health:6"}, ""},
		{"the events", func(schema.Document) bool { return false }, []string{"deploy"}, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			events := sampleEvents
			if x.name == "the events" {
				events = nil
			}
			r := retro(t, slices.DeleteFunc(sampleWeek(), x.is), events...)
			checkEvidence(t, r)
			without := markdown(t, r)
			for _, text := range x.gone {
				if !strings.Contains(whole, text) {
					t.Errorf("the whole report does not say %q", text)
				}
				if strings.Contains(without, text) {
					t.Errorf("without %s the report still says %q", x.name, text)
				}
			}
			if !strings.Contains(without, x.comes) {
				t.Errorf("without %s the report does not say %q", x.name, x.comes)
			}
			checkAlone(t, x.is)
		})
	}
}

// checkAlone makes a report of one input alone: nothing may rest on the others.
func checkAlone(t *testing.T, is func(schema.Document) bool) {
	t.Helper()
	alone := slices.DeleteFunc(sampleWeek(), func(d schema.Document) bool { return !is(d) })
	if len(alone) > 0 {
		r := retro(t, alone)
		checkEvidence(t, r)
		if md := markdown(t, r); strings.Contains(md, "%!") || strings.Contains(md, "<no value>") || strings.Contains(md, "<nil>") {
			t.Errorf("a hole in the report:\n%s", md)
		}
	}
}

func of(kind string) func(schema.Document) bool {
	return func(d schema.Document) bool { return d.Head().Kind == kind }
}

func ofDay(n int) func(schema.Document) bool {
	return func(d schema.Document) bool {
		day, ok := d.(*schema.DailySummary)
		return ok && day.DayNumber == n
	}
}

// TestActionIDs changes every number of the week a little: the ids of the
// action items are those of the same things.
func TestActionIDs(t *testing.T) {
	ids := func(scale float64) []string {
		docs := sampleWeek()
		for _, doc := range docs {
			if d, ok := doc.(*schema.DailySummary); ok {
				for i := range d.MetricsComparison {
					m := &d.MetricsComparison[i]
					m.CurrentValue, m.DriftPercent = new(*m.CurrentValue*scale), new(*m.DriftPercent*scale)
				}
			}
		}
		var ids []string
		for _, a := range retro(t, docs).ActionItems {
			ids = append(ids, a.ID)
		}
		slices.Sort(ids)
		return ids
	}
	want := ids(1)
	if len(want) < 5 || len(slices.Compact(slices.Clone(want))) != len(want) {
		t.Fatalf("ids %v: want several, each once", want)
	}
	if diff := cmp.Diff(want, ids(1.02)); diff != "" {
		t.Errorf("other numbers give other ids (-want +got):\n%s", diff)
	}
}
