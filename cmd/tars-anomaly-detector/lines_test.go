package main

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
)

// TestEventLine: the event that is put together by hand is the document.
func TestEventLine(t *testing.T) {
	settings := detect.DefaultSettings(detect.MethodEWMA)
	in := &detect.Incident{ID: "20251118T000000Z-00000000"}
	for _, key := range []detect.Key{
		{Metric: "m"},
		{Metric: `p"95<`, Labels: map[string]string{"service": "a&b", "region": "eu", "x": "\u2028"}},
	} {
		series := detect.NewSeries(key, &settings)
		for _, r := range []detect.Record{
			{Time: 1763424300000, Value: 1e-7, Judgement: detect.Judgement{Expected: -2.5, Z: 1e22, Score: 0.75}, Event: true},
			{Time: 1763424300250, Value: 0, Judgement: detect.Judgement{Expected: 1e-12, Z: -3, Score: 0.5}, Event: true, Lasting: true},
			{Time: 1, Value: 7, Judgement: detect.Judgement{Expected: math.Inf(1), Z: -3, Score: 0.5, FellToZero: true}, Event: true},
		} {
			for _, in := range []*detect.Incident{nil, in} {
				r.Series = series
				var got, want bytes.Buffer
				lines := newLineWriter(&got)
				lines.event(&r, in)
				if err := lines.flush(); err != nil {
					t.Fatal(err)
				}
				enc := json.NewEncoder(&want)
				enc.SetEscapeHTML(false)
				if err := enc.Encode(r.Document(in)); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want.String(), got.String()); diff != "" {
					t.Errorf("(-document +line):\n%s", diff)
				}
			}
		}
	}
}
