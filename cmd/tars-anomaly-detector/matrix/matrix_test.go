package matrix

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
)

type decode func(io.Reader, func(schema.MatrixSeries) error) ([]string, error)

// all keeps copies of what a decoder hands out.
func all(d decode, r io.Reader) (series []schema.MatrixSeries, warnings []string, err error) {
	warnings, err = d(r, func(m schema.MatrixSeries) error {
		m.Values = append([]schema.SamplePair{}, m.Values...)
		series = append(series, m)
		return nil
	})
	return series, warnings, err
}

var answers = []string{
	head + `]}}`,
	head + `{"metric":{"__name__":"up","job":"a b"},"values":[[1763424300,"1"],[1763424600.5,"0.25"],[1763424600.125,"-1234.5678901234567"]]},{"metric":{},"values":[[1,"NaN"],[2,"+Inf"],[3,"1e-7"],[4,"0"]]}]}}`,
	head + `{"metric":{"a":"é"},"values":[]}],"warnings":["slow"]}}`,
	head + `{"metric":{"a":"\n"},"values":[[1,"2"]]},{"metric":{"b":"c"},"values":[[1,"2"]]}]},"warnings":["slow"]}` + "\n",
	head + `{"values":[[1,"2"]],"metric":{"b":"c"}}]}}`,
	`{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"b":"c"}, "values": [[1, "2"]]}]}}`,
	`{"status":"error","errorType":"bad_data","error":"no"}`,
	head + `{"metric":{},"values":[[1,"x"]]}]}}`,
	head + `{"metric":{},"values":[[1,"2"]]`,
	head + `{"metric":{},"values":[[1,"2"]]}}}`,
	head + `{"metric":{},"values":[[01,"2"]]}]}}`,
	head + `{"metric":{},"values":[[1,"0x10"],[2,".5"],[3,"5."],[4,"1_0"],[5,"-0"]]}]}}`,
	head + `,{"metric":{},"values":[]}]}}`,
	head + `{"metric":{},"values":[[1,"2"]]}{}]}}`,
	head + `{"metric":{},"values":[[1,"2"]]},]}}`,
	`<html>`,
	``,
}

func compare(t *testing.T, text string, r io.Reader) {
	t.Helper()
	want, wantWarnings, wantErr := all(prom.DecodeMatrix, strings.NewReader(text))
	got, warnings, err := all(Decode, r)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: error %v, by the book %v", text, err, wantErr)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%q (-by the book +fast):\n%s", text, diff)
	}
	if diff := cmp.Diff(wantWarnings, warnings, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%q: warnings (-by the book +fast):\n%s", text, diff)
	}
}

func TestDecode(t *testing.T) {
	for _, text := range answers {
		compare(t, text, strings.NewReader(text))
		compare(t, text, iotest.OneByteReader(strings.NewReader(text)))
	}
}

// TestDecodeLong has series longer than the buffer.
func TestDecodeLong(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(head)
	for k := range 3 {
		if k > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"metric":{"k":"v"},"values":[[1,"1"]`)
		for range 70000 {
			b.WriteString(`,[1763424300,"0.123456789"]`)
		}
		b.WriteString("]}")
	}
	b.WriteString("]}}")
	compare(t, b.String(), bytes.NewReader(b.Bytes()))
}

// TestSeveral reads answers that follow one another.
func TestSeveral(t *testing.T) {
	got, _, err := all(Decode, strings.NewReader(answers[1]+"\n"+answers[1]))
	if err != nil || len(got) != 4 {
		t.Errorf("read %d series, error %v, want 4", len(got), err)
	}
	if _, _, err := all(Decode, strings.NewReader(answers[1]+"x")); !errors.Is(err, prom.ErrNotAPI) {
		t.Errorf("error %v, want %v", err, prom.ErrNotAPI)
	}
}

func TestStop(t *testing.T) {
	stop := errors.New("stop")
	if _, err := Decode(strings.NewReader(answers[1]), func(schema.MatrixSeries) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want the caller's own", err)
	}
}

// FuzzDecode holds the scanner against the decoder.
func FuzzDecode(f *testing.F) {
	for _, text := range answers {
		f.Add(strings.TrimPrefix(text, head))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if i := strings.Index(text, "]}}"); i >= 0 {
			text = text[:i+3] // the decoder reads one answer and no further
		}
		compare(t, head+text, strings.NewReader(head+text))
	})
}

func BenchmarkDecode(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(head)
	for k := range 100 {
		if k > 0 {
			text.WriteByte(',')
		}
		text.WriteString(`{"metric":{"__name__":"http_requests_total","service":"api"},"values":[[1763424300,"1"]`)
		for range 2015 {
			text.WriteString(`,[1763424300,"0.20123456789012345"]`)
		}
		text.WriteString("]}")
	}
	text.WriteString("]}}")
	for name, d := range map[string]decode{"scanner": Decode, "jsontext": prom.DecodeMatrix} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if _, err := d(bytes.NewReader(text.Bytes()), func(schema.MatrixSeries) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
