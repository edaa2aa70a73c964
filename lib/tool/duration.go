package tool

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a flag's length of time, written as Go or Prometheus write it:
// 90s, 1h30m, 7d, 2w. Negative ones are refused.
type Duration struct {
	time.Duration
	set bool
}

// Set reports whether the flag was given.
func (d Duration) Set() bool { return d.set }

// UnmarshalText reads the flag.
func (d *Duration) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	if text == "" {
		*d = Duration{}
		return nil
	}
	var days time.Duration
	rest := text
	for _, unit := range []struct {
		suffix string
		length time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		head, tail, found := strings.Cut(rest, unit.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(head, 64)
		if err != nil {
			return fmt.Errorf("%q is not a length of time; write it as 90s, 1h30m or 7d", text)
		}
		days += time.Duration(n * float64(unit.length))
		rest = tail
	}
	var more time.Duration
	if rest != "" {
		var err error
		if more, err = time.ParseDuration(rest); err != nil {
			return fmt.Errorf("%q is not a length of time; write it as 90s, 1h30m or 7d", text)
		}
	}
	if days+more < 0 {
		return fmt.Errorf("%q is below zero", text)
	}
	*d = Duration{days + more, true}
	return nil
}
