package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// records keeps what a detection said until it has ended: in blocks, so that
// growing copies nothing, and without pointers, so that the garbage collector
// need not look.
type records struct {
	d      *detection
	blocks [][]kept
	n      int
	// rare is what few records have.
	rare map[int]rarity
}

// kept is a record, packed.
type kept struct {
	time                      int64
	value, expected, z, score float64
	series                    int32
	before                    uint16
	flags                     uint16
}

// rarity is what records of openings, silences and levels have besides.
type rarity struct{ since, silent int64 }

const (
	flagEvent = 1 << iota
	flagOpened
	flagClosed
	flagLasting
	flagFromLevel
	flagFellToZero
	flagScored
)

const blockSize = 512

func (k *records) add(r *detect.Record) {
	n := len(k.blocks)
	if n == 0 || len(k.blocks[n-1]) == blockSize {
		k.blocks = append(k.blocks, make([]kept, 0, blockSize))
		n++
	}
	flags := uint16(0)
	for i, on := range [...]bool{r.Event, r.Opened, r.Closed, r.Lasting, r.FromLevel, r.FellToZero, r.Scored} {
		if on {
			flags |= 1 << i
		}
	}
	k.blocks[n-1] = append(k.blocks[n-1], kept{
		r.Time, r.Value, r.Expected, r.Z, r.Score, int32(r.Series.Number), uint16(min(r.Before, math.MaxUint16)), flags,
	})
	if r.Opened || r.Alone() {
		if k.rare == nil {
			k.rare = map[int]rarity{}
		}
		k.rare[k.n] = rarity{r.Since, r.Silent}
	}
	k.n++
}

// at returns record i.
func (k *records) at(i int) detect.Record {
	p := &k.blocks[i/blockSize][i%blockSize]
	has := func(flag uint16) bool { return p.flags&flag != 0 }
	more := k.rare[i]
	return detect.Record{
		Series: k.d.series[p.series].Series, Time: p.time, Value: p.value,
		Judgement: detect.Judgement{
			Expected: p.expected, Z: p.z, Score: p.score, Scored: has(flagScored), FellToZero: has(flagFellToZero),
		},
		Event: has(flagEvent), Opened: has(flagOpened), Closed: has(flagClosed), Lasting: has(flagLasting),
		FromLevel: has(flagFromLevel), Before: int(p.before), Since: more.since, Silent: more.silent,
	}
}

// each calls fn for every record in the order in which they are told.
func (k *records) each(fn func(*detect.Record)) {
	order := make([]int32, k.n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		p, q := &k.blocks[a/blockSize][a%blockSize], &k.blocks[b/blockSize][b%blockSize]
		if p.time != q.time || p.series == q.series {
			return cmp.Or(cmp.Compare(p.time, q.time), cmp.Compare(a, b))
		}
		return cmp.Or(cmp.Compare(k.d.series[p.series].Name, k.d.series[q.series].Name), cmp.Compare(a, b))
	})
	for _, i := range order {
		r := k.at(int(i))
		fn(&r)
	}
}

// gather joins the records to incidents; event is called with each event and
// its incident, nil for none.
func gather(k *records, event func(*detect.Record, *detect.Incident)) (incidents []*detect.Incident) {
	g := detect.NewGrouper()
	g.Closed = func(in *detect.Incident) { incidents = append(incidents, in) }
	k.each(func(r *detect.Record) {
		in := g.Observe(r)
		if r.Event {
			event(r, in)
		}
	})
	g.Finish()
	incidents = append(incidents, g.Open()...)
	slices.SortStableFunc(incidents, func(a, b *detect.Incident) int { return cmp.Compare(a.Started, b.Started) })
	return incidents
}

// build puts the report together from the records of a finished detection, all
// but its events, which are written from the records.
func build(d *detection, k *records, release string, now time.Time) *schema.AnomalyReport {
	report := &schema.AnomalyReport{
		Header:    schema.NewHeader(schema.KindAnomalyReport, release, now),
		Settings:  settingsOf(d.settings),
		Anomalies: []schema.Event{},
		Incidents: []schema.Incident{},
	}
	report.AnomaliesByMetric = schema.EventCounts{}
	sum := &report.Summary
	sum.Tally(nil, nil) // names all severities and classes
	incidents := gather(k, func(r *detect.Record, _ *detect.Incident) {
		sum.TotalAnomalies++
		sum.BySeverity[r.Severity()]++
		sum.ByClassification[r.Class()]++
		report.AnomaliesByMetric[r.Series.Key.Metric]++
	})
	report.Window = d.window()
	report.DataQuality = d.quality()
	for _, in := range incidents {
		doc := in.Document()
		report.Incidents = append(report.Incidents, doc)
		if doc.Status == schema.IncidentOpen {
			sum.OpenIncidents++
		}
	}
	sum.TotalIncidents = len(incidents)
	sum.Series = d.seriesCount()
	sum.Points, sum.Unscored = d.points()
	return report
}

// writeJSON writes the report with its events, as tool.JSON would; but the
// events go straight from the records to the output, since a noisy week of many
// series has more of them than should be held.
func writeJSON(report *schema.AnomalyReport, k *records) func(io.Writer) error {
	return func(w io.Writer) error {
		var frame bytes.Buffer
		if err := tool.JSON(report)(&frame); err != nil {
			return err
		}
		const empty = "\n  \"anomalies\": []"
		before, after, found := bytes.Cut(frame.Bytes(), []byte(empty))
		if !found || k.n == 0 {
			_, err := w.Write(frame.Bytes())
			return err
		}
		out := bufio.NewWriterSize(w, 64<<10)
		_, _ = out.Write(before) // the first error stays, Flush returns it
		_, _ = out.WriteString(empty[:len(empty)-1])
		var event bytes.Buffer
		enc := json.NewEncoder(&event)
		enc.SetEscapeHTML(false)
		enc.SetIndent("    ", "  ")
		next := "\n    "
		var failed error
		gather(k, func(r *detect.Record, in *detect.Incident) {
			event.Reset()
			if err := enc.Encode(r.Document(in)); err != nil && failed == nil {
				failed = err
			}
			_, _ = out.WriteString(next)
			_, _ = out.Write(bytes.TrimSpace(event.Bytes()))
			next = ",\n    "
		})
		if failed != nil {
			return fmt.Errorf("writing events: %w", failed)
		}
		if next[0] == ',' {
			_, _ = out.WriteString("\n  ")
		}
		_ = out.WriteByte(']')
		_, _ = out.Write(after)
		return out.Flush()
	}
}

func settingsOf(s *detect.Settings) *schema.DetectorSettings {
	if s.Method == detect.MethodAdaptive {
		return &schema.DetectorSettings{Method: s.Method, WarmUp: s.WarmUp()}
	}
	return &schema.DetectorSettings{
		Method: s.Method, WarmUp: s.WarmUp(),
		ZThreshold: schema.Num(s.Threshold), EWMAAlpha: schema.Num(s.Alpha), Window: s.Window,
	}
}
