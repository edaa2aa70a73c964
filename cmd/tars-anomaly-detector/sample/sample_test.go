package sample

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/schema"
)

// names is an index that numbers series by metric and labels.
func names() (*Index, *[]string) {
	known := map[string]int{}
	var list []string
	return NewIndex(func(metric string, labels map[string]string) (int, error) {
		key := fmt.Sprint(metric, labels)
		n, ok := known[key]
		if !ok {
			n = len(list)
			known[key] = n
			list = append(list, key)
		}
		return n, nil
	}), &list
}

func readAll(text string) (samples []Sample, series []string, err error) {
	index, list := names()
	r := NewReader("stdin", strings.NewReader(text), index)
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return samples, *list, nil
		}
		if err != nil {
			return samples, *list, err
		}
		samples = append(samples, s)
	}
}

func at(text string) int64 {
	t, err := schema.ParseTime(text)
	if err != nil {
		return -1
	}
	return t.UnixMilli()
}

func TestRead(t *testing.T) {
	const text = `{"timestamp": "2025-11-20T14:23:15Z", "metric_name": "p95", "labels": {"service": "api"}, "value": 123.4}

{"value":-1e3,"timestamp":1763648595.5,"metric_name":"p95"}
{"timestamp":"2025-11-20 14:23:15","metric_name":"p95","labels":{ "service" : "api" },"value":"NaN","unit":"ms"}
  {"timestamp":"2025-11-20T15:23:15+01:00","metric_name":"p95","labels":{"service":"api"},"value":null}` + "\r\n" +
		`{"timestamp":"2025-11-20T14:23:15.250Z","metric_name":"pé95","value":0.1}`
	got, series, err := readAll(text)
	if err != nil {
		t.Fatal(err)
	}
	want := []Sample{
		{at("2025-11-20T14:23:15Z"), 123.4, 0},
		{1763648595500, -1000, 1},
		{at("2025-11-20T14:23:15Z"), math.NaN(), 0},
		{at("2025-11-20T14:23:15Z"), math.NaN(), 0},
		{at("2025-11-20T14:23:15Z") + 250, 0.1, 2},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"p95map[service:api]", "p95map[]", "pé95map[]"}, series); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	good := `{"timestamp":1,"metric_name":"m","value":1}` + "\n"
	for _, test := range []struct{ name, line, want string }{
		{"cut off", `{"timestamp":1,"metric_name":"m","val`, "line 2: the JSON object is cut off"},
		{"no value", `{"timestamp":1,"metric_name":"m"}`, `line 2: the sample has no "value"`},
		{"no time", `{"metric_name":"m","value":1}`, `line 2: the sample has no "timestamp"`},
		{"no metric", `{"timestamp":1,"value":1}`, `line 2: the sample has no "metric_name"`},
		{"bad time", `{"timestamp":"yesterday","metric_name":"m","value":1}`, `line 2: timestamp: "yesterday" is not a time`},
		{"bad value", `{"timestamp":1,"metric_name":"m","value":"high"}`, `line 2: value: "high" is not a number`},
		{"bad labels", `{"timestamp":1,"metric_name":"m","labels":{"a":{}},"value":1}`, `line 2: labels: "a" is not a string`},
		{"two on a line", strings.TrimSpace(good) + good, `line 2: more follows the object on this line`},
		{"a word", "hello", "line 2: not JSON at byte 0"},
		{"a list", "[1]", "line 2: want a JSON object, got a JSON list"},
		{"twice", `{"timestamp":1,"metric_name":"m","value":1,"value":2}`, "line 2: not JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			samples, _, err := readAll(good + test.line)
			if err == nil {
				t.Fatalf("no error, read %v", samples)
			}
			if !strings.Contains(err.Error(), "reading stdin: "+test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}

func TestIsSample(t *testing.T) {
	for line, want := range map[string]bool{
		`{"timestamp":1,"metric_name":"m","value":1}`:                   true,
		`{"kind":"capture","schema_version":"1.0"`:                      false,
		`{"status":"success","data":{}}`:                                false,
		`{"timestamp":"2025-11-18T00:00:00Z","overall_availability":1}`: false,
		`[]`: false,
	} {
		if got := IsSample([]byte(line)); got != want {
			t.Errorf("IsSample(%s) = %v, want %v", line, got, want)
		}
	}
}

// FuzzFast holds the fast path against the reading by the book: what the one
// accepts the other reads alike.
func FuzzFast(f *testing.F) {
	for _, line := range []string{
		`{"timestamp": "2025-11-20T14:23:15Z", "metric_name": "p95", "labels": {"service": "api"}, "value": 123.4}`,
		`{"timestamp":1763648595.5,"metric_name":"p95","value":-0.000125}`,
		`{"metric_name":"a","value":12345678901234567890,"timestamp":"2024-02-29 00:00:00","labels":{}}`,
		`{"timestamp":"2025-13-20T14:23:15Z","metric_name":"a","value":01}`,
		`{"timestamp":0,"metric_name":"a","value":-0,"labels":{"a":"}","b":"{"}}`,
		`{"timestamp":0,"metric_name":"a","value":1e5}`,
		"{\"timestamp\":0,\"metric_name\":\"a\xff\",\"value\":1}",
		`{"timestamp":0,"metric_name":"a","labels":{"a":"1" "b":"2"},"value":1}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		index, list := names()
		r := NewReader("fuzz", strings.NewReader(""), index)
		fast, ok := r.fast(line)
		if !ok {
			return
		}
		again, ok := r.fast(line)
		if !ok || again.Millis != fast.Millis || again.Series != fast.Series {
			t.Errorf("%q: read %v, then %v", line, fast, again)
		}
		if like := &index.known[0]; like.before != "" {
			// The form of the line, with what follows where the value was.
			if formed, ok := r.form(line, like); !ok || formed.Millis != fast.Millis || formed.Value != fast.Value {
				t.Errorf("%q: read %v, by its form %v %v", line, fast, formed, ok)
			}
			for _, tail := range []string{"1", "-2.5}", "1e3}", "1 }", "01}", "1}}", `"1"}`, "null}", "1,}"} {
				other := append(append([]byte{}, line[:len(like.before)+stampLength+len(like.between)]...), tail...)
				formed, ok := r.form(other, like)
				slow, err := r.parse(other)
				if ok && (err != nil || slow != formed) {
					t.Errorf("%q: by its form %v, by the book %v, %v", other, formed, slow, err)
				}
			}
		}
		seen := len(*list)
		slow, err := r.parse(line)
		if err != nil {
			t.Fatalf("%q: the fast path read %v, by the book: %v", line, fast, err)
		}
		if diff := cmp.Diff(slow, fast, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%q (-by the book +fast):\n%s", line, diff)
		}
		if len(*list) != seen {
			t.Errorf("%q: the fast path took it for another series: %q", line, *list)
		}
		if math.Signbit(slow.Value) != math.Signbit(fast.Value) {
			t.Errorf("%q: zero with another sign", line)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	line := `{"timestamp": "2025-11-20T14:23:15Z", "metric_name": "p95_latency_ms", "labels": {"service": "api"}, "value": 123.4}` + "\n"
	text := strings.Repeat(line, 10000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		index, _ := names()
		r := NewReader("bench", strings.NewReader(text), index)
		for {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	}
}
