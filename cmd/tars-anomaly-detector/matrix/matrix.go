// Package matrix reads answers of the Prometheus API to range queries at speed.
//
// Servers write such an answer in one way, and a scanner made for that way needs
// a third of the CPU of a JSON decoder. It gives up at anything else, at the
// beginning of a series, and prom.DecodeMatrix reads on from there, so nothing
// is accepted that it would not accept; FuzzDecode holds the two against each
// other.
package matrix

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/decimal"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
)

// head is how an answer with a matrix begins.
const head = `{"status":"success","data":{"resultType":"matrix","result":[`

// bufferSize holds several series; a longer one makes the buffer grow up to
// mostBuffer, and is read by the decoder when it is longer still.
const bufferSize, mostBuffer = 512 << 10, 64 << 20

// Decode is prom.DecodeMatrix, faster: it calls fn for each series of an answer
// as it arrives. The values handed to fn are used again afterwards. Several
// answers may follow one another, as long as they are of the usual kind.
func Decode(r io.Reader, fn func(schema.MatrixSeries) error) (warnings []string, err error) {
	s := &scanner{in: r, buf: make([]byte, 0, bufferSize)}
	for {
		if !s.literal(head) {
			return prom.DecodeMatrix(io.MultiReader(bytes.NewReader(s.rest()), s.unread()), fn)
		}
		if err := s.answer(fn); err != nil {
			if errors.Is(err, errUnusual) {
				return s.byTheBook(fn)
			}
			return nil, err
		}
		if more, err := s.more(); err != nil || !more {
			return nil, err
		}
	}
}

// stand is a series that stands for those that were read already.
const stand = `{"metric":{},"values":[]}`

// byTheBook lets the decoder read the rest of an answer.
func (s *scanner) byTheBook(fn func(schema.MatrixSeries) error) ([]string, error) {
	begin, skip := head, 0
	if !s.first {
		begin, skip = head+stand, 1
	}
	return prom.DecodeMatrix(io.MultiReader(strings.NewReader(begin), bytes.NewReader(s.rest()), s.unread()),
		func(m schema.MatrixSeries) error {
			if skip > 0 {
				skip--
				return nil
			}
			return fn(m)
		})
}

// errUnusual is what the scanner does not know; at is then where the decoder
// can read on, in a list of series.
var errUnusual = errors.New("unusual")

// errShort asks for more of the input.
var errShort = errors.New("short")

type scanner struct {
	in     io.Reader
	buf    []byte
	at     int
	ended  error
	points []schema.SamplePair
	first  bool
}

func (s *scanner) rest() []byte { return s.buf[s.at:] }

// unread is what was not read yet: nothing after the input has ended.
func (s *scanner) unread() io.Reader {
	if s.ended == nil {
		return s.in
	}
	return failing{s.ended}
}

// failing hands on the error that ended the input.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// fill reads more, keeping what is from at on; false at the end.
func (s *scanner) fill() bool {
	if s.ended != nil {
		return false
	}
	if s.at > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.at:])]
		s.at = 0
	}
	if len(s.buf) == cap(s.buf) {
		if cap(s.buf) >= mostBuffer {
			return false
		}
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	}
	for range 100 {
		n, err := s.in.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if err != nil {
			s.ended = err
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.ended = io.ErrNoProgress
	return false
}

// literal goes past a text that must come here.
func (s *scanner) literal(text string) bool {
	for len(s.buf)-s.at < len(text) {
		if !s.fill() {
			return false
		}
	}
	if string(s.buf[s.at:s.at+len(text)]) != text {
		return false
	}
	s.at += len(text)
	return true
}

// answer reads the series of an answer and what ends it.
func (s *scanner) answer(fn func(schema.MatrixSeries) error) error {
	s.first = true
	for {
		m, next, err := s.series()
		switch {
		case errors.Is(err, errShort):
			if !s.fill() {
				return errUnusual // cut off, or too long: the decoder says so
			}
			continue
		case err != nil:
			return err
		case m.Metric == nil:
			s.at = next
			return nil
		}
		s.at = next
		s.first = false
		s.points = m.Values
		if err := fn(m); err != nil {
			return err
		}
	}
}

// more reports whether another answer follows.
func (s *scanner) more() (bool, error) {
	for {
		for ; s.at < len(s.buf); s.at++ {
			switch s.buf[s.at] {
			case ' ', '\n', '\r', '\t':
			case '{':
				return true, nil
			default:
				return false, prom.ErrNotAPI
			}
		}
		if !s.fill() {
			if s.ended != nil && !errors.Is(s.ended, io.EOF) {
				return false, s.ended
			}
			return false, nil
		}
	}
}

// series reads the series at the scanner's place, or the end of the list, and
// returns where the next begins. A series always ends with the bracket, so at
// each place the rest is the rest of a list. The metric is nil at the end.
func (s *scanner) series() (m schema.MatrixSeries, next int, err error) {
	b := s.buf[s.at:]
	if len(b) < 4 {
		return m, 0, errShort
	}
	i := 0
	switch {
	case b[0] == ']':
		if b[1] != '}' || b[2] != '}' {
			return m, 0, errUnusual // warnings, statistics, white space
		}
		return m, s.at + 3, nil
	case b[0] == ',' && !s.first:
		i = 1
	case !s.first:
		return m, 0, errUnusual
	}
	const metric, values = `{"metric":{`, `},"values":[`
	if len(b)-i < len(metric) {
		return m, 0, errShort
	}
	if string(b[i:i+len(metric)]) != metric {
		return m, 0, errUnusual
	}
	i += len(metric)
	m.Metric = map[string]string{}
	if i, err = labels(b, i, m.Metric); err != nil {
		return m, 0, err
	}
	if len(b)-i < len(values) {
		return m, 0, errShort
	}
	if string(b[i:i+len(values)]) != values {
		return m, 0, errUnusual
	}
	m.Values = s.points[:0]
	if m.Values, i, err = pairs(b, i+len(values), m.Values); err != nil {
		s.points = m.Values
		return m, 0, err
	}
	if i >= len(b) {
		return m, 0, errShort
	}
	if b[i] != '}' {
		return m, 0, errUnusual
	}
	return m, s.at + i + 1, nil
}

// labels reads "a":"b","c":"d" up to the closing brace, which it leaves.
func labels(b []byte, i int, into map[string]string) (int, error) {
	for i < len(b) && b[i] != '}' {
		if len(into) > 0 {
			if b[i] != ',' {
				return 0, errUnusual
			}
			i++
		}
		var name, value string
		var err error
		if name, i, err = text(b, i); err != nil {
			return 0, err
		}
		if i >= len(b) {
			return 0, errShort
		}
		if b[i] != ':' {
			return 0, errUnusual
		}
		if value, i, err = text(b, i+1); err != nil {
			return 0, err
		}
		if _, twice := into[name]; twice {
			return 0, errUnusual
		}
		into[name] = value
	}
	if i >= len(b) {
		return 0, errShort
	}
	return i, nil
}

// text reads a string without escapes.
func text(b []byte, i int) (string, int, error) {
	if i >= len(b) {
		return "", 0, errShort
	}
	if b[i] != '"' {
		return "", 0, errUnusual
	}
	start := i + 1
	plain := true
	for i = start; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			if !plain && !utf8.Valid(b[start:i]) {
				return "", 0, errUnusual
			}
			return string(b[start:i]), i + 1, nil
		case c == '\\' || c < ' ':
			return "", 0, errUnusual
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return "", 0, errShort
}

// pairs reads [seconds,"value"],... and the closing bracket of the list.
func pairs(b []byte, i int, into []schema.SamplePair) ([]schema.SamplePair, int, error) {
	for first := true; ; first = false {
		if len(b)-i < 2 {
			return into, 0, errShort
		}
		switch {
		case b[i] == ']':
			return into, i + 1, nil
		case first && b[i] == '[':
			i++
		case !first && b[i] == ',' && b[i+1] == '[':
			i += 2
		default:
			return into, 0, errUnusual
		}
		millis, next, err := seconds(b, i)
		if err != nil {
			return into, 0, err
		}
		value, next, err := quoted(b, next)
		if err != nil {
			return into, 0, err
		}
		into = append(into, schema.SamplePair{Millis: millis, Value: value})
		i = next
	}
}

// seconds reads a time with up to three decimals and the comma after it.
func seconds(b []byte, i int) (millis int64, next int, err error) {
	start := i
	var n int64
	for i < len(b) && b[i]-'0' <= 9 {
		n = n*10 + int64(b[i]-'0')
		i++
	}
	whole := i - start
	if i >= len(b) {
		return 0, 0, errShort
	}
	if whole == 0 || whole > 11 || whole > 1 && b[start] == '0' {
		return 0, 0, errUnusual
	}
	n *= 1000
	if b[i] == '.' {
		i++
		unit := int64(100)
		for i < len(b) && b[i]-'0' <= 9 && unit > 0 {
			n += unit * int64(b[i]-'0')
			unit /= 10
			i++
		}
		if i >= len(b) {
			return 0, 0, errShort
		}
		if unit == 100 {
			return 0, 0, errUnusual
		}
	}
	if b[i] != ',' {
		return 0, 0, errUnusual
	}
	return n, i + 1, nil
}

// quoted reads "value"] and returns where the bracket is passed. What is
// no plain decimal number goes to strconv.
func quoted(b []byte, i int) (v float64, next int, err error) {
	if i >= len(b) {
		return 0, 0, errShort
	}
	if b[i] != '"' {
		return 0, 0, errUnusual
	}
	start := i + 1
	i = start
	negative := i < len(b) && b[i] == '-'
	if negative {
		i++
	}
	var mantissa uint64
	digits, point := 0, -1
	for ; i < len(b); i++ {
		c := b[i]
		if d := c - '0'; d <= 9 {
			mantissa = mantissa*10 + uint64(d)
			digits++
			continue
		}
		if c != '.' || point >= 0 {
			break
		}
		point = digits
	}
	if i+1 >= len(b) {
		return 0, 0, errShort
	}
	if b[i] == '"' && digits > 0 && digits <= decimal.MostDigits && point != digits && point != 0 {
		decimals := 0
		if point >= 0 {
			decimals = digits - point
		}
		v = decimal.Value(mantissa, decimals)
		if negative {
			v = -v
		}
	} else {
		end := i
		for end < len(b) && b[end] != '"' && end-start < 40 {
			end++
		}
		if end+1 >= len(b) {
			return 0, 0, errShort
		}
		if b[end] != '"' {
			return 0, 0, errUnusual
		}
		if v, err = strconv.ParseFloat(string(b[start:end]), 64); err != nil || bytes.IndexByte(b[start:end], '\\') >= 0 {
			return 0, 0, errUnusual
		}
		i = end
	}
	if b[i+1] != ']' {
		return 0, 0, errUnusual
	}
	if math.Signbit(v) && v == 0 && !negative {
		return 0, 0, errUnusual
	}
	return v, i + 2, nil
}
