package prom_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
)

func decodeAll(text []byte) ([]schema.MatrixSeries, error) {
	var all []schema.MatrixSeries
	_, err := prom.DecodeMatrix(bytes.NewReader(text), func(s schema.MatrixSeries) error {
		all = append(all, schema.MatrixSeries{Metric: s.Metric, Values: slices.Clone(s.Values)})
		return nil
	})
	return all, err
}

// reference decodes an answer the plain way.
func reference(text []byte) ([]schema.MatrixSeries, bool) {
	var answer struct {
		Status string
		Data   struct {
			ResultType string                `json:"resultType"`
			Result     []schema.MatrixSeries `json:"result"`
		}
	}
	if json.Unmarshal(text, &answer) != nil || answer.Status != "success" || answer.Data.ResultType != "matrix" {
		return nil, false
	}
	return answer.Data.Result, true
}

// FuzzDecodeMatrix holds the streaming decoder against encoding/json: what both
// accept must be the same.
func FuzzDecodeMatrix(f *testing.F) {
	f.Add([]byte(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1763424000,"1"],[1763424060.781,"+Inf"],[1763424120,"NaN"]]}]}}`))
	f.Add([]byte(`{"status":"success","infos":["i"],"data":{"result":[{"values":[],"metric":{}}],"resultType":"matrix","stats":{"x":[1,{}]}}}`))
	f.Add([]byte(`{"status":"error","errorType":"bad_data","error":"no"}`))
	f.Add([]byte(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1, "2" ], [3,"4"]]},null]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := decodeAll(text)
		if err != nil {
			return
		}
		want, ok := reference(text)
		if !ok {
			return // other spellings of the same keys are encoding/json's own
		}
		for _, all := range [][]schema.MatrixSeries{got, want} {
			for i := range all {
				if len(all[i].Values) == 0 {
					all[i].Values = nil
				}
				if len(all[i].Metric) == 0 {
					all[i].Metric = nil
				}
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("another matrix than encoding/json (-want +got):\n%s", diff)
		}
	})
}

func matrix(series, points int) []byte {
	var b strings.Builder
	b.WriteString(`{"status":"success","data":{"resultType":"matrix","result":[`)
	for s := range series {
		if s > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"metric":{"__name__":"http_requests_total","instance":"host-` + strconv.Itoa(s) + `:8080","job":"api"},"values":[`)
		for p := range points {
			if p > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`[` + strconv.Itoa(1763424000+300*p) + `,"` + strconv.FormatFloat(float64(s*p)*0.137, 'f', -1, 64) + `"]`)
		}
		b.WriteString(`]}`)
	}
	b.WriteString(`]}}`)
	return []byte(b.String())
}

func TestDecodeMatrixStreams(t *testing.T) {
	text := matrix(3, 4)
	got, err := decodeAll(text)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := reference(text)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("matrix (-want +got):\n%s", diff)
	}
	seen := 0
	_, err = prom.DecodeMatrix(bytes.NewReader(text[:len(text)-20]), func(schema.MatrixSeries) error { seen++; return nil })
	if err == nil || seen < 2 {
		t.Errorf("of an answer cut off in its third series %d were handed on, error %v", seen, err)
	}
}
