package main

import (
	"bufio"
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

// head returns the fields that name a series.
func (l *lineWriter) head(s *detect.Series) []byte {
	if head, ok := l.heads[s]; ok {
		return head
	}
	name, err := json.Marshal(s.Key.Metric)
	if err != nil {
		l.err = err
	}
	head := append([]byte(`,"metric_name":`), name...)
	if len(s.Key.Labels) > 0 {
		labels, err := json.Marshal(s.Key.Labels)
		if err != nil {
			l.err = err
		}
		head = append(append(head, `,"labels":`...), labels...)
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
	b := append(l.buf[:0], `{"timestamp":"`...)
	b = time.UnixMilli(r.Time).UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	b = append(b, l.head(r.Series)...)
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

// appendNumber writes a number unrounded, null when it is not finite.
func appendNumber(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
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
		s.lines.document(r.Document(in))
	}
}
