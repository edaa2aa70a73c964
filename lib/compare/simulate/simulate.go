// Package simulate makes weeks after a release whose truth is known, for the
// verdicts to be judged by: daily season, autocorrelated noise, a spread
// between days, clumped errors, weekends, KPIs of one cause that move together,
// and effects put in at known times. No tool imports it.
package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// Config is one kind of week. The zero value of a field is the ordinary.
type Config struct {
	// Noise scales the spread between days (1.5% at 1) and the noise within
	// them (5% at 1) of p99; other KPIs follow in proportion.
	Noise float64
	// Within scales the noise inside the days alone; 0 means 1. Below 1 the
	// days differ more than their hours explain.
	Within float64
	// Autocorrelation is of neighbouring five-minute samples; 0 means 0.9.
	Autocorrelation float64
	// RequestsPerMinute and ErrorsPerDay are the traffic; 0 means 2000 a
	// minute and 1000 a day.
	RequestsPerMinute, ErrorsPerDay float64
	// QuietWeekends cut the traffic to four tenths on Saturday and Sunday.
	QuietWeekends bool
	// GAWeekday is the weekday of GA.
	GAWeekday time.Weekday
	// History puts the seven days before GA into the baseline.
	History bool
	// Services is the number of services besides the whole.
	Services int
	// Unavailability is the ordinary share of time without service, in
	// percent; 0 means 0.05.
	Unavailability float64
	// Effects are what the week's release did.
	Effects []Effect
}

// The forms of an effect.
const (
	Step     = "step"     // values times Size from Start on
	Ramp     = "ramp"     // values grow by Size-1 each day from Start on
	Tail     = "tail"     // Share of the points times Size from Start on
	Incident = "incident" // values times Size from Start to End
	Drop     = "drop"     // Size percentage points less from Start on
)

// Effect is a change put in at a known time.
type Effect struct {
	Form string
	KPIs []string
	// Start and End are hours from GA.
	Start, End  float64
	Size, Share float64
	// Service is the number of the service, from 1; 0 is the whole.
	Service int
}

// Week is one simulated week.
type Week struct {
	Baseline *schema.GAKPISummary
	Days     []*schema.DailySummary
}

const (
	step       = 5 * time.Minute
	perHour    = 12
	perDay     = 24 * perHour
	watch      = 7 // days after GA day, and days of history
	historyLen = 7
)

// kind is how one KPI behaves.
type kind struct {
	key, unit, category, direction string
	base                           float64
	noise                          float64 // of the configured noise
	cause                          int     // KPIs of the same cause share most of their noise
	load                           float64 // percent per percent of load
	season                         float64 // of its own, besides the load's
	sampling                       float64 // noise of one sample over the root of its requests
}

var kinds = []kind{
	{"p50_latency_ms", "ms", "performance", "lower_is_better", 40, 0.8, 1, 0.3, 0.03, 0.75},
	{"p95_latency_ms", "ms", "performance", "lower_is_better", 130, 0.9, 1, 0.3, 0.05, 1.3},
	{"p99_latency_ms", "ms", "performance", "lower_is_better", 240, 1, 1, 0.3, 0.06, 2.2},
	{"db_p95_latency_ms", "ms", "performance", "lower_is_better", 25, 1, 2, 0.3, 0.03, 1.3},
	{"cpu_percent", "%", "resource", "lower_is_better", 35, 0.8, 3, 1, 0.02, 0},
	{"memory_percent", "%", "resource", "lower_is_better", 55, 0.4, 4, 0, 0.01, 0},
	{"redis_hit_rate", "%", "cache", "higher_is_better", 92, 0.08, 5, 0, 0.002, 0},
	{"cost_per_hour", "USD", "cost", "lower_is_better", 12, 0.4, 3, 0.5, 0, 0},
}

// Make returns the week of the seed: the same seed, the same week.
func Make(c Config, seed uint64) Week {
	c = c.filled()
	rng := rand.New(rand.NewPCG(seed, 0x7a25)) //nolint:gosec // reproducible weeks are the point
	monday := time.Date(2025, 11, 17, 0, 0, 0, 0, time.UTC)
	ga := monday.AddDate(0, 0, (int(c.GAWeekday)+6)%7)
	first := ga.AddDate(0, 0, -historyLen)
	n := (historyLen + 1 + watch) * perDay
	load := c.load(rng, first, n)
	whole := map[string][]float64{}
	services := make([]map[string][]float64, c.Services)
	if c.Services == 0 {
		whole = c.scope(rng, load, 1, 0)
	}
	for i := range services {
		services[i] = c.scope(rng, load, 1/float64(c.Services), i+1)
		for key, values := range services[i] {
			if whole[key] == nil {
				whole[key] = make([]float64, n)
			}
			for j, v := range values {
				if key != "requests" && key != "errors" {
					v /= float64(c.Services)
				}
				whole[key][j] += v
			}
		}
	}
	if c.Services > 0 {
		rate(whole)
	}
	return c.documents(ga, first, whole, services)
}

func (c Config) filled() Config {
	or := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	or(&c.Noise, 1)
	or(&c.Within, 1)
	or(&c.Autocorrelation, 0.9)
	or(&c.RequestsPerMinute, 2000)
	or(&c.ErrorsPerDay, 1000)
	or(&c.Unavailability, 0.05)
	return c
}

// load is the traffic relative to its mean: season, weekend, a spread of 2%
// between days.
func (c Config) load(rng *rand.Rand, first time.Time, n int) []float64 {
	load := make([]float64, n)
	day := 1.0
	for i := range load {
		t := first.Add(time.Duration(i) * step)
		if i%perDay == 0 {
			day = math.Exp(0.02 * rng.NormFloat64())
		}
		hour := float64(i%perDay) / perHour
		load[i] = day * (1 + 0.4*math.Sin(2*math.Pi*(hour-9)/24))
		if wd := t.Weekday(); c.QuietWeekends && (wd == time.Saturday || wd == time.Sunday) {
			load[i] *= 0.4
		}
	}
	return load
}

// noise is a spread between days and an AR(1) within them, with standard
// deviations of 1.5% and 5% at scale 1.
func (c Config) noise(rng *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	phi := c.Autocorrelation
	innovation := math.Sqrt(1 - phi*phi)
	ar, day := rng.NormFloat64(), 0.0
	for i := range out {
		if i%perDay == 0 {
			day = rng.NormFloat64()
		}
		ar = phi*ar + innovation*rng.NormFloat64()
		out[i] = c.Noise * (0.015*day + 0.05*c.Within*ar)
	}
	return out
}

// shared is the part of a KPI's noise, in variance, that its cause gives.
const shared = 0.8

// scope makes all series of the whole or of one service with the given share
// of the traffic.
func (c Config) scope(rng *rand.Rand, load []float64, share float64, service int) map[string][]float64 {
	n := len(load)
	out := map[string][]float64{}
	causes := map[int][]float64{}
	for _, k := range kinds {
		if causes[k.cause] == nil {
			causes[k.cause] = c.noise(rng, n)
		}
		own := c.noise(rng, n)
		values := make([]float64, n)
		for i := range values {
			e := k.noise * (math.Sqrt(shared)*causes[k.cause][i] + math.Sqrt(1-shared)*own[i])
			if k.sampling > 0 {
				requests := max(1, c.RequestsPerMinute*5*load[i]*share)
				e += k.sampling / math.Sqrt(requests) * rng.NormFloat64()
			}
			hour := float64(i%perDay) / perHour
			season := k.season * math.Sin(2*math.Pi*(hour-12)/24)
			values[i] = k.base * math.Exp(e+season) * math.Pow(load[i], k.load)
		}
		c.apply(rng, k.key, service, values)
		out[k.key] = values
	}
	c.traffic(rng, load, share, service, out)
	return out
}

// traffic makes requests, clumped errors, their rate, and availability.
func (c Config) traffic(rng *rand.Rand, load []float64, share float64, service int, out map[string][]float64) {
	n := len(load)
	requests, mean, availability := make([]float64, n), make([]float64, n), make([]float64, n)
	clump, day := 1.0, 1.0
	for i := range load {
		if i%perDay == 0 {
			day = math.Exp(0.05 * rng.NormFloat64())
		}
		if i%perHour == 0 {
			clump = gamma4(rng)
		}
		requests[i] = poisson(rng, c.RequestsPerMinute*5*load[i]*share)
		mean[i] = c.ErrorsPerDay * share / perDay * load[i] * clump * day
		availability[i] = 100
		if rng.Float64() < c.Unavailability/2.5 {
			availability[i] -= 2.5
		}
	}
	c.apply(rng, "errors", service, mean)
	errors := make([]float64, n)
	for i := range errors {
		errors[i] = min(requests[i], poisson(rng, mean[i]))
	}
	c.apply(rng, "availability", service, availability)
	out["requests"], out["errors"], out["availability"] = requests, errors, availability
	rate(out)
}

// rate computes the error rate in percent from requests and errors.
func rate(out map[string][]float64) {
	rates := make([]float64, len(out["requests"]))
	for i, r := range out["requests"] {
		rates[i] = math.NaN()
		if r > 0 {
			rates[i] = 100 * out["errors"][i] / r
		}
	}
	out["error_rate"] = rates
}

// apply puts the effects on one series.
func (c Config) apply(rng *rand.Rand, key string, service int, values []float64) {
	for _, e := range c.Effects {
		if e.Service != 0 && e.Service != service || !slices.Contains(e.KPIs, key) {
			continue
		}
		from := historyLen*perDay + int(math.Round(e.Start*perHour))
		to := len(values)
		if e.Form == Incident {
			to = min(to, historyLen*perDay+int(math.Round(e.End*perHour)))
		}
		for i := max(0, from); i < to; i++ {
			switch e.Form {
			case Step, Incident:
				values[i] *= e.Size
			case Ramp:
				values[i] *= 1 + (e.Size-1)*float64(i-from)/perDay
			case Tail:
				if rng.Float64() < e.Share {
					values[i] *= e.Size
				}
			case Drop:
				values[i] -= e.Size
			}
		}
	}
}

// gamma4 draws from a gamma distribution of shape 4 and mean 1.
func gamma4(rng *rand.Rand) float64 {
	return (rng.ExpFloat64() + rng.ExpFloat64() + rng.ExpFloat64() + rng.ExpFloat64()) / 4
}

// poisson draws a count; large means by the normal approximation.
func poisson(rng *rand.Rand, mean float64) float64 {
	if mean > 50 {
		return max(0, math.Round(mean+math.Sqrt(mean)*rng.NormFloat64()))
	}
	limit, k, p := math.Exp(-mean), 0.0, rng.Float64()
	for p > limit {
		p *= rng.Float64()
		k++
	}
	return k
}
