// Package sample reads samples, one JSON object a line:
//
//	{"timestamp": "2025-11-20T14:23:15Z", "metric_name": "p95_latency_ms", "labels": {"service": "api"}, "value": 123.4}
//
// labels may be left out, timestamps may be Unix seconds, a value may be null
// or "NaN" where there is none, and other fields are ignored.
package sample

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/veleron-dev/tars/lib/schema"
)

// Sample is one line.
type Sample struct {
	// Millis is the time in Unix milliseconds.
	Millis int64
	// Value is NaN where the line has none.
	Value float64
	// Series numbers the series, from 0 in the order of appearance.
	Series int
}

// Reader reads samples. It remembers the series it has met.
type Reader struct {
	name  string
	in    *bufio.Reader
	line  int
	long  []byte
	index *Index
	times clock
}

// Index numbers the series of one or several inputs.
type Index struct {
	// Open is called with each new series, in the order of appearance.
	Open func(metric string, labels map[string]string) (int, error)

	raw   map[string]int
	known []spelling
	at    int // the spelling of the last line
	key   []byte
}

// NewIndex returns an Index that gets its numbers from open. open may return a
// number it returned before: one series may be spelled in several ways.
func NewIndex(open func(metric string, labels map[string]string) (int, error)) *Index {
	return &Index{Open: open, raw: map[string]int{}}
}

// bufferSize holds many lines; one that is longer is put together beside it.
const bufferSize = 256 << 10

// NewReader returns a Reader of in; name is used in errors.
func NewReader(name string, in io.Reader, index *Index) *Reader {
	return &Reader{name: name, in: bufio.NewReaderSize(in, bufferSize), index: index}
}

// Next returns the next sample, io.EOF at the end. Every other error names the
// input and the line.
func (r *Reader) Next() (Sample, error) {
	for {
		line, err := r.readLine()
		if err != nil {
			return Sample{}, err
		}
		if len(line) == 0 || (len(line) < 3 && len(bytes.TrimSpace(line)) == 0) {
			continue
		}
		if s, ok := r.fast(line); ok {
			return s, nil
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		s, err := r.parse(line)
		if err != nil {
			return Sample{}, fmt.Errorf("reading %s: line %d: %w", r.name, r.line, err)
		}
		return s, nil
	}
}

// Buffered reports whether a whole line is already here, so that Next will not
// wait.
func (r *Reader) Buffered() bool {
	n := r.in.Buffered()
	switch {
	case n == 0:
		return false
	case n > longLine:
		return true // near enough: a longer line is a rare wait
	}
	b, _ := r.in.Peek(n) // what is buffered can be had
	return bytes.IndexByte(b, '\n') >= 0
}

// longLine is longer than lines usually are.
const longLine = 4096

// maxLine bounds a line, so that a file without line ends is refused and not
// swallowed.
const maxLine = 16 << 20

// readLine returns the next line without its end; it is valid until the next
// call.
func (r *Reader) readLine() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if err == nil {
		r.line++
		return line[:len(line)-1], nil
	}
	r.long = append(r.long[:0], line...)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = r.in.ReadSlice('\n')
		r.long = append(r.long, line...)
		if len(r.long) > maxLine {
			return nil, fmt.Errorf("reading %s: line %d is longer than %d MiB; want one sample a line", r.name, r.line+1, maxLine>>20)
		}
	}
	switch {
	case err == nil, errors.Is(err, io.EOF) && len(r.long) > 0:
		r.line++
		return bytes.TrimSuffix(r.long, []byte{'\n'}), nil
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	default:
		return nil, fmt.Errorf("reading %s: after line %d: %w", r.name, r.line, err)
	}
}

// fields is what a line says.
type fields struct {
	millis    int64
	value     float64
	metric    string
	labels    map[string]string
	hasTime   bool
	hasValue  bool
	hasMetric bool
}

// IsSample reports whether a line is a sample and not the beginning of some
// other document.
func IsSample(line []byte) bool {
	f, err := decode(bytes.TrimSpace(line))
	return err == nil && f.hasMetric && f.hasValue
}

// parse reads a line by the book.
func (r *Reader) parse(line []byte) (Sample, error) {
	f, err := decode(line)
	switch {
	case err != nil:
		return Sample{}, err
	case !f.hasTime:
		return Sample{}, errors.New(`the sample has no "timestamp"`)
	case !f.hasMetric:
		return Sample{}, errors.New(`the sample has no "metric_name"`)
	case !f.hasValue:
		return Sample{}, errors.New(`the sample has no "value"`)
	}
	n, err := r.index.Open(f.metric, f.labels)
	if err != nil {
		return Sample{}, err
	}
	return Sample{Millis: f.millis, Value: f.value, Series: n}, nil
}

func decode(line []byte) (fields, error) {
	var f fields
	d := jsontext.NewDecoder(bytes.NewReader(line))
	if k := d.PeekKind(); k != '{' {
		if _, err := d.ReadToken(); err != nil {
			return f, notJSON(err)
		}
		return f, fmt.Errorf("want a JSON object, got a JSON %s", kindName(k))
	}
	if _, err := d.ReadToken(); err != nil {
		return f, notJSON(err)
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return f, notJSON(err)
		}
		if err := f.read(name.String(), d); err != nil {
			return f, err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return f, notJSON(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return f, errors.New("more follows the object on this line; want one sample a line")
	}
	return f, nil
}

// read takes one field.
func (f *fields) read(name string, d *jsontext.Decoder) error {
	raw, err := d.ReadValue()
	if err != nil {
		return notJSON(err)
	}
	switch name {
	case "timestamp":
		var t schema.Time
		if err := t.UnmarshalJSON(raw); err != nil {
			return fmt.Errorf("timestamp: %w", err)
		}
		if t.IsZero() {
			return errors.New("timestamp: it is empty")
		}
		f.millis, f.hasTime = t.UnixMilli(), true
	case "metric_name":
		if f.metric, err = text(raw); err != nil {
			return fmt.Errorf("metric_name: %w", err)
		}
		f.hasMetric = f.metric != ""
	case "value":
		if f.value, err = number(raw); err != nil {
			return fmt.Errorf("value: %w", err)
		}
		f.hasValue = true
	case "labels":
		if f.labels, err = labels(raw); err != nil {
			return fmt.Errorf("labels: %w", err)
		}
	}
	return nil
}

func text(raw jsontext.Value) (string, error) {
	if raw.Kind() != '"' {
		return "", fmt.Errorf("%.40s is not a string", raw)
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	return string(b), err
}

// number reads a value: a number, a number in a string as Prometheus writes
// it, or null for none.
func number(raw jsontext.Value) (float64, error) {
	switch raw.Kind() {
	case 'n':
		return math.NaN(), nil
	case '0':
		v, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return 0, fmt.Errorf("%.40s is out of range", raw)
		}
		return v, nil
	case '"':
		s, err := text(raw)
		if err != nil {
			return 0, err
		}
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%.40s is not a number", raw)
}

func labels(raw jsontext.Value) (map[string]string, error) {
	if raw.Kind() == 'n' {
		return nil, nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, fmt.Errorf("%.40s is not an object of strings", raw)
	}
	out := map[string]string{}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, notJSON(err)
		}
		key := name.String()
		value, err := d.ReadToken()
		if err != nil {
			return nil, notJSON(err)
		}
		switch value.Kind() {
		case '{', '[':
			return nil, fmt.Errorf("%q is not a string", key)
		case 'n':
		default:
			out[key] = value.String()
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func notJSON(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the JSON object is cut off")
	}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("not JSON at byte %d: %w", syntax.ByteOffset, syntax.Err)
	}
	return fmt.Errorf("not JSON: %w", err)
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '[':
		return "list"
	case '"':
		return "string"
	case '0':
		return "number"
	default:
		return "value of another kind"
	}
}
