package sample

import (
	"bytes"
	"math"
	"strconv"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/decimal"
	"github.com/veleron-dev/tars/lib/schema"
)

// The fast path reads the lines that tools write: no escapes, no unknown
// fields, UTC times. It gives up on anything else, and the line is then read by
// the book; FuzzFast holds the two against each other. A line is about 110
// bytes, and a JSON decoder spends ten times as long on it as the detection.

// scan walks over one line.
type scan struct {
	b []byte
	i int
}

// space skips white space and returns the next byte, 0 at the end.
func (s *scan) space() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// text returns a string without escapes, without its quotes.
func (s *scan) text() ([]byte, bool) {
	if s.i >= len(s.b) || s.b[s.i] != '"' {
		return nil, false
	}
	rest := s.b[s.i+1:]
	for n, c := range rest {
		switch {
		case c == '"':
			s.i += n + 2
			return rest[:n], true
		case c == '\\' || c < ' ':
			return nil, false
		}
	}
	return nil, false
}

// name returns the name of a field. Those that samples have are compared whole,
// not byte by byte.
func (s *scan) name() ([]byte, bool) {
	rest := s.b[s.i:]
	for _, known := range [...]string{`"timestamp"`, `"metric_name"`, `"labels"`, `"value"`} {
		if len(rest) > len(known) && rest[1] == known[1] && string(rest[:len(known)]) == known {
			s.i += len(known)
			return rest[1 : len(known)-1], true
		}
	}
	return s.text()
}

// literal goes past a text that is likely to come, and returns it.
func (s *scan) literal(text string) ([]byte, bool) {
	rest := s.b[s.i:]
	if text == "" || len(rest) < len(text) || string(rest[:len(text)]) != text {
		return nil, false
	}
	s.i += len(text)
	return rest[:len(text)], true
}

// quoted goes past a string that is likely to come, and returns it without its
// quotes.
func (s *scan) quoted(text string) ([]byte, bool) {
	rest := s.b[s.i:]
	end := len(text) + 1
	if text == "" || len(rest) <= end || rest[0] != '"' || rest[end] != '"' || string(rest[1:end]) != text {
		return nil, false
	}
	s.i += end + 1
	return rest[1:end], true
}

// object returns an object of strings as it is written.
func (s *scan) object() ([]byte, bool) {
	start := s.i
	s.i++
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case '"':
			if _, ok := s.text(); !ok {
				return nil, false
			}
		case '}':
			s.i++
			return s.b[start:s.i], true
		case '{', '[', '\\':
			return nil, false
		default:
			s.i++
		}
	}
	return nil, false
}

// number returns a JSON number. Long ones go to strconv, those with an
// exponent to the reading by the book.
func (s *scan) number() (float64, bool) {
	start := s.i
	negative := s.i < len(s.b) && s.b[s.i] == '-'
	if negative {
		s.i++
	}
	whole := s.i
	var mantissa uint64
	digits, fraction := 0, 0
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		mantissa = mantissa*10 + uint64(s.b[s.i]-'0')
		digits++
		s.i++
	}
	if digits == 0 || digits > 1 && s.b[whole] == '0' {
		return 0, false
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		point := s.i
		for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
			mantissa = mantissa*10 + uint64(s.b[s.i]-'0')
			s.i++
		}
		fraction = s.i - point
		if fraction == 0 {
			return 0, false
		}
		digits += fraction
	}
	if s.i < len(s.b) && (s.b[s.i] == 'e' || s.b[s.i] == 'E') {
		return 0, false
	}
	if digits > decimal.MostDigits {
		v, err := strconv.ParseFloat(string(s.b[start:s.i]), 64)
		return v, err == nil
	}
	v := decimal.Value(mantissa, fraction)
	if negative {
		v = -v
	}
	return v, true
}

// clock reads times; it remembers the last date.
type clock struct {
	date   [10]byte
	millis int64
}

const latest = 253402300800 // the year 10000 in Unix seconds, where RFC 3339 ends

// stamp reads 2025-11-20T14:23:15Z, a blank for the T and no Z allowed.
func (c *clock) stamp(b []byte) (int64, bool) {
	if len(b) == 20 && b[19] == 'Z' {
		if b[10] != 'T' {
			return 0, false
		}
		b = b[:19]
	}
	if len(b) != 19 || b[13] != ':' || b[16] != ':' || b[10] != 'T' && b[10] != ' ' {
		return 0, false
	}
	if [10]byte(b[:10]) != c.date {
		day, err := schema.ParseTime(string(b[:10]))
		if err != nil {
			return 0, false
		}
		c.date, c.millis = [10]byte(b[:10]), day.UnixMilli()
	}
	h, okH := two(b[11:])
	m, okM := two(b[14:])
	s, okS := two(b[17:])
	if !okH || !okM || !okS || h > 23 || m > 59 || s > 59 {
		return 0, false
	}
	return c.millis + 1000*(3600*h+60*m+s), true
}

func two(b []byte) (int64, bool) {
	tens, ones := b[0]-'0', b[1]-'0'
	return int64(tens)*10 + int64(ones), tens <= 9 && ones <= 9
}

// fast reads a line of the usual kind; false for any other.
func (r *Reader) fast(line []byte) (Sample, bool) {
	const haveTime, haveMetric, haveValue, haveLabels = 1, 2, 4, 8
	s := scan{b: line}
	var out Sample
	var metric, labels []byte
	have := 0
	mark := func(field int) bool {
		twice := have&field != 0
		have |= field
		return !twice
	}
	guess := r.index.guess()
	if out, ok := r.form(line, guess); ok {
		return out, true
	}
	var stampAt, valueAt int
	if s.space() != '{' {
		return out, false
	}
	s.i++
	for {
		if s.space() != '"' {
			return out, false
		}
		name, ok := s.name()
		if !ok || s.space() != ':' {
			return out, false
		}
		s.i++
		c := s.space()
		switch string(name) {
		case "timestamp":
			if !mark(haveTime) {
				return out, false
			}
			if c == '"' {
				var at []byte
				if at, ok = s.text(); ok {
					out.Millis, ok = r.times.stamp(at)
					if len(at) == stampLength {
						stampAt = s.i - 1 - stampLength
					}
				}
			} else {
				var sec float64
				sec, ok = s.number()
				ok = ok && sec >= 0 && sec < latest
				out.Millis = int64(math.Round(sec * 1000))
			}
		case "metric_name":
			if ok = mark(haveMetric) && c == '"'; ok {
				if metric, ok = s.quoted(guess.metric); !ok {
					metric, ok = s.text()
				}
			}
		case "value":
			if ok = mark(haveValue); ok {
				valueAt = s.i
				out.Value, ok = s.number()
			}
		case "labels":
			if ok = mark(haveLabels) && c == '{'; ok {
				if labels, ok = s.literal(guess.labels); !ok {
					labels, ok = s.object()
				}
			}
		default:
			return out, false
		}
		if !ok {
			return out, false
		}
		switch s.space() {
		case ',':
			s.i++
			continue
		case '}':
			s.i++
		default:
			return out, false
		}
		break
	}
	if have|haveLabels != haveTime|haveMetric|haveValue|haveLabels || s.space() != 0 || s.i != len(line) || len(metric) == 0 {
		return out, false
	}
	var ok bool
	out.Series, ok = r.index.find(metric, labels, r, line)
	if ok && 0 < stampAt && stampAt < valueAt {
		r.index.learn(line, stampAt, valueAt)
	}
	return out, ok
}

// stampLength is that of 2025-11-20T14:23:15Z.
const stampLength = 20

// form reads a line that differs from an earlier one of its series in nothing
// but the time and, at the end, the value: all other bytes are known to be good.
func (r *Reader) form(line []byte, like *spelling) (out Sample, ok bool) {
	at := len(like.before)
	rest := at + stampLength + len(like.between)
	if at == 0 || len(line) < rest+2 || line[len(line)-1] != '}' ||
		string(line[at+stampLength:rest]) != like.between || string(line[:at]) != like.before {
		return out, false
	}
	if out.Millis, ok = r.times.stamp(line[at : at+stampLength]); !ok {
		return out, false
	}
	s := scan{b: line, i: rest}
	if out.Value, ok = s.number(); !ok || s.i != len(line)-1 {
		return out, false
	}
	out.Series = like.series
	r.index.at = r.index.known[r.index.at].next
	return out, true
}

// learn keeps the form of a line: what stands before the time, and between the
// time and the value that ends it.
func (x *Index) learn(line []byte, stampAt, valueAt int) {
	known := &x.known[x.at]
	tail := line[valueAt:]
	end := bytes.IndexAny(tail, " \t\r\n,}")
	if end < 0 || end != len(tail)-1 || tail[end] != '}' {
		return // the value is not the end of the line
	}
	if known.before != string(line[:stampAt]) || known.between != string(line[stampAt+stampLength:valueAt]) {
		known.before, known.between = string(line[:stampAt]), string(line[stampAt+stampLength:valueAt])
	}
}

// spelling is a series as lines write it.
type spelling struct {
	metric, labels string
	series         int
	next           int // the spelling that followed it last time
	// before and between are the form of its lines; empty for none known.
	before, between string
}

// guess is the spelling that is likely to come: the one that followed the last
// one before.
func (x *Index) guess() *spelling {
	if len(x.known) == 0 {
		return &spelling{}
	}
	return &x.known[x.known[x.at].next]
}

// find returns the number of a series by its spelling. A spelling that is new
// is read by the book once; after that its bytes are known to be good.
func (x *Index) find(metric, labels []byte, r *Reader, line []byte) (int, bool) {
	if len(x.known) > 0 {
		guess := x.guess()
		if string(metric) == guess.metric && string(labels) == guess.labels {
			x.at = x.known[x.at].next
			return guess.series, true
		}
	}
	x.key = append(append(append(x.key[:0], metric...), 0), labels...)
	n, ok := x.raw[string(x.key)]
	if !ok {
		s, err := r.parse(bytes.TrimSpace(line))
		if err != nil {
			return 0, false
		}
		n = len(x.known)
		x.known = append(x.known, spelling{metric: string(metric), labels: string(labels), series: s.Series, next: n})
		x.raw[string(x.key)] = n
	}
	x.known[x.at].next = n
	x.at = n
	return x.known[n].series, true
}
