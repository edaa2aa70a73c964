package prom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/schema"
)

// decodeAll reads an answer and keeps copies of its series.
func decodeAll(r io.Reader) (series []schema.MatrixSeries, warnings []string, err error) {
	warnings, err = DecodeMatrix(r, keep(&series))
	return series, warnings, err
}

// decodeSlowly does so without the fast reader.
func decodeSlowly(r io.Reader) (series []schema.MatrixSeries, warnings []string, err error) {
	warnings, err = newMatrixDecoder(r, keep(&series)).decode()
	return series, warnings, err
}

func keep(series *[]schema.MatrixSeries) func(schema.MatrixSeries) error {
	return func(m schema.MatrixSeries) error {
		*series = append(*series, schema.MatrixSeries{Metric: m.Metric, Values: slices.Clone(m.Values)})
		return nil
	}
}

// sameValues compares series, NaN being equal to NaN, and an empty list to none.
var sameValues = cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateEmpty()}

const (
	plainBegin = `{"status":"success","data":{"resultType":"matrix","result":[`
	plainEnd   = `]}}`
)

func TestDecodeMatrix(t *testing.T) {
	up := schema.MatrixSeries{
		Metric: map[string]string{"__name__": "up", "job": "api"},
		Values: []schema.SamplePair{{Millis: 1763424300000, Value: 1}, {Millis: 1763424600500, Value: 0.25}},
	}
	const upText = `{"metric":{"__name__":"up","job":"api"},"values":[[1763424300,"1"],[1763424600.5,"0.25"]]}`
	for _, test := range []struct {
		name     string
		in       string
		want     []schema.MatrixSeries
		warnings []string
	}{
		{name: "no series", in: plainBegin + plainEnd},
		{name: "no series, null", in: `{"status":"success","data":{"resultType":"matrix","result":null}}`},
		{name: "as Prometheus 2 answers", in: plainBegin + upText + plainEnd, want: []schema.MatrixSeries{up}},
		{
			name:     "as Prometheus 3 answers, with infos",
			in:       plainBegin + upText + `]},"warnings":["w","a"],"infos":["PromQL info: might not be a counter","a"]}`,
			want:     []schema.MatrixSeries{up},
			warnings: []string{"PromQL info: might not be a counter", "a", "w"},
		},
		{
			name: "as VictoriaMetrics answers",
			in:   plainBegin + upText + `]},"stats":{"seriesFetched":"1","executionTimeMsec":2}}`,
			want: []schema.MatrixSeries{up},
		},
		{
			name: "as a cluster of VictoriaMetrics answers",
			in:   `{"status":"success","isPartial":false,"data":{"resultType":"matrix","result":[` + upText + `]}}`,
			want: []schema.MatrixSeries{up},
		},
		{
			name:     "as one answers of which a node is down",
			in:       `{"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[` + upText + `]}}`,
			want:     []schema.MatrixSeries{up},
			warnings: []string{"the answer is partial: some storage nodes did not answer"},
		},
		{
			name: "as Thanos answers",
			in:   plainBegin + upText + `],"analysis":{"values":[[1,"2"]],"metric":{}}},"warnings":null}`,
			want: []schema.MatrixSeries{up},
		},
		{
			name: "in another order, with spaces",
			in: "\n{ \"data\" : { \"result\" : [ {\"values\": [ [1763424300, \"1\"] , [1763424600.500 , \"0.25\"] ], \"extra\": {\"metric\": 1}, " +
				`"metric" : { "job" : "api", "__name__" : "up" } } ], "resultType": "matrix" }, "status" : "success" }` + "\n",
			want: []schema.MatrixSeries{up},
		},
		{
			name: "a series of another form among the others",
			in:   plainBegin + upText + `, ` + upText + `,` + upText + plainEnd,
			want: []schema.MatrixSeries{up, up, up},
		},
		{
			name: "several answers",
			in:   plainBegin + upText + plainEnd + "\n" + plainBegin + upText + plainEnd + "\n",
			want: []schema.MatrixSeries{up, up},
		},
		{
			name: "labels with escapes, quotes and other scripts",
			in:   plainBegin + `{"metric":{"a":"\"values\":[[","b":"\\","c":"\u00e9é\n","d":"values"},"values":[[1,"2"]]}` + plainEnd,
			want: []schema.MatrixSeries{{
				Metric: map[string]string{"a": `"values":[[`, "b": `\`, "c": "éé\n", "d": "values"},
				Values: []schema.SamplePair{{Millis: 1000, Value: 2}},
			}},
		},
		{
			name: "invalid UTF-8, replaced",
			in:   plainBegin + "{\"metric\":{\"a\":\"\xff\"},\"values\":[[1,\"2\"]]}" + plainEnd,
			want: []schema.MatrixSeries{{Metric: map[string]string{"a": "�"}, Values: []schema.SamplePair{{Millis: 1000, Value: 2}}}},
		},
		{
			name: "labels that come and go",
			in: plainBegin + `{"metric":{"a":"1","b":"2"},"values":[[1,"1"]]},{"metric":{},"values":[[1,"2"]]},{"metric":{"b":"2"},"values":[[1,"3"]]},` +
				`{"values":[[1,"4"]]}` + plainEnd,
			want: []schema.MatrixSeries{
				{Metric: map[string]string{"a": "1", "b": "2"}, Values: []schema.SamplePair{{Millis: 1000, Value: 1}}},
				{Metric: map[string]string{}, Values: []schema.SamplePair{{Millis: 1000, Value: 2}}},
				{Metric: map[string]string{"b": "2"}, Values: []schema.SamplePair{{Millis: 1000, Value: 3}}},
				{Metric: map[string]string{}, Values: []schema.SamplePair{{Millis: 1000, Value: 4}}},
			},
		},
		{
			name: "values of every kind",
			in:   plainBegin + `{"metric":{},"values":[[0,"NaN"],[1.001,"+Inf"],[2.01,"-Inf"],[3.999,"-0"],[4e3,"1e-7"],[5,"5e-324"],[6,12.5],[7.0004,"1.7976931348623157e308"]]}` + plainEnd,
			want: []schema.MatrixSeries{{Metric: map[string]string{}, Values: []schema.SamplePair{
				{Millis: 0, Value: math.NaN()},
				{Millis: 1001, Value: math.Inf(1)},
				{Millis: 2010, Value: math.Inf(-1)},
				{Millis: 3999, Value: math.Copysign(0, -1)},
				{Millis: 4000000, Value: 1e-7},
				{Millis: 5000, Value: 5e-324},
				{Millis: 6000, Value: 12.5},
				{Millis: 7000, Value: math.MaxFloat64},
			}}},
		},
		{
			name: "native histograms",
			in: plainBegin + `{"metric":{"a":"1"},"histograms":[[1,{"count":"2","sum":"3","buckets":[]}]]},` +
				`{"metric":{"a":"2"},"values":[[1,"2"]],"histograms":[[2,{}]]},{"metric":{"a":"3"},"values":[[1,"3"]],"histograms":[]}` + plainEnd,
			want: []schema.MatrixSeries{
				{Metric: map[string]string{"a": "2"}, Values: []schema.SamplePair{{Millis: 1000, Value: 2}}},
				{Metric: map[string]string{"a": "3"}, Values: []schema.SamplePair{{Millis: 1000, Value: 3}}},
			},
			warnings: []string{"left out the native histograms of 2 series: ask for numbers, e.g. by histogram_quantile"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for how, read := range map[string]func() ([]schema.MatrixSeries, []string, error){
				"at once": func() ([]schema.MatrixSeries, []string, error) { return decodeAll(strings.NewReader(test.in)) },
				"byte by byte": func() ([]schema.MatrixSeries, []string, error) {
					return decodeAll(iotest.OneByteReader(strings.NewReader(test.in)))
				},
				"EOF with data": func() ([]schema.MatrixSeries, []string, error) {
					return decodeAll(iotest.DataErrReader(strings.NewReader(test.in)))
				},
				"jsontext alone": func() ([]schema.MatrixSeries, []string, error) { return decodeSlowly(strings.NewReader(test.in)) },
			} {
				got, warnings, err := read()
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				if diff := cmp.Diff(test.want, got, sameValues); diff != "" {
					t.Errorf("%s: series (-want +got):\n%s", how, diff)
				}
				if diff := cmp.Diff(test.warnings, warnings, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s: warnings (-want +got):\n%s", how, diff)
				}
			}
		})
	}
}

func TestDecodeMatrixErrors(t *testing.T) {
	const form = "not an answer of the Prometheus API to a range query: "
	for _, test := range []struct {
		name, in, want string
		is             error
	}{
		{"nothing", "", form + "it is empty", ErrNotAPI},
		{"spaces", " \n", form + "it is empty", ErrNotAPI},
		{"an array", `[1]`, form + "it is no JSON object", ErrNotAPI},
		{"a page", `<html>`, form + "byte 0: invalid character '<' at start of value", ErrNotAPI},
		{"an empty object", `{}`, form + `it lacks "status", "resultType" or "result"`, ErrNotAPI},
		{"another API", `{"status":"ok","data":{}}`, form + `it lacks "status", "resultType" or "result"`, ErrNotAPI},
		{"no data", `{"status":"success","data":null}`, form + `it lacks "status", "resultType" or "result"`, ErrNotAPI},
		{"data of another kind", `{"status":"success","data":["up"]}`, form + "data is an array, want an object", ErrNotAPI},
		{"status of another kind", `{"status":200}`, form + "status is a number, want a string", ErrNotAPI},
		{
			"a vector", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}}`,
			form + "the result is a vector, want a matrix; ask /api/v1/query_range, not /api/v1/query", ErrNotAPI,
		},
		{
			"a vector that says so late", `{"status":"success","data":{"result":[{"metric":{},"value":[1,"2"]}],"resultType":"vector"}}`,
			form + "the result is a vector, want a matrix; ask /api/v1/query_range, not /api/v1/query", ErrNotAPI,
		},
		{
			"a scalar", `{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}`,
			form + "the result is a scalar, want a matrix; ask /api/v1/query_range, not /api/v1/query", ErrNotAPI,
		},
		{
			"a scalar that says so late", `{"status":"success","data":{"result":[1,"2"],"resultType":"scalar"}}`,
			form + "its result holds something else than series", ErrNotAPI,
		},
		{
			"an error of the server", `{"status":"error","errorType":"bad_data","error":"1:5: parse error:\n unclosed left parenthesis"}`,
			"bad_data: 1:5: parse error: unclosed left parenthesis", nil,
		},
		{"an error without words", `{"status":"error","errorType":"internal"}`, "an error without a message, of type internal", nil},
		{"an error after series", plainBegin + `{"metric":{},"values":[[1,"2"]]}]},"error":"too late","status":"error"}`, form + `byte 114: the name "status" comes twice in one object`, ErrNotAPI},
		{"a label that is a number", plainBegin + `{"metric":{"a":1},"values":[]}` + plainEnd, form + "label a is a number, want a string", ErrNotAPI},
		{"a label twice", plainBegin + `{"metric":{"a":"1","a":"2"},"values":[]}` + plainEnd, form + `byte 79: the name "a" comes twice in one object`, ErrNotAPI},
		{"a sample without a value", plainBegin + `{"metric":{},"values":[[1]]}` + plainEnd, form + `reading values: sample [1]: want [seconds, "value"]`, ErrNotAPI},
		{"a sample before 1970", plainBegin + `{"metric":{},"values":[[-1,"1"]]}` + plainEnd, form + `reading values: -1 is not a time in Unix seconds`, ErrNotAPI},
		{"a sample after 9999", plainBegin + `{"metric":{},"values":[[253402300800,"1"]]}` + plainEnd, form + `reading values: 2.534023008e+11 is not a time in Unix seconds`, ErrNotAPI},
		{"a value too large", plainBegin + `{"metric":{},"values":[[1,"1e999"]]}` + plainEnd, form + `reading values: sample value "1e999" is not a number`, ErrNotAPI},
		{"a value that is a word", plainBegin + `{"metric":{},"values":[[1,"one"]]}` + plainEnd, form + `reading values: sample value "one" is not a number`, ErrNotAPI},
		{"a time with a leading zero", plainBegin + `{"metric":{},"values":[[01,"1"]]}` + plainEnd, form + `byte 85: invalid character '1' after array element (expecting ',' or ']')`, ErrNotAPI},
		{"a comma too many", plainBegin + `{"metric":{},"values":[[1,"1"]]},]}}`, form + `byte 92: invalid character ',' at start of value`, ErrNotAPI},
		{"rubbish after the answer", plainBegin + plainEnd + `x`, form + `byte 63: invalid character 'x' at start of value`, ErrNotAPI},
		{"cut off at the beginning", `{"stat`, "the answer is cut off after 6 bytes: unexpected EOF", io.ErrUnexpectedEOF},
		{"cut off in a series", plainBegin + `{"metric":{},"values":[[1,"1"],[2,`, "the answer is cut off after 94 bytes: unexpected EOF", io.ErrUnexpectedEOF},
		{"cut off between series", plainBegin + `{"metric":{},"values":[[1,"1"]]},`, "the answer is cut off after 93 bytes: unexpected EOF", io.ErrUnexpectedEOF},
		{"cut off at the end", plainBegin + `{"metric":{},"values":[[1,"1"]]}]}`, "the answer is cut off after 94 bytes: unexpected EOF", io.ErrUnexpectedEOF},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := decodeAll(strings.NewReader(test.in))
			if err == nil || err.Error() != test.want {
				t.Errorf("got error\n\t%v, want\n\t%v", err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("the error is not %v", test.is)
			}
			var api *APIError
			if test.is == nil && !errors.As(err, &api) {
				t.Errorf("the error is no APIError")
			}
		})
	}
}

func TestDecodeMatrixPassesErrorsOn(t *testing.T) {
	enough := errors.New("enough")
	in := plainBegin + `{"metric":{},"values":[[1,"1"]]}, {"metric":{},"values":[[1,"1"]]}` + plainEnd
	for stop := range 2 {
		n := 0
		_, err := DecodeMatrix(strings.NewReader(in), func(schema.MatrixSeries) error {
			if n++; n > stop {
				return enough
			}
			return nil
		})
		if err != enough { //nolint:errorlint // as it is
			t.Errorf("stopping after %d series: got error %v", stop, err)
		}
	}
	broken := errors.New("connection reset")
	for cut := range len(in) {
		_, _, err := decodeAll(io.MultiReader(strings.NewReader(in[:cut]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Fatalf("reading fails after %d bytes: got error %v", cut, err)
		}
	}
}

// A cut-off answer must never pass for a whole one.
func TestDecodeMatrixNoticesEveryCut(t *testing.T) {
	in := plainBegin + `{"metric":{"a":"\"b"},"values":[[1,"1"],[2,"2.5"]]},{"metric":{"a":"c"},"values":[[1,"NaN"]]}],"analysis":{}},"warnings":["w"]}`
	for cut := 1; cut < len(in); cut++ {
		_, _, err := decodeAll(strings.NewReader(in[:cut]))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut after %d bytes, %q: got error %v", cut, in[max(0, cut-20):cut], err)
		}
	}
}

// Memory must not grow with the answer: neither with the number of series nor
// with what they share.
func TestDecodeMatrixAllocates(t *testing.T) {
	read := func(body []byte) func() {
		return func() {
			if _, err := DecodeMatrix(bytes.NewReader(body), func(schema.MatrixSeries) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	few, many := matrix(10, 500), matrix(1010, 500)
	// A thousand series more differ in two labels.
	perSeries := (testing.AllocsPerRun(3, read(many)) - testing.AllocsPerRun(3, read(few))) / 1000
	if perSeries > 4.1 { // two strings, and a map
		t.Errorf("%.2f allocations a series, want at most 4", perSeries)
	}
}

// FuzzDecodeMatrix holds three readers against each other: this one, the same
// without its fast reader, and encoding/json.
func FuzzDecodeMatrix(f *testing.F) {
	series := `{"metric":{"__name__":"up","job":"api"},"values":[[1763424300,"1"],[1763424600.5,"-0.25"]]}`
	for _, seed := range []string{
		``, `{}`, `[]`, `null`,
		plainBegin + plainEnd,
		plainBegin + series + plainEnd,
		plainBegin + series + `,` + series + `]},"warnings":["a"],"infos":["b"]}`,
		plainBegin + series + `],"analysis":{"a":[1,{"b":null}]}},"stats":{}}` + plainBegin + series + plainEnd,
		`{"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[` + series + `]}}`,
		`{"data":{"result":[ ` + series + `],"resultType":"matrix"},"status":"success"}`,
		`{"status":"error","errorType":"bad_data","error":"no","data":null}`,
		`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}}`,
		plainBegin + `{"metric":{"a":"\"é\ud83d"},"values":[[0,"NaN"],[1e3,"+Inf"],[1.0005,"1e-7"],[2,3],[4,"0x1p-2"]]}` + plainEnd,
		plainBegin + `{"metric":{"b":"1","a":"2"},"values":null,"histograms":[[1,{}]]},{"metric":null,"values":[]}` + plainEnd,
		plainBegin + `{"metric":{},"values":[[253402300799.999,"9007199254740993.5"],[1,"0.00000000000000000000001234567"],[2,"12345678901234567890.123"]]}` + plainEnd,
		plainBegin + `{"metric":{"a":"1","a":"2"},"values":[]}` + plainEnd,
		plainBegin + `{"metric":{},"values":[[01,"1"],[1.,"1"]]},` + plainEnd,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		want, wantWarnings, wantErr := oracle(in)
		for how, read := range map[string]func() ([]schema.MatrixSeries, []string, error){
			"at once": func() ([]schema.MatrixSeries, []string, error) { return decodeAll(bytes.NewReader(in)) },
			"in halves": func() ([]schema.MatrixSeries, []string, error) {
				return decodeAll(iotest.HalfReader(bytes.NewReader(in)))
			},
			"jsontext alone": func() ([]schema.MatrixSeries, []string, error) { return decodeSlowly(bytes.NewReader(in)) },
		} {
			got, warnings, err := read()
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("%s: error %v, encoding/json says %v", how, err, wantErr)
			}
			if err != nil {
				continue
			}
			if diff := cmp.Diff(want, got, sameBits); diff != "" {
				t.Fatalf("%s: series (-want +got):\n%s", how, diff)
			}
			if diff := cmp.Diff(wantWarnings, warnings, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s: warnings (-want +got):\n%s", how, diff)
			}
		}
	})
}

// sameBits compares values bit by bit, but that a NaN is a NaN.
var sameBits = cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || (math.IsNaN(a) && math.IsNaN(b))
})}

func ExampleDecodeMatrix() {
	answer := `{"status":"success","data":{"resultType":"matrix","result":[
		{"metric":{"job":"api"},"values":[[1763424300,"1"],[1763424600,"0.5"]]}]},"infos":["a hint"]}`
	warnings, err := DecodeMatrix(strings.NewReader(answer), func(m schema.MatrixSeries) error {
		for _, p := range m.Values {
			fmt.Println(m.Metric["job"], p.Time().Format("15:04"), p.Value)
		}
		return nil
	})
	fmt.Println(warnings, err)
	// Output:
	// api 00:05 1
	// api 00:10 0.5
	// [a hint] <nil>
}
