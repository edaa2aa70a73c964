package prom

import (
	"encoding/json"

	"github.com/veleron-dev/tars/lib/schema"
)

// appendSamples appends the samples of a JSON array to dst. b is valid JSON.
//
// The form that servers write is read in one pass over the bytes. Any other
// (spaces, exponents in times, bare numbers) is left to schema.SamplePair, so
// that an answer and a capture of it are read alike.
func appendSamples(dst []schema.SamplePair, b []byte) ([]schema.SamplePair, error) {
	n := len(dst)
	dst, ok := scanSamples(dst, b)
	if ok {
		return dst, nil
	}
	var values []schema.SamplePair
	if err := json.Unmarshal(b, &values); err != nil {
		return dst[:n], notAPI("reading values: %s", oneLine(err.Error(), quoteLength))
	}
	return append(dst[:n], values...), nil
}

// scanSamples appends samples as servers write them. ok is false where the
// array is written in any other way.
func scanSamples(dst []schema.SamplePair, b []byte) (_ []schema.SamplePair, ok bool) {
	if string(b) == "[]" {
		return dst, true
	}
	b = b[1:] // the bracket
	for len(b) > scanMargin {
		s, n := scanSample(b)
		if n == 0 || b[n] != ',' {
			return dst, false
		}
		dst = append(dst, s)
		b = b[n+1:]
	}
	// What is left is read where there is room behind it to look at.
	var room [2 * scanMargin]byte
	b = room[:copy(room[:], b)]
	for i := 0; i < len(b); {
		s, n := scanSample(room[i:])
		if n == 0 {
			return dst, false
		}
		dst = append(dst, s)
		i += n
		if b[i] == ']' {
			return dst, i == len(b)-1
		}
		if b[i] != ',' {
			return dst, false
		}
		i++
	}
	return dst, false
}
