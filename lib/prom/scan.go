package prom

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"

	"github.com/veleron-dev/tars/lib/schema"
)

// latestSecond is the last second of the year 9999, where RFC 3339 ends.
const latestSecond = 253402300799

// scanMargin is more than scanSample looks at beyond the beginning of a sample
// whose value is a plain decimal number.
const scanMargin = 128

// scanSample reads one sample as servers write it, [1763424300.5,"1.25"], from
// the beginning of b. n is its length, 0 where b begins with anything else. b is
// valid JSON with scanMargin bytes to look at, or ends in eight zeros.
func scanSample(b []byte) (s schema.SamplePair, n int) {
	if b[0] != '[' {
		return s, 0
	}
	millis, i := scanMillis(b[1:])
	i++
	if i == 1 || b[i] != ',' || b[i+1] != '"' {
		return s, 0
	}
	i += len(`,"`)
	value, length := scanFloat(b[i:])
	if length == 0 || b[i+length] != '"' {
		if value, length = parseFloat(b[i:]); length == 0 {
			return s, 0
		}
	}
	i += length
	if b[i] != '"' || b[i+1] != ']' {
		return s, 0
	}
	return schema.SamplePair{Millis: millis, Value: value}, i + len(`"]`)
}

// scanMillis reads Unix seconds with up to three decimals as milliseconds. n
// is 0 where the number is no JSON, out of range, or written in another way.
func scanMillis(b []byte) (millis int64, n int) {
	seconds := uint64(0)
	if word := binary.LittleEndian.Uint64(b); eightDigits(word) {
		seconds, n = eightDigitsValue(word), 8
	}
	for ; isDigit(b[n]) && seconds <= latestSecond/10; n++ {
		seconds = seconds*10 + uint64(b[n]-'0')
	}
	if n == 0 || isDigit(b[n]) || seconds > latestSecond || (b[0] == '0' && n > 1) {
		return 0, 0
	}
	millis = int64(seconds) * 1000
	if b[n] != '.' {
		return millis, n
	}
	n++
	point := n
	for scale := int64(100); scale > 0 && isDigit(b[n]); scale /= 10 {
		millis += scale * int64(b[n]-'0')
		n++
	}
	if n == point || isDigit(b[n]) {
		return 0, 0
	}
	return millis, n
}

// scanFloat reads a decimal number without an exponent exactly as
// strconv.ParseFloat does. n is 0 where it has too many digits for that, or is
// something else. It takes a third of the time, and values are most of what an
// answer consists of.
func scanFloat(b []byte) (v float64, n int) {
	negative := b[0] == '-'
	if negative {
		n = 1
	}
	mantissa, first := uint64(0), n
	for ; isDigit(b[n]); n++ {
		if mantissa >= 1e18 || n-first == 20 {
			return 0, 0
		}
		mantissa = mantissa*10 + uint64(b[n]-'0')
	}
	if n == first {
		return 0, 0
	}
	decimals := 0
	if b[n] == '.' {
		n++
		point := n
		for mantissa < 1e11 && n-point < 20 {
			word := binary.LittleEndian.Uint64(b[n:])
			if !eightDigits(word) {
				break
			}
			mantissa = mantissa*1e8 + eightDigitsValue(word)
			n += 8
		}
		for ; isDigit(b[n]); n++ {
			if mantissa >= 1e18 || n-point == len(powersOf5)-1 {
				return 0, 0
			}
			mantissa = mantissa*10 + uint64(b[n]-'0')
		}
		decimals = n - point
		if decimals == 0 || decimals >= len(powersOf5) {
			return 0, 0
		}
	}
	v = shift(mantissa, decimals)
	if negative {
		v = -v
	}
	return v, n
}

// shift returns mantissa / 10^decimals, rounded to the nearest float64 and
// halves to the even one. decimals is below len(powersOf5).
func shift(mantissa uint64, decimals int) float64 {
	if mantissa < 1<<53 && decimals < len(powersOf10) {
		// Both are exact, and a division of floats rounds correctly.
		return float64(mantissa) / powersOf10[decimals]
	}
	// In integers: 64 bits of the quotient, the last of which is set when
	// anything remains, round to 53 as the whole quotient would.
	zeros := bits.LeadingZeros64(mantissa)
	divisor := powersOf5[decimals]
	divisorZeros := bits.LeadingZeros64(divisor)
	m := mantissa << zeros
	quotient, rest := bits.Div64(m>>1, m<<63, divisor<<divisorZeros)
	if rest != 0 {
		quotient |= 1
	}
	exponent := divisorZeros - zeros - decimals - 63
	// Multiplying by a power of two is exact: results lie above 1e-27.
	return float64(quotient) * math.Float64frombits(uint64(1023+exponent)<<52)
}

// powersOf10 are those that a float64 holds exactly.
var powersOf10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// powersOf5 are those that 64 bits hold.
var powersOf5 = func() (powers [28]uint64) {
	powers[0] = 1
	for i := 1; i < len(powers); i++ {
		powers[i] = 5 * powers[i-1]
	}
	return powers
}()

// parseFloat leaves a number to strconv, with exponents, NaN and infinities. n
// is 0 where it is none, or is not followed by a quote.
func parseFloat(b []byte) (v float64, n int) {
	for b[n] == '+' || b[n] == '-' || b[n] == '.' || isDigit(b[n]) || 'a' <= b[n]|0x20 && b[n]|0x20 <= 'z' {
		n++
	}
	v, err := strconv.ParseFloat(string(b[:n]), 64)
	if err != nil || b[n] != '"' {
		return 0, 0
	}
	return v, n
}

func isDigit(c byte) bool { return c-'0' < 10 }

// eightDigits tells whether eight bytes, the first in the lowest, are digits.
func eightDigits(word uint64) bool {
	const high, zero, six = 0xF0F0F0F0F0F0F0F0, 0x3030303030303030, 0x0606060606060606
	return word&high == zero && (word+six)&high == zero
}

// eightDigitsValue is the number that eight digits make: pairs of digits, then
// of those, are joined in place, all at once. The idea is Daniel Lemire's,
// "Quickly parsing eight digits" (2018).
func eightDigitsValue(word uint64) uint64 {
	word -= 0x3030303030303030
	word = (word*10 + word>>8) & 0x00FF00FF00FF00FF
	word = (word*100 + word>>16) & 0x0000FFFF0000FFFF
	return (word*10000 + word>>32) & 0xFFFFFFFF
}
