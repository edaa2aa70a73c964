package prom

import (
	"bytes"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/veleron-dev/tars/lib/schema"
)

// The decoder proper reads JSON in any form, by jsontext. Before it stands
// fastReader, which reads series in the one form that servers write, byte for
// byte, and leaves the rest of the answer to the decoder from the first series
// on that looks different. It never judges: what it does not know is not wrong,
// only not for it. So the decoder alone decides what an answer means, and a
// fuzz test holds that both say the same.

// beginnings are how servers begin a matrix: Prometheus, Thanos, Mimir and
// VictoriaMetrics; a cluster of the latter.
var beginnings = []string{
	`{"status":"success","data":{"resultType":"matrix","result":[`,
	`{"status":"success","isPartial":false,"data":{"resultType":"matrix","result":[`,
}

const (
	// readSize is how much is read at once.
	readSize = 64 << 10
	// zeros end the buffer, so that a scan stops there without asking.
	zeros = 16
)

// fastReader reads series from the beginning of an answer.
type fastReader struct {
	r   io.Reader
	err error // of r, once there was one
	// buf[from:end] has been read from r and not been handed on, of which
	// buf[from:pos] has been looked at. zeros follow end.
	buf            []byte
	from, pos, end int
	// gone is how many bytes were handed on.
	gone int64

	seriesBuffers
}

// fill reads more. It is false when there is no more to be had.
func (f *fastReader) fill() bool {
	if f.err != nil {
		return false
	}
	if f.from > 0 {
		f.end = copy(f.buf, f.buf[f.from:f.end])
		f.gone += int64(f.from)
		f.pos -= f.from
		f.from = 0
	}
	if len(f.buf)-zeros-f.end < readSize/2 {
		grown := make([]byte, 2*len(f.buf)+readSize+zeros)
		copy(grown, f.buf[:f.end])
		f.buf = grown
	}
	before := f.end
	for range 100 { // as bufio does with a reader that reads nothing
		var n int
		n, f.err = f.r.Read(f.buf[f.end : len(f.buf)-zeros])
		f.end += n
		if n > 0 || f.err != nil {
			break
		}
	}
	clear(f.buf[f.end : f.end+zeros])
	return f.end > before
}

// take moves past text if it is what comes next.
func (f *fastReader) take(text string) bool {
	for f.end-f.pos < len(text) {
		if !f.fill() {
			return false
		}
	}
	if string(f.buf[f.pos:f.pos+len(text)]) != text {
		return false
	}
	f.pos += len(text)
	return true
}

// peek returns the next byte, 0 at the end.
func (f *fastReader) peek() byte {
	if f.pos == f.end {
		f.fill()
	}
	return f.buf[f.pos]
}

// placeholder stands for the series that were read, in front of what comes
// after them, so that a comma there has something to follow.
const placeholder = "null"

// run reads the beginning of an answer and series after series. It returns a
// decoder of what comes after, which finds itself in the midst of the answer.
func (f *fastReader) run(fn func(schema.MatrixSeries) error) (*matrixDecoder, error) {
	f.buf = make([]byte, readSize+zeros)
	before, some := "", false
	for _, beginning := range beginnings {
		if !f.take(beginning) {
			continue
		}
		f.from = f.pos
		before = beginning
		for f.one() {
			if err := fn(schema.MatrixSeries{Metric: f.metric, Values: f.values}); err != nil {
				return nil, err
			}
			f.from = f.pos
			some = true
			if f.peek() != ',' {
				break
			}
			f.pos++
		}
		break
	}
	if some {
		before += placeholder
	}
	m := newMatrixDecoder(io.MultiReader(strings.NewReader(before), f.rest()), fn)
	m.shift = f.gone + int64(f.from-len(before))
	m.placeholder = some
	m.seriesBuffers = f.seriesBuffers
	return m, nil
}

// rest returns what has not been handed on.
func (f *fastReader) rest() io.Reader {
	read := bytes.NewReader(f.buf[f.from:f.end])
	if f.err != nil {
		return io.MultiReader(read, failing{f.err})
	}
	return io.MultiReader(read, f.r)
}

// failing is a reader at its end.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// one reads one series into the buffers. It is false where what comes next is
// not a series in the form that servers write.
func (f *fastReader) one() bool {
	if !f.take(`{"metric":{`) {
		return false
	}
	f.reset()
	if f.peek() == '}' {
		f.pos++
	} else if !f.readLabels() {
		return false
	}
	if !f.take(`,"values":[`) {
		return false
	}
	for {
		// Values with hundreds of digits exist: 1e300 may be written that way.
		for f.end-f.pos < 4*scanMargin && f.fill() {
		}
		s, n := scanSample(f.buf[f.pos:])
		if n == 0 {
			return false
		}
		f.values = append(f.values, s)
		f.pos += n
		switch f.peek() {
		case ',':
			f.pos++
		case ']':
			return f.take("]}")
		default:
			return false
		}
	}
}

// readLabels reads labels up to and with the closing brace.
func (f *fastReader) readLabels() bool {
	last := ""
	for n := 0; ; n++ {
		name, ok := f.text()
		// Servers sort the names, which also tells that none comes twice.
		if !ok || (n > 0 && string(name) <= last) {
			return false
		}
		last = f.name(n, name)
		if !f.take(":") {
			return false
		}
		value, ok := f.text()
		if !ok {
			return false
		}
		f.value(n, value)
		switch f.peek() {
		case ',':
			f.pos++
		case '}':
			f.pos++
			return true
		default:
			return false
		}
	}
}

// text reads a string. It is valid until more is read.
func (f *fastReader) text() (_ []byte, ok bool) {
	if f.peek() != '"' {
		return nil, false
	}
	plain, escaped := true, false
	for i := f.pos + 1; ; i++ {
		if i == f.end {
			length := i - f.pos
			if !f.fill() {
				return nil, false
			}
			i = f.pos + length
		}
		switch c := f.buf[i]; {
		case c < ' ':
			return nil, false
		case escaped:
			escaped = false
		case c == '\\':
			plain, escaped = false, true
		case c >= 0x80:
			plain = false
		case c == '"':
			quoted := f.buf[f.pos : i+1]
			f.pos = i + 1
			if plain {
				return quoted[1 : len(quoted)-1], true
			}
			var err error
			f.unquoted, err = jsontext.AppendUnquote(f.unquoted[:0], quoted)
			return f.unquoted, err == nil
		}
	}
}
