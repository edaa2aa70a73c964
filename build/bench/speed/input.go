//go:build linux

package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// begin is the time of the first point.
var begin = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

// noise is a season with noise that remembers (AR(1), 0.9) and now and then a
// fault of five points.
type noise struct {
	rng  *rand.Rand
	last float64
}

func (n *noise) at(i, period int) float64 {
	n.last = 0.9*n.last + 0.436*n.rng.NormFloat64()
	v := 100 + 10*math.Sin(2*math.Pi*float64(i)/float64(period)) + 5*n.last
	if i%5003 < 5 && i > 5000 {
		v += 60
	}
	return v
}

// create writes a file once.
func create(dir, name string, write func(*bufio.Writer)) (string, error) {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	write(w)
	if err := w.Flush(); err != nil {
		return "", err
	}
	return path, f.Close()
}

// sampleLines writes n samples of ten series, 15 seconds apart.
func sampleLines(dir string, n int) (string, error) {
	return create(dir, fmt.Sprintf("samples-%d.ndjson", n), func(w *bufio.Writer) {
		const series = 10
		var noises [series]noise
		for s := range noises {
			noises[s].rng = rand.New(rand.NewPCG(1, uint64(s)))
		}
		for i := range n / series {
			at := begin.Add(time.Duration(i) * 15 * time.Second).Format(time.RFC3339)
			for s := range noises {
				fmt.Fprintf(w, `{"timestamp": "%s", "metric_name": "p95_latency_ms", "labels": {"service": "svc-%d"}, "value": %.3f}`+"\n",
					at, s, noises[s].at(i+700*s, 5760))
			}
		}
	})
}

// interleaved writes the points of all series step by step, one sample a line.
func interleaved(dir string, series, points int) (string, error) {
	return create(dir, fmt.Sprintf("interleaved-%dx%d.ndjson", series, points), func(w *bufio.Writer) {
		rng := rand.New(rand.NewPCG(1, 3))
		for i := range points {
			for s := range series {
				fmt.Fprintf(w, `{"timestamp":%d,"metric_name":"p95_latency_ms","labels":{"service":"svc-%d"},"value":%.3f}`+"\n",
					begin.Unix()+300*int64(i+1), s, 100+rng.Float64())
			}
		}
	})
}

// matrix writes an answer to a range query, 5 minutes a step, values with all
// their digits, as a server writes them.
func matrix(dir string, series, points int) (string, error) {
	return create(dir, fmt.Sprintf("matrix-%dx%d.json", series, points), func(w *bufio.Writer) {
		rng := rand.New(rand.NewPCG(1, 2))
		w.WriteString(`{"status":"success","data":{"resultType":"matrix","result":[`)
		for s := range series {
			if s > 0 {
				w.WriteByte(',')
			}
			fmt.Fprintf(w, `{"metric":{"__name__":"http_request_duration_seconds","instance":"10.%d.%d.%d:8080","service":"svc-%d"},"values":[`,
				s>>16, s>>8&255, s&255, s%40)
			n := noise{rng: rng}
			for i := range points {
				if i > 0 {
					w.WriteByte(',')
				}
				fmt.Fprintf(w, `[%d,"%s"]`, begin.Unix()+300*int64(i+1), strconv.FormatFloat(n.at(i, 288)/1000, 'f', -1, 64))
			}
			w.WriteString("]}")
		}
		w.WriteString("]}}\n")
	})
}
