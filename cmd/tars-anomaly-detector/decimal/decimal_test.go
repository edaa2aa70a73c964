package decimal

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

func check(t *testing.T, mantissa uint64, decimals int) {
	t.Helper()
	text := strconv.FormatUint(mantissa, 10) + "e-" + strconv.Itoa(decimals)
	want, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	if got := Value(mantissa, decimals); got != want {
		t.Errorf("%s is %v, want %v", text, got, want)
	}
}

func TestValue(t *testing.T) {
	for _, m := range []uint64{0, 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, 1<<54 + 2, 9999999999999999999, 20123456789012345, 1<<64 - 1, 1 << 63} {
		for k := range MostDigits + 1 {
			check(t, m, k)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		check(t, r.Uint64()>>r.IntN(64), r.IntN(MostDigits+1))
	}
}

// TestHalfway has numbers that lie exactly between two float64.
func TestHalfway(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		odd := r.Uint64()>>10 | 1 // 54 bits, the last one set: halfway
		odd |= 1 << 53
		for k := range 5 {
			if p := powers[k]; odd <= (1<<64-1)/p {
				check(t, odd*p, k)
				check(t, odd*p+1, k)
				check(t, odd*p-1, k)
			}
		}
	}
}

func FuzzValue(f *testing.F) {
	f.Add(uint64(20123456789012345), 17)
	f.Fuzz(func(t *testing.T, mantissa uint64, decimals int) {
		if decimals < 0 || decimals > MostDigits {
			return
		}
		check(t, mantissa, decimals)
	})
}
