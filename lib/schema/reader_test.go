package schema_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/schema"
)

func read(t *testing.T, name, text string) []schema.Document {
	t.Helper()
	docs, err := readAll(name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func readAll(name string, r io.Reader) ([]schema.Document, error) {
	reader := schema.NewReader(name, r)
	var docs []schema.Document
	for {
		doc, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return docs, err
		}
		docs = append(docs, doc)
	}
}

func kinds(docs []schema.Document) []string {
	var out []string
	for _, d := range docs {
		out = append(out, d.Head().Kind)
	}
	return out
}

func TestReaderTellsDocumentsApart(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(`{"kind":"capture","schema_version":"1.0","queries":[]}`)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		what, name, text string
		want             []string
	}{
		{"one a line", "in", "{\"kind\":\"daily_summary\"}\n{\"kind\":\"health_report\"}\n", []string{"daily_summary", "health_report"}},
		{"one after another", "in", `{"kind":"capture"}{"kind":"retrospective"} {"kind":"regression_summary"}`, []string{"capture", "retrospective", "regression_summary"}},
		{"indented, carriage returns, byte-order mark", "in", "\ufeff{\r\n  \"kind\": \"ga_kpi_summary\"\r\n}\r\n", []string{"ga_kpi_summary"}},
		{"gzip", "in", packed.String(), []string{"capture"}},
		{"kind not first", "in", `{"release":"v1","kind":"anomaly_report"}`, []string{"anomaly_report"}},
		{"older GA summary", "in", `{"timestamp":"2025-11-18T00:00:00","overall_availability":99.9}`, []string{"ga_kpi_summary"}},
		{"older day of the same shape, by its name", "x/day_03_summary.json", `{"timestamp":"2025-11-21T00:00:00","overall_availability":99.9}`, []string{"daily_summary"}},
		{"older day", "in", `{"day_number":2,"avg_availability":99.9}`, []string{"daily_summary"}},
		{"older anomalies, bare list", "in", `[]`, []string{"anomaly_report"}},
		{"older anomalies", "in", `{"summary":{},"anomalies":[]}`, []string{"anomaly_report"}},
		{"events, one a line", "in", "{\"timestamp\":\"2025-11-20T14:23:15Z\",\"metric_name\":\"a\",\"z_score\":4}\n{\"metric_name\":\"b\",\"classification\":\"drop\"}", []string{"anomaly_report", "anomaly_report"}},
		{"older regressions", "in", `{"regressions":[]}`, []string{"regression_summary"}},
		{"older health", "in", `{"overall_health_score":91.5,"day_number":1}`, []string{"health_report"}},
		{"older retrospective", "in", `{"generation_timestamp":"2025-11-26T10:00:00","regressions":[]}`, []string{"retrospective"}},
		{"empty", "in", " \n", nil},
	} {
		t.Run(tc.what, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, kinds(read(t, tc.name, tc.text))); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReaderErrors(t *testing.T) {
	for _, tc := range []struct{ what, text, want string }{
		{"cut off", "{\"kind\":\"capture\"}\n{\"kind\": \"capt", `reading in.json: line 2: the JSON document that begins here is cut off`},
		{"not JSON", "{\"kind\":\"capture\"}\n\n<html>", `reading in.json: line 3: not JSON: invalid character '<'`},
		{"unknown kind", `{"kind":"ga_summary"}`, `reading in.json: line 1: unknown kind of document "ga_summary"; known are capture, ga_kpi_summary`},
		{"no kind, no known shape", `{"name":"left-pad"}`, `reading in.json: line 1: this is no document of tars`},
		{"newer major version", `{"kind":"daily_summary","schema_version":"2.0"}`, `daily_summary has schema_version 2.0, this tool reads up to 1.x; install a newer tars`},
		{"version that is none", `{"kind":"daily_summary","schema_version":"new"}`, `schema_version "new" is not major.minor`},
		{"a number", `42`, `want a JSON object, got "42"`},
		{"wrong type, third line", "{\"kind\":\"daily_summary\",\n\"timestamp\":\"2025-11-18\",\n\"day_number\":\"three\"}", `reading in.json: line 3: field "day_number": a JSON string where a number belongs`},
		{"no time", `{"kind":"daily_summary","timestamp":"yesterday"}`, `"yesterday" is not a time`},
		{"no number in a series", `{"kind":"daily_summary","kpis":{"p99_latency_ms":{"series":{"values":[1,"x"]}}}}`, `neither a number nor null`},
	} {
		t.Run(tc.what, func(t *testing.T) {
			_, err := readAll("in.json", strings.NewReader(tc.text))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q does not contain %q", err, tc.want)
			}
		})
	}
}

func TestOlderSummaryBecomesKPIs(t *testing.T) {
	doc := read(t, "ga.json", `{
		"timestamp": "2025-11-18T12:30:00.123456", "avg_availability": 99.95, "avg_error_rate": 0.04,
		"total_requests": 1200000, "avg_p99_latency_ms": 310.5, "max_p99_latency_ms": 900,
		"avg_db_latency_ms": 21, "avg_redis_hit_rate": 97.5, "min_redis_hit_rate": 91, "estimated_cost_per_hour": 12.5}`)[0]
	ga, ok := doc.(*schema.GAKPISummary)
	if !ok {
		t.Fatalf("got %T", doc)
	}
	want := map[string]float64{
		"availability": 99.95, "error_rate": 0.04, "requests": 1200000, "p99_latency_ms": 310.5,
		"db_p95_latency_ms": 21, "redis_hit_rate": 97.5, "cost_per_hour": 12.5,
	}
	got := map[string]float64{}
	for key := range ga.KPIs {
		got[key], _ = ga.KPIs.Of(key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("KPIs (-want +got):\n%s", diff)
	}
	if want := time.Date(2025, 11, 18, 12, 30, 0, 123456000, time.UTC); !ga.GAStart.Equal(want) {
		t.Errorf("GA start is %v, want %v", ga.GAStart, want)
	}
	back := schema.FlatKPIs(ga.KPIs)
	if diff := cmp.Diff(ga.LegacyKPIs, back); diff != "" {
		t.Errorf("flat fields written back (-read +written):\n%s", diff)
	}
}

func TestValuesKeepGaps(t *testing.T) {
	in := schema.Values{1, math.NaN(), -2.5e-9, math.Inf(1), 1e300}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(b), "[1,null,-2.5e-09,null,1e+300]"; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	var out schema.Values
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	want := schema.Values{1, math.NaN(), -2.5e-9, math.NaN(), 1e300}
	if diff := cmp.Diff(want, out, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestSamplePairIsWhatPrometheusWrites(t *testing.T) {
	for _, tc := range []struct {
		text string
		want schema.SamplePair
	}{
		{`[1763424300,"0.25"]`, schema.SamplePair{Millis: 1763424300000, Value: 0.25}},
		{`[1763424300.781,"+Inf"]`, schema.SamplePair{Millis: 1763424300781, Value: math.Inf(1)}},
		{`[1763424300.05,"NaN"]`, schema.SamplePair{Millis: 1763424300050, Value: math.NaN()}},
	} {
		var got schema.SamplePair
		if err := json.Unmarshal([]byte(tc.text), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.text, diff)
		}
		var again schema.SamplePair
		b, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, again, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s written as %s (-read +again):\n%s", tc.text, b, diff)
		}
	}
}

// FuzzReader checks that what is accepted survives write and read.
func FuzzReader(f *testing.F) {
	seeds, err := filepath.Glob("../../fixtures/legacy/*/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range seeds {
		b, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"kind":"capture","schema_version":"1.0","queries":[{"kpi":"a","query":"up","start":"2025-11-18T00:00:00Z","end":1763424300,"step_seconds":300,"result":[{"metric":{"a":"b"},"values":[[1,"NaN"]]}]}]}`))
	f.Add([]byte(`[{"metric_name":"a","value":1,"baseline":2}]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		docs, err := readAll("fuzz", bytes.NewReader(in))
		if err != nil {
			return
		}
		for _, doc := range docs {
			first, err := json.Marshal(doc)
			if err != nil {
				t.Fatalf("writing what was read: %v", err)
			}
			again, err := readAll("fuzz", bytes.NewReader(first))
			if err != nil || len(again) != 1 {
				t.Fatalf("reading what was written: %d documents, %v\n%s", len(again), err, first)
			}
			second, err := json.Marshal(again[0])
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(first, second) {
				t.Fatalf("changed by write and read:\n%s\n%s", first, second)
			}
		}
	})
}
