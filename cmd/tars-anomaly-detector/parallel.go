package main

import (
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/sample"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
)

// Reading and detecting run side by side, one core each: the reader fills a
// block while the detection works on the one before. A few blocks go round, so
// memory stays flat however long the input is.

// blocksAbout is the number of blocks that go round.
const blocksAbout = 4

// sampleBlock is some samples and the series that appear in it for the first
// time.
type sampleBlock struct {
	samples []sample.Sample
	fresh   []detect.Key
}

const samplesInBlock = 8192

// errStopped ends a reader whose samples nobody wants any more.
var errStopped = errors.New("stopped")

// feedSamples reads samples, one a line. done, if not nil, is called after
// each block that ends where the input pauses.
func feedSamples(d *detection, name string, in io.Reader, done func() error) error {
	if d.live != nil {
		later := d.event
		d.event = d.live
		defer func() { d.event = later }()
	}
	full, empty, stop := make(chan *sampleBlock, blocksAbout), make(chan *sampleBlock, blocksAbout), make(chan struct{})
	for range blocksAbout {
		empty <- &sampleBlock{samples: make([]sample.Sample, 0, samplesInBlock)}
	}
	failed := make(chan error, 1)
	go func() {
		defer close(full)
		failed <- readSamples(name, in, full, empty, stop)
	}()
	defer close(stop)
	var series []*tracked // by the reader's numbers
	for block := range full {
		for _, key := range block.fresh {
			series = append(series, d.track(key.Metric, key.Labels))
		}
		if err := d.work(block, series, done); err != nil {
			return err
		}
		empty <- block
	}
	return <-failed
}

// work runs a block through the detection.
func (d *detection) work(block *sampleBlock, series []*tracked, done func() error) error {
	d.block.Lock()
	defer d.block.Unlock()
	for _, s := range block.samples {
		t := series[s.Series]
		if t.gone { // forgotten, and back again
			t = d.track(t.Key.Metric, t.Key.Labels)
			series[s.Series] = t
		}
		d.push(t, s.Millis, s.Value)
	}
	if done == nil {
		return nil
	}
	return done()
}

// readSamples fills blocks until the input ends or stop is closed.
func readSamples(name string, in io.Reader, full, empty chan *sampleBlock, stop chan struct{}) error {
	var block *sampleBlock
	numbers := map[string]int{}
	r := sample.NewReader(name, in, sample.NewIndex(func(metric string, labels map[string]string) (int, error) {
		key := detect.Key{Metric: metric, Labels: labels}
		id := key.String()
		n, known := numbers[id]
		if !known {
			n = len(numbers)
			numbers[id] = n
			block.fresh = append(block.fresh, key)
		}
		return n, nil
	}))
	for {
		select {
		case block = <-empty:
		case <-stop:
			return errStopped
		}
		block.samples, block.fresh = block.samples[:0], block.fresh[:0]
		var err error
		for len(block.samples) < samplesInBlock {
			var s sample.Sample
			if s, err = r.Next(); err != nil {
				break
			}
			block.samples = append(block.samples, s)
			if !r.Buffered() {
				break // what is here is judged now, not when more has come
			}
		}
		full <- block
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// feedAnswer reads an answer of the Prometheus API to a range query.
func feedAnswer(d *detection, name string, in io.Reader) error {
	full, empty, stop := make(chan *schema.MatrixSeries, blocksAbout), make(chan *schema.MatrixSeries, blocksAbout), make(chan struct{})
	for range blocksAbout {
		empty <- &schema.MatrixSeries{}
	}
	var warnings []string
	failed := make(chan error, 1)
	go func() {
		defer close(full)
		var err error
		warnings, err = prom.DecodeMatrix(in, func(m schema.MatrixSeries) error {
			var block *schema.MatrixSeries
			select {
			case block = <-empty:
			case <-stop:
				return errStopped
			}
			block.Metric = maps.Clone(m.Metric)
			block.Values = append(block.Values[:0], m.Values...) // the decoder uses its own again
			full <- block
			return nil
		})
		failed <- err
	}()
	defer close(stop)
	for m := range full {
		d.release(d.pushMatrix("", m))
		empty <- m
	}
	if err := <-failed; err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	d.warnings = append(d.warnings, warnings...)
	return nil
}
