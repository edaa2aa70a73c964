// Package decimal turns short decimal numbers into float64, exactly rounded, for
// readers that have the digits already.
package decimal

import (
	"math"
	"math/bits"
)

// MostDigits is the number of digits up to which Value is exact: with 19 every
// mantissa fits into 64 bits.
const MostDigits = 19

// powers are the powers of ten that fit into 64 bits.
var powers = [...]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// Value returns mantissa / 10^decimals, rounded to nearest, ties to even, as
// strconv.ParseFloat does. decimals is 0 to MostDigits.
//
// Up to 2^53 both sides are exact and one division rounds once (Clinger 1990).
// Beyond, the quotient is taken in whole numbers with a bit or more to spare,
// and rounded by hand.
func Value(mantissa uint64, decimals int) float64 {
	const exactBits = 53
	if mantissa < 1<<exactBits && decimals <= 15 {
		return float64(mantissa) / float64(powers[decimals])
	}
	if mantissa == 0 {
		return 0
	}
	if decimals == 0 {
		return float64(mantissa) // the conversion rounds to nearest even
	}
	// Both are shifted to the left end, the divisor one bit further than the
	// dividend reaches, so that the quotient has 63 or 64 bits.
	up := bits.LeadingZeros64(mantissa)
	by := bits.LeadingZeros64(powers[decimals])
	divisor := powers[decimals] << by
	quotient, rest := bits.Div64(mantissa<<up>>1, mantissa<<up<<63, divisor)
	if rest != 0 {
		quotient |= 1 // below the last bit that counts: only its being there matters
	}
	// mantissa / 10^decimals = quotient * 2^(by-up-63). The conversion rounds to
	// nearest even, and the last bit stands for all below it, which is right
	// since nine bits or more are dropped. The power of two is exact.
	scale := math.Float64frombits(uint64(1023+by-up-63) << 52)
	return float64(quotient) * scale
}
