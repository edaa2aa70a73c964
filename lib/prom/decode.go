package prom

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/veleron-dev/tars/lib/schema"
)

// DecodeMatrix reads the answer of a Prometheus HTTP API to a range query and
// hands its series to fn one by one, as they arrive. Several answers one after
// another are read as one. It returns the warnings and infos of the source,
// sorted, each once.
//
// Memory is that of the longest series: m.Values is used again after fn
// returns, which copies what it keeps of it. An error of fn ends the
// reading and is returned as it is. Series that came before an error have been
// handed over: only the end of an answer tells that it is whole.
//
// What the API may add is ignored: unknown keys, in any order. Native
// histograms are left out with a warning, since the documents hold numbers.
// Anything else is an error: an answer that is no matrix, an error of the
// server, a key given twice in one object, an answer that is cut off.
func DecodeMatrix(r io.Reader, fn func(m schema.MatrixSeries) error) (warnings []string, err error) {
	fast := &fastReader{r: r}
	m, err := fast.run(fn)
	if err != nil {
		return nil, err
	}
	return m.decode()
}

func newMatrixDecoder(r io.Reader, fn func(schema.MatrixSeries) error) *matrixDecoder {
	// A server that passes on label values as they came may send invalid
	// UTF-8. It is replaced, as encoding/json does, not refused.
	return &matrixDecoder{dec: jsontext.NewDecoder(r, jsontext.AllowInvalidUTF8(true)), fn: fn}
}

// decode reads answers up to the end of the input.
func (m *matrixDecoder) decode() (warnings []string, err error) {
	for n := 0; ; n++ {
		token, err := m.dec.ReadToken()
		switch {
		case errors.Is(err, io.EOF) && n > 0:
			slices.Sort(m.warnings)
			return slices.Compact(m.warnings), nil
		case errors.Is(err, io.EOF):
			return nil, errEmpty
		case err != nil:
			return nil, m.explain(err)
		case token.Kind() != '{':
			return nil, notAPI("it is no JSON object")
		}
		if err := m.answer(); err != nil {
			return nil, m.explain(err)
		}
	}
}

// errEmpty is an answer without a single byte in it but spaces.
var errEmpty = fmt.Errorf("%w: it is empty", ErrNotAPI)

// APIError is an answer in which the server itself reports an error.
type APIError struct {
	// Type is the API's errorType, e.g. "bad_data"; it may be empty.
	Type string
	// Message is the server's own words.
	Message string
}

func (e *APIError) Error() string {
	switch {
	case e.Message == "":
		return oneLine("an error without a message, of type "+e.Type, quoteLength)
	case e.Type == "":
		return oneLine(e.Message, quoteLength)
	}
	return oneLine(e.Type+": "+e.Message, quoteLength)
}

// ErrNotAPI is an answer that is no JSON, or JSON of another form than the
// matrix that the API answers to a range query.
var ErrNotAPI = errors.New("not an answer of the Prometheus API to a range query")

func notAPI(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrNotAPI, fmt.Errorf(format, args...))
}

func notMatrix(resultType string) error {
	return notAPI("the result is a %s, want a matrix; ask /api/v1/query_range, not /api/v1/query", oneLine(resultType, 20))
}

// envelope is what an answer says around its series.
type envelope struct {
	status, errorType, message, resultType string
	// result tells that there was one, even if it was null.
	result bool
	// vector tells that an element has one value instead of several.
	vector bool
	// histograms counts the series that hold native histograms.
	histograms int
}

type matrixDecoder struct {
	dec *jsontext.Decoder
	fn  func(schema.MatrixSeries) error
	envelope
	warnings []string

	// shift is what to add to an offset in dec for one in the input.
	shift int64
	// placeholder tells that the first element of the result is one.
	placeholder bool
	seriesBuffers
}

// seriesBuffers are used again for every series, but for the map.
type seriesBuffers struct {
	metric map[string]string
	values []schema.SamplePair
	// labels are those of the series before in their order: most series share
	// names and values with it, and so the strings.
	labels []label
	// unquoted holds a string that had escapes in it.
	unquoted []byte
}

type label struct{ name, value string }

// reset makes room for the next series.
func (b *seriesBuffers) reset() {
	b.metric = make(map[string]string, len(b.labels)) // which fn may keep
	b.values = b.values[:0]
}

// name sets the name of label n of the series and returns it.
func (b *seriesBuffers) name(n int, name []byte) string {
	if n == len(b.labels) {
		b.labels = append(b.labels, label{})
	}
	if b.labels[n].name != string(name) {
		b.labels[n].name = string(name)
	}
	return b.labels[n].name
}

// value sets the value of label n, after its name.
func (b *seriesBuffers) value(n int, value []byte) {
	l := &b.labels[n]
	if l.value != string(value) {
		l.value = string(value)
	}
	b.metric[l.name] = l.value
}

// explain puts an error of the JSON reader into words.
func (m *matrixDecoder) explain(err error) error {
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return err
	}
	at := syntax.ByteOffset + m.shift
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the answer is cut off after %d bytes: %w", at, io.ErrUnexpectedEOF)
	case errors.Is(err, jsontext.ErrDuplicateName):
		return notAPI("byte %d: the name %q comes twice in one object", at, oneLine(syntax.JSONPointer.LastToken(), quoteLength))
	}
	return notAPI("byte %d: %w", at, syntax.Err)
}

// answer reads one answer, of which the opening brace has been read.
func (m *matrixDecoder) answer() error {
	m.envelope = envelope{}
	err := m.members(func(name []byte) error {
		switch string(name) {
		case "status":
			return m.str("status", &m.status)
		case "errorType":
			return m.str("errorType", &m.errorType)
		case "error":
			return m.str("error", &m.message)
		case "warnings", "infos":
			return m.notes()
		case "isPartial": // of a VictoriaMetrics cluster
			v, err := m.dec.ReadValue()
			if string(v) == "true" {
				m.warnings = append(m.warnings, "the answer is partial: some storage nodes did not answer")
			}
			return err
		case "data":
			return m.data()
		}
		return m.dec.SkipValue()
	})
	if err != nil {
		return err
	}
	switch {
	case m.status == "error":
		return &APIError{Type: m.errorType, Message: m.message}
	case m.status != "success" || !m.result || m.resultType == "":
		return notAPI(`it lacks "status", "resultType" or "result"`)
	case m.resultType != "matrix":
		return notMatrix(m.resultType)
	case m.vector:
		return notMatrix("vector")
	}
	if m.histograms > 0 {
		m.warnings = append(m.warnings, fmt.Sprintf("left out the native histograms of %d series: ask for numbers, e.g. by histogram_quantile", m.histograms))
	}
	return nil
}

// data reads the value of "data".
func (m *matrixDecoder) data() error {
	if ok, err := m.open('{', "data"); !ok {
		return err
	}
	return m.members(func(name []byte) error {
		switch string(name) {
		case "resultType":
			return m.str("resultType", &m.resultType)
		case "result":
			m.result = true
			return m.series()
		}
		return m.dec.SkipValue()
	})
}

// series reads the value of "result".
func (m *matrixDecoder) series() error {
	if m.resultType != "" && m.resultType != "matrix" {
		return m.dec.SkipValue() // its elements are others; answer says what it is
	}
	if ok, err := m.open('[', "result"); !ok {
		return err
	}
	if m.placeholder {
		m.placeholder = false
		if err := m.dec.SkipValue(); err != nil {
			return err
		}
	}
	for m.dec.PeekKind() != ']' {
		if err := m.one(); err != nil {
			return err
		}
	}
	_, err := m.dec.ReadToken()
	return err
}

// one reads one series and hands it over.
func (m *matrixDecoder) one() error {
	if token, err := m.dec.ReadToken(); err != nil {
		return err
	} else if token.Kind() != '{' {
		return notAPI("its result holds something else than series")
	}
	m.reset()
	histogram := false
	err := m.members(func(name []byte) error {
		switch string(name) {
		case "metric":
			return m.readMetric()
		case "values":
			return m.readValues()
		case "value", "histogram":
			m.vector = true
		case "histograms":
			v, err := m.dec.ReadValue()
			histogram = len(v) > len("[]") && v.Kind() == '['
			return err
		}
		return m.dec.SkipValue()
	})
	if err != nil {
		return err
	}
	if histogram {
		m.histograms++
		if len(m.values) == 0 {
			return nil
		}
	}
	return m.fn(schema.MatrixSeries{Metric: m.metric, Values: m.values})
}

// readMetric reads the labels of a series.
func (m *matrixDecoder) readMetric() error {
	if ok, err := m.open('{', "metric"); !ok {
		return err
	}
	n := 0
	return m.members(func(name []byte) error {
		what := m.name(n, name)
		value, err := m.text("label " + what)
		if err != nil {
			return err
		}
		m.value(n, value)
		n++
		return nil
	})
}

// readValues reads the samples of a series.
func (m *matrixDecoder) readValues() error {
	v, err := m.dec.ReadValue()
	if err != nil {
		return err
	}
	m.values, err = appendSamples(m.values, v)
	return err
}

// notes reads the value of "warnings" or "infos".
func (m *matrixDecoder) notes() error {
	if ok, err := m.open('[', "warnings or infos"); !ok {
		return err
	}
	for m.dec.PeekKind() != ']' {
		note, err := m.text("a warning or info")
		if err != nil {
			return err
		}
		m.warnings = append(m.warnings, string(note))
	}
	_, err := m.dec.ReadToken()
	return err
}
