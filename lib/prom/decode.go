package prom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/veleron-dev/tars/lib/schema"
)

// APIError is an error that a server reports in the API's own form.
type APIError struct {
	// Type is the API's errorType: bad_data, execution, timeout, ...
	Type    string
	Message string
}

func (e *APIError) Error() string { return e.Message + " (" + e.Type + ")" }

// ErrNotAPI is JSON, or no JSON at all, that is not an API answer.
var ErrNotAPI = errors.New("not an answer of the Prometheus API")

// DecodeMatrix reads the answer to a range query and calls fn for each series
// as it arrives, so memory holds one series, never the answer. The values
// handed to fn are reused afterwards: copy what is to be kept. It returns the
// server's warnings and infos. An answer of status error is an *APIError; what
// is no API answer is ErrNotAPI; a cut-off answer is io.ErrUnexpectedEOF.
//
// It reads tokens with go-json-experiment's jsontext, which needs about a
// quarter of the CPU of decoding into values, and flat memory.
func DecodeMatrix(r io.Reader, fn func(schema.MatrixSeries) error) (warnings []string, err error) {
	d := decoder{
		dec: jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
		fn:  fn,
	}
	if err := d.answer(); err != nil {
		return nil, err
	}
	switch {
	case d.status == "error":
		return nil, &APIError{Type: d.errorType, Message: d.message}
	case d.status != "success":
		return nil, fmt.Errorf("%w: its status is %q", ErrNotAPI, d.status)
	case d.resultType != "matrix":
		return nil, fmt.Errorf("%w: the result is a %q, want a matrix", ErrNotAPI, d.resultType)
	}
	slices.Sort(d.warnings)
	return slices.Compact(d.warnings), nil
}

type decoder struct {
	dec                                    *jsontext.Decoder
	fn                                     func(schema.MatrixSeries) error
	status, errorType, message, resultType string
	warnings                               []string
	points                                 []schema.SamplePair
}

// object reads an object and calls field for each name; field reads the value.
func (d *decoder) object(what string, field func(name string) error) error {
	if kind := d.dec.PeekKind(); kind != '{' {
		if kind == 'n' {
			return d.dec.SkipValue()
		}
		if _, err := d.dec.ReadToken(); err != nil {
			return whyBroken(err)
		}
		return fmt.Errorf("%w: %s is not an object", ErrNotAPI, what)
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return whyBroken(err)
	}
	for d.dec.PeekKind() != '}' {
		name, err := d.dec.ReadToken()
		if err != nil {
			return whyBroken(err)
		}
		if err := field(name.String()); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return whyBroken(err)
}

// array reads an array and calls item for each; null is an empty one.
func (d *decoder) array(what string, item func() error) error {
	switch d.dec.PeekKind() {
	case 'n':
		return whyBroken(d.dec.SkipValue())
	case '[':
	default:
		if _, err := d.dec.ReadToken(); err != nil {
			return whyBroken(err)
		}
		return fmt.Errorf("%w: %s is not a list", ErrNotAPI, what)
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return whyBroken(err)
	}
	for d.dec.PeekKind() != ']' {
		if err := item(); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return whyBroken(err)
}

func (d *decoder) text(into *string) error {
	token, err := d.dec.ReadToken()
	if err != nil {
		return whyBroken(err)
	}
	if token.Kind() != '"' {
		return fmt.Errorf("%w: %s where text belongs", ErrNotAPI, token.Kind())
	}
	*into = token.String()
	return nil
}

func (d *decoder) skip() error { return whyBroken(d.dec.SkipValue()) }

func (d *decoder) answer() error {
	return d.object("the answer", func(name string) error {
		switch name {
		case "status":
			return d.text(&d.status)
		case "errorType":
			return d.text(&d.errorType)
		case "error":
			return d.text(&d.message)
		case "warnings", "infos":
			return d.array(name, func() error {
				var w string
				err := d.text(&w)
				d.warnings = append(d.warnings, w)
				return err
			})
		case "data":
			return d.object("data", d.data)
		}
		return d.skip()
	})
}

func (d *decoder) data(name string) error {
	switch name {
	case "resultType":
		return d.text(&d.resultType)
	case "result":
		if d.resultType != "" && d.resultType != "matrix" {
			return d.skip()
		}
		return d.array("result", d.series)
	}
	return d.skip()
}

func (d *decoder) series() error {
	s := schema.MatrixSeries{Metric: map[string]string{}, Values: d.points[:0]}
	err := d.object("a series", func(name string) error {
		switch name {
		case "metric":
			return d.object("metric", func(label string) error {
				var value string
				err := d.text(&value)
				s.Metric[label] = value
				return err
			})
		case "values":
			raw, err := d.dec.ReadValue()
			if err != nil {
				return whyBroken(err)
			}
			s.Values, err = appendPairs(s.Values, raw)
			return err
		case "histograms":
			d.warnings = append(d.warnings, "the answer holds native histograms, which are no numbers; wrap the query in histogram_quantile or histogram_count")
		}
		return d.skip()
	})
	if err != nil {
		return err
	}
	d.points = s.Values
	return d.fn(s)
}

// whyBroken tells a cut-off answer from one that is no JSON.
func whyBroken(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case errors.As(err, &syntax):
		return fmt.Errorf("%w: %w", ErrNotAPI, err)
	}
	return err
}

// appendPairs reads [[seconds, "value"], ...], which is known to be JSON.
func appendPairs(pairs []schema.SamplePair, raw []byte) ([]schema.SamplePair, error) {
	bad := func() error { return fmt.Errorf(`%w: values are not [seconds, "value"] pairs: %.60s`, ErrNotAPI, raw) }
	rest := bytes.TrimSpace(raw)
	if len(rest) < 2 || rest[0] != '[' {
		return pairs, bad()
	}
	rest = bytes.TrimSpace(rest[1 : len(rest)-1])
	for len(rest) > 0 {
		end := bytes.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 {
			return pairs, bad()
		}
		seconds, value, ok := bytes.Cut(rest[1:end], []byte{','})
		if !ok {
			return pairs, bad()
		}
		ms, ok := millis(bytes.TrimSpace(seconds))
		if !ok {
			return pairs, bad()
		}
		value = bytes.TrimSpace(value)
		if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			return pairs, bad()
		}
		v, err := strconv.ParseFloat(string(value[1:len(value)-1]), 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return pairs, bad()
		}
		pairs = append(pairs, schema.SamplePair{Millis: ms, Value: v})
		rest = bytes.TrimSpace(rest[end+1:])
		if len(rest) > 0 && rest[0] == ',' {
			rest = bytes.TrimSpace(rest[1:])
		}
	}
	return pairs, nil
}

// millis reads seconds with up to three decimals exactly and everything else
// as a float.
func millis(b []byte) (int64, bool) {
	var n int64
	for i, c := range b {
		if c < '0' || c > '9' || i > 12 {
			f, err := strconv.ParseFloat(string(b), 64)
			return int64(math.Round(f * 1000)), err == nil && math.Abs(f) < 1e13
		}
		n = n*10 + int64(c-'0')
	}
	return n * 1000, len(b) > 0
}
