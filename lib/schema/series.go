package schema

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Series is a KPI sampled at a fixed step. Sample i stands for the interval
// (Start+i*step, Start+(i+1)*step] and was evaluated at its end.
type Series struct {
	// Start is where the interval of the first sample begins.
	Start Time `json:"start"`
	// StepSeconds is the length of one interval, in seconds.
	StepSeconds float64 `json:"step_seconds"`
	// Values has one entry an interval, null where there was no sample.
	Values Values `json:"values"`
}

// Step returns the length of one interval.
func (s *Series) Step() time.Duration {
	return time.Duration(math.Round(s.StepSeconds * float64(time.Second)))
}

// TimeAt returns the end of interval i, the moment its sample was evaluated.
func (s *Series) TimeAt(i int) time.Time {
	return s.Start.Add(time.Duration(i+1) * s.Step())
}

// End returns the end of the last interval.
func (s *Series) End() time.Time { return s.TimeAt(len(s.Values) - 1) }

// Values are samples in order. A missing one is NaN in memory and null in
// JSON; infinities are written as null too, since JSON has neither.
type Values []float64

// MarshalJSON writes NaN and infinities as null and numbers unrounded.
func (v Values) MarshalJSON() ([]byte, error) {
	if v == nil {
		return []byte("null"), nil
	}
	b := make([]byte, 0, 2+8*len(v))
	b = append(b, '[')
	for i, f := range v {
		if i > 0 {
			b = append(b, ',')
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			b = append(b, "null"...)
			continue
		}
		b = appendFloat(b, f)
	}
	return append(b, ']'), nil
}

// appendFloat writes f in its shortest exact form, as encoding/json does.
func appendFloat(b []byte, f float64) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64)
}

// UnmarshalJSON reads an array of numbers and nulls. It is written by hand
// because a week of services is millions of numbers, and a []*float64 costs
// an allocation each.
func (v *Values) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if string(b) == "null" {
		*v = nil
		return nil
	}
	if len(b) < 2 || b[0] != '[' {
		return fmt.Errorf("series values: want an array, got %.20s", b)
	}
	b = bytes.TrimSpace(b[1 : len(b)-1])
	out := make(Values, 0, bytes.Count(b, []byte{','})+1)
	for len(b) > 0 {
		var item []byte
		if i := bytes.IndexByte(b, ','); i >= 0 {
			item, b = b[:i], b[i+1:]
		} else {
			item, b = b, nil
		}
		item = bytes.TrimSpace(item)
		if string(item) == "null" {
			out = append(out, math.NaN())
			continue
		}
		f, err := strconv.ParseFloat(string(item), 64)
		if err != nil {
			return fmt.Errorf("series values: %.20q is neither a number nor null", item)
		}
		out = append(out, f)
	}
	*v = out
	return nil
}
