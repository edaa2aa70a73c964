package prom

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/veleron-dev/tars/lib/schema"
)

// BenchmarkDecodeMatrix compares reading a week of 5-minute samples with
// client_golang's own path over the same bytes, whose QueryRange reads the
// answer whole and decodes it by json-iterator.
func BenchmarkDecodeMatrix(b *testing.B) {
	const series, points = 200, 2016
	body := matrix(series, points)
	b.Run("decoder=tars", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			samples := 0
			_, err := DecodeMatrix(bytes.NewReader(body), func(m schema.MatrixSeries) error {
				samples += len(m.Values)
				return nil
			})
			if err != nil || samples != series*points {
				b.Fatalf("read %d samples, error %v", samples, err)
			}
		}
	})
	b.Run("decoder=client_golang", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		client, err := api.NewClient(api.Config{Address: "http://prometheus.invalid", RoundTripper: answering(body)})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			value, _, _, err := v1.NewAPI(client).QueryRange(context.Background(), "up", v1.Range{
				Start: time.Unix(0, 0), End: time.Unix(1, 0), Step: time.Second,
			})
			m, ok := value.(model.Matrix)
			if err != nil || !ok || len(m) != series {
				b.Fatalf("read %d series, error %v", len(m), err)
			}
		}
	})
}

// answering is a transport that answers every request with these bytes.
type answering []byte

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(a)), Request: r,
	}, nil
}

// matrix is an answer of the API: series of latencies with a daily season and
// noise, so that values have as many digits as real ones.
func matrix(series, points int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	b := []byte(`{"status":"success","data":{"resultType":"matrix","result":[`)
	for s := range series {
		if s > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"metric":{"__name__":"latency_seconds","instance":"10.0.%d.%d:9090","job":"api","service":"checkout-%d"},"values":[`, s/250, s%250, s%20)
		for p := range points {
			if p > 0 {
				b = append(b, ',')
			}
			b = fmt.Appendf(b, `[%d,"`, 1763424300+300*p)
			b = strconv.AppendFloat(b, 0.25+0.1*math.Sin(float64(p)/288*2*math.Pi)+0.02*random.NormFloat64(), 'f', -1, 64)
			b = append(b, `"]`...)
		}
		b = append(b, `]}`...)
	}
	return append(b, `]}}`...)
}
