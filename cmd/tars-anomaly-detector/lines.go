package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
)

// lineWriter writes what the detection says one JSON object a line. The first
// error stays; later lines are dropped.
type lineWriter struct {
	w   *bufio.Writer
	enc *json.Encoder
	err error
	buf []byte
	// heads are the unchanging fields of each series, as JSON.
	heads map[*detect.Series][]byte
}

func newLineWriter(w io.Writer) *lineWriter {
	l := &lineWriter{w: bufio.NewWriterSize(w, 64<<10), heads: map[*detect.Series][]byte{}}
	l.enc = json.NewEncoder(l.w)
	l.enc.SetEscapeHTML(false)
	return l
}

// document writes any value as one line.
func (l *lineWriter) document(doc any) {
	if l.err == nil {
		l.err = l.enc.Encode(doc)
	}
}

// flush hands on what is buffered and returns the first error.
func (l *lineWriter) flush() error {
	if l.err == nil {
		l.err = l.w.Flush()
	}
	if l.err != nil {
		return fmt.Errorf("writing lines: %w", l.err)
	}
	return nil
}

// mostHeads bounds the series whose beginnings are kept.
const mostHeads = 10_000

// head returns the fields that name a series; whole adds its service and
// region, as events have them.
func (l *lineWriter) head(s *detect.Series, whole bool) []byte {
	if head, ok := l.heads[s]; ok {
		return head
	}
	if len(l.heads) >= mostHeads {
		clear(l.heads) // series come and go
	}
	text := func(head []byte, field string, value any) []byte {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(value); err != nil {
			l.err = err
		}
		return append(append(head, `,"`+field+`":`...), bytes.TrimSpace(b.Bytes())...)
	}
	head := text(nil, "metric_name", s.Key.Metric)
	for _, label := range []string{"service", "region"} {
		if v := s.Key.Labels[label]; whole && v != "" {
			head = text(head, label, v)
		}
	}
	if len(s.Key.Labels) > 0 {
		head = text(head, "labels", s.Key.Labels)
	}
	l.heads[s] = head
	return head
}

// score writes a point with its score, as --emit scores asks. What is not
// known is null; a point that was not scored has the score 0.
func (l *lineWriter) score(r *detect.Record) {
	if l.err != nil {
		return
	}
	b := l.begin(r, false)
	expected, z := r.Expected, r.Z
	if !r.Scored {
		expected, z = math.NaN(), math.NaN()
	}
	b = appendNumber(append(b, `,"value":`...), r.Value)
	b = appendNumber(append(b, `,"expected_value":`...), expected)
	b = appendNumber(append(b, `,"z_score":`...), z)
	b = appendNumber(append(b, `,"score":`...), r.Score)
	l.buf = append(b, '}', '\n')
	_, l.err = l.w.Write(l.buf)
}

// event writes an event as encoding/json writes Record.Document, at a fifth of
// the cost: a busy week has tens of thousands.
func (l *lineWriter) event(r *detect.Record, in *detect.Incident) {
	if r.Alone() || r.FellToZero {
		l.document(r.Document(in)) // the few that have a reason
		return
	}
	if l.err != nil {
		return
	}
	b := l.begin(r, true)
	b = appendNumber(append(b, `,"actual_value":`...), r.Value)
	b = appendNumber(append(b, `,"expected_value":`...), r.Expected)
	b = appendNumber(append(b, `,"deviation":`...), r.Value-r.Expected)
	b = appendNumber(append(b, `,"z_score":`...), r.Z)
	b = appendNumber(append(b, `,"score":`...), r.Score)
	b = append(append(append(b, `,"classification":"`...), r.Class()...), '"')
	b = append(append(append(b, `,"severity":"`...), r.Severity()...), '"')
	b = appendNumber(append(b, `,"confidence":`...), r.Confidence())
	if in != nil {
		b = append(append(append(b, `,"incident_id":"`...), in.ID...), '"')
	}
	l.buf = append(b, '}', '\n')
	_, l.err = l.w.Write(l.buf)
}

// begin is how the line of a point begins: its time and its series.
func (l *lineWriter) begin(r *detect.Record, whole bool) []byte {
	l.buf = append(l.buf[:0], `{"timestamp":"`...)
	l.buf = time.UnixMilli(r.Time).UTC().AppendFormat(l.buf, time.RFC3339Nano)
	l.buf = append(l.buf, '"')
	return append(l.buf, l.head(r.Series, whole)...)
}

// appendNumber writes a number unrounded, as encoding/json does, null when it
// is not finite.
func appendNumber(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	if a := math.Abs(v); a == 0 || a >= 1e-6 && a < 1e21 {
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	}
	b = strconv.AppendFloat(b, v, 'e', -1, 64)
	if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

// incidentLine is a change of an incident, as --emit incidents writes it.
type incidentLine struct {
	// Phase is open, update or close.
	Phase string `json:"phase"`
	// Timestamp is the point that made the change.
	Timestamp schema.Time `json:"timestamp"`
	schema.Incident
}

// stream writes lines as records come.
type stream struct {
	lines  *lineWriter
	groups *detect.Grouper
	// told counts events by severity.
	told schema.EventCounts
	now  int64
}

// What --emit chooses.
const (
	emitEvents    = "events"
	emitScores    = "scores"
	emitIncidents = "incidents"
)

// newStream returns a stream that writes events or incidents to w.
func newStream(w io.Writer, emit string) *stream {
	s := &stream{lines: newLineWriter(w), groups: detect.NewGrouper(), told: schema.EventCounts{}}
	if emit == emitIncidents {
		s.groups.Changed = func(in *detect.Incident, opened bool, r *detect.Record) {
			phase := "update"
			if opened {
				phase = "open"
			}
			s.lines.document(incidentLine{phase, at(r.Time), in.Document()})
		}
		s.groups.Closed = func(in *detect.Incident) {
			s.lines.document(incidentLine{"close", at(s.now), in.Document()})
		}
		return s
	}
	return s
}

// take writes what a record says; events says whether events are wanted.
func (s *stream) take(r *detect.Record, events bool) {
	s.now = r.Time
	in := s.groups.Observe(r)
	if !r.Event {
		return
	}
	s.told[r.Severity()]++
	if events {
		s.lines.event(r, in)
	}
}
