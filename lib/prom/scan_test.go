package prom

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// padded is how scanning functions get their input: with zeros behind it.
func padded(s string) []byte { return append([]byte(s), make([]byte, zeros)...) }

// Whatever number scanFloat takes on, it must say what strconv says, to the
// last bit.
func TestScanFloat(t *testing.T) {
	var cases []string
	cases = append(cases, []string{
		"0", "-0", "1", "0.1", "-12.5", "00012.50", "0.30000000000000004", "0.3",

		"9007199254740993", "9007199254740992.5", "9007199254740993.5", "9007199254740995", "9007199254740993.0000000001",
		"4503599627370496.5", "4503599627370497.5", "4503599627370496.49999999", "4503599627370496.50000001", "1.00000000000000011102230246251565404",
		"18446744073709551615", "9999999999999999999", "999999999999999999.9", "1000000000000000000",
		"0.000000000000000000000000001", "0.000000000000000000000000009999999", "0.0000000000000000000000000001",
		"179769313486231570000000000000000000000", "123456789012345678901234567890",
	}...)
	random := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		f := math.Float64frombits(random.Uint64())
		if e := math.Abs(f); e > 1e-30 && e < 1e20 {
			cases = append(cases, strconv.FormatFloat(f, 'f', -1, 64))
		}
		f = random.NormFloat64() * math.Pow(10, float64(random.IntN(12)-4))
		cases = append(cases, strconv.FormatFloat(f, 'f', -1, 64), strconv.FormatFloat(f, 'f', random.IntN(18), 64),
			fmt.Sprintf("%d.%0*d", random.Uint64N(1<<random.IntN(60)), 1+random.IntN(19), random.Uint64N(1e18)))
	}
	typical := 0
	for range 1000 {
		cases = append(cases, strconv.FormatFloat(100*random.Float64(), 'f', -1, 64))
	}
	taken := 0
	for i, s := range cases {
		got, n := scanFloat(padded(s))
		if n == 0 {
			continue
		}
		if taken++; i >= len(cases)-1000 {
			typical++
		}
		want, err := strconv.ParseFloat(s[:n], 64)
		if err != nil || math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q: got %v of %d bytes, strconv says %v, error %v", s, got, n, want, err)
		}
		if n != len(s) {
			t.Fatalf("%q: read %d bytes of %d", s, n, len(s))
		}
	}
	// What it leaves to strconv costs time, so it must be the exception.
	if typical < 950 || taken < len(cases)/2 {
		t.Errorf("took on %d of 1000 typical numbers, and %d of %d", typical, taken, len(cases))
	}
}

func TestScanMillis(t *testing.T) {
	for _, test := range []struct {
		in     string
		millis int64
		n      int
	}{
		{"0,", 0, 1},
		{"1,", 1000, 1},
		{"12345678,", 12345678000, 8},
		{"1763424300,", 1763424300000, 10},
		{"1763424300.5,", 1763424300500, 12},
		{"1763424300.05,", 1763424300050, 13},
		{"1763424300.781,", 1763424300781, 14},
		{"253402300799.999,", 253402300799999, 16},
		// These are for schema.SamplePair, or for nobody.
		{"253402300800,", 0, 0},
		{"1763424300.7811,", 0, 0},
		{"1763424300.,", 0, 0},
		{"01763424300,", 0, 0},
		{"00,", 0, 0},
		{"00000000,", 0, 0},
		{"99999999999999999999999,", 0, 0},
		{"-1,", 0, 0},
		{".5,", 0, 0},
		{",", 0, 0},
		{"", 0, 0},
	} {
		t.Run(test.in, func(t *testing.T) {
			if millis, n := scanMillis(padded(test.in)); millis != test.millis || n != test.n {
				t.Errorf("got %d of %d bytes, want %d of %d", millis, n, test.millis, test.n)
			}
		})
	}
}
