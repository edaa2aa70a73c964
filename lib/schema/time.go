package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Time is an instant in a document. It is written as RFC 3339 in UTC. It is
// read from RFC 3339, from the same without a zone (taken as UTC, which is
// what older files mean), from a bare date, and from Unix seconds.
type Time struct{ time.Time }

// At returns t as a document time, in UTC.
func At(t time.Time) Time { return Time{t.UTC()} }

// layouts are tried in order; Go accepts fractional seconds in each.
var layouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05",
	"2006-01-02T15:04Z07:00",
	"2006-01-02",
}

// ParseTime reads the forms that Time accepts. The error names the text.
func ParseTime(s string) (Time, error) {
	s = strings.TrimSpace(s)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return At(t), nil
		}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return unixTime(f)
	}
	return Time{}, fmt.Errorf("%q is not a time; write it as 2025-11-18T00:00:00Z", s)
}

// unixTime converts Unix seconds, to the millisecond that Prometheus keeps.
func unixTime(sec float64) (Time, error) {
	const latest = 253402300800 // the year 10000, where RFC 3339 ends
	if math.IsNaN(sec) || sec < 0 || sec >= latest {
		return Time{}, fmt.Errorf("%v is not a time in Unix seconds", sec)
	}
	return At(time.UnixMilli(int64(math.Round(sec * 1000)))), nil
}

// MarshalJSON writes RFC 3339 in UTC; the zero Time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.UTC().MarshalJSON()
}

// UnmarshalJSON reads what ParseTime reads, numbers as Unix seconds, and null
// or "" as the zero Time.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" || string(b) == `""` {
		*t = Time{}
		return nil
	}
	if b[0] != '"' {
		f, err := strconv.ParseFloat(string(b), 64)
		if err != nil {
			return fmt.Errorf("%s is not a time", b)
		}
		*t, err = unixTime(f)
		return err
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	var err error
	*t, err = ParseTime(s)
	return err
}

// UnmarshalText reads what ParseTime reads; empty is the zero Time. It serves
// command-line flags and environment variables.
func (t *Time) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*t = Time{}
		return nil
	}
	*t, err = ParseTime(string(b))
	return err
}
