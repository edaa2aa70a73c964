package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// TestSampleWeek compares the report of the sample week with the one kept in
// testdata; -update rewrites that.
func TestSampleWeek(t *testing.T) {
	const golden = "testdata/week.md"
	got := markdown(t, retro(t, sampleWeek(), sampleEvents...))
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the report (-want +got):\n%s", diff)
	}
}

// TestHeadings are those of the contract, however little was given.
func TestHeadings(t *testing.T) {
	want := []string{
		"Executive Summary", "What Went Well", "What Could Be Improved", "Unexpected Drifts", "Cost Analysis", "SLO Compliance Summary",
		"Recommendations for v2", "Process Improvements", "Action Items", "Appendix",
	}
	for name, docs := range map[string][]schema.Document{
		"everything": sampleWeek(), "GA day": {sampleGA()}, "a day": {sampleDay(3)}, "health": {sampleHealth(2)},
	} {
		var got []string
		for line := range strings.Lines(markdown(t, retro(t, docs))) {
			if heading, ok := strings.CutPrefix(line, "## "); ok {
				got = append(got, strings.TrimSpace(heading))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: headings (-want +got):\n%s", name, diff)
		}
	}
}

// FuzzRetrospect makes a retrospective of whatever documents can be read: it is
// written as JSON and as Markdown, rests on what it has, and reads back as it
// was.
func FuzzRetrospect(f *testing.F) {
	var week bytes.Buffer
	for _, doc := range sampleWeek() {
		if err := tool.JSON(doc)(&week); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(bytes.Clone(week.Bytes()))
	week.Reset()
	for _, doc := range []schema.Document{sampledWeek()[0], sampledWeek()[4], sampleRegression()} {
		if err := tool.JSON(doc)(&week); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(bytes.Clone(week.Bytes()))
	var older bytes.Buffer
	files, err := filepath.Glob("../../fixtures/legacy/*/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no files of the earlier package: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		older.Write(b)
	}
	f.Add(older.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		docs := read(in)
		if len(docs) == 0 {
			return
		}
		if r, ok := docs[0].(*schema.Retrospective); ok {
			markdown(t, r)
			checkFigures(t, figures(r))
			return
		}
		if _, err := gather(slog.New(slog.DiscardHandler), docs); err != nil {
			return
		}
		r := retro(t, docs)
		checkEvidence(t, r)
		first := twin(t, r)
		again := read(first)
		if len(again) != 1 {
			t.Fatalf("the twin does not read back:\n%s", first)
		}
		if second := twin(t, again[0].(*schema.Retrospective)); !bytes.Equal(first, second) {
			t.Errorf("changed by write and read:\n%s\n%s", first, second)
		}
		drawn := figures(r)
		checkFigures(t, drawn)
		if diff := cmp.Diff(drawn, figures(again[0].(*schema.Retrospective))); diff != "" {
			t.Errorf("the twin draws otherwise:\n%s", diff)
		}
		if md := markdown(t, r); md != markdown(t, again[0].(*schema.Retrospective)) {
			t.Errorf("the twin renders otherwise:\n%s", md)
		}
	})
}

// read returns the documents of a stream, none when one is broken.
func read(in []byte) []schema.Document {
	r := schema.NewReader("fuzz", bytes.NewReader(in))
	var docs []schema.Document
	for {
		doc, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return docs
		case err != nil:
			return nil
		}
		docs = append(docs, doc)
	}
}

// TestHostileNames: what comes from outside stands for itself.
func TestHostileNames(t *testing.T) {
	docs := sampleWeek()
	evil := "a|b`c*[x](http://evil)\n# heading <script>"
	for _, doc := range docs {
		if d, ok := doc.(*schema.DailySummary); ok {
			for i := range d.MetricsComparison {
				if d.MetricsComparison[i].Service != "" {
					d.MetricsComparison[i].Service = evil
				}
			}
			if d.Alerts != nil {
				d.Alerts[0].Name, d.Alerts[0].Labels = evil, map[string]string{"service": evil}
			}
			d.Release = evil
		}
	}
	md := markdown(t, retro(t, docs, schema.SystemEvent{Timestamp: at(4, 5), Name: evil}))
	for _, bad := range []string{"\n# heading", "<script>", "[x](http://evil)"} {
		if n := strings.Count(md, bad); n > 0 {
			i := strings.Index(md, bad)
			t.Errorf("%q stands in the report %d times: ...%s...", bad, n, md[max(0, i-100):min(len(md), i+100)])
		}
	}
}
