package slo_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
)

var (
	begin = time.Date(2025, 11, 19, 0, 0, 0, 0, time.UTC)
	nan   = math.NaN()
)

// steps are five minutes each.
const (
	perHour = 12
	perDay  = 24 * perHour
)

// constant returns n steps of a value.
func constant(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func setFrom(values []float64, from, n int, v float64) []float64 {
	copy(values[from:], constant(n, v))
	return values
}

func at(start time.Time, values []float64) schema.KPI {
	return schema.KPI{
		Stats:  &schema.Stats{Mean: schema.Num(0), Count: len(values)},
		Series: &schema.Series{Start: schema.At(start), StepSeconds: 300, Values: values},
	}
}

// alerts returns those of one KPI, by period and long window.
func alerts(t *testing.T, key string, days ...schema.KPIs) map[int]map[time.Duration]schema.SLOBurnAlert {
	t.Helper()
	var list []slo.Day
	for i, kpis := range days {
		list = append(list, slo.Day{Number: i + 1, Hours: 24, Seen: 24, KPIs: kpis})
	}
	out := map[int]map[time.Duration]schema.SLOBurnAlert{7: {}, 30: {}}
	for _, b := range slo.BurnDowns(catalogue(t), list) {
		for _, a := range b.BurnAlerts {
			if b.KPI == key {
				out[a.PeriodDays][time.Duration(a.LongSeconds)*time.Second] = a
			}
		}
	}
	return out
}

func day(n int, values []float64) schema.KPIs {
	return schema.KPIs{"availability": at(begin.AddDate(0, 0, n), values)}
}

// The pairs spend the shares of the budget that they are known by.
func TestPairsSpendWhatTheyAreKnownBy(t *testing.T) {
	want := map[int][]float64{7: {8, 12.5, 20, 42}, 30: {2, 5, 10, 10}}
	got := map[int][]float64{}
	for _, p := range slo.Pairs {
		got[p.PeriodDays] = append(got[p.PeriodDays], 100*p.Threshold*p.Long.Hours()/(24*float64(p.PeriodDays)))
		if 12*p.Short != p.Long {
			t.Errorf("the short window of %v is %v, not a twelfth", p.Long, p.Short)
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("percent of the budget (-want +got):\n%s", diff)
	}
}

func TestAnOutageFiresAndEnds(t *testing.T) {
	got := alerts(t, "availability", day(0, setFrom(constant(perDay, 100), 10*perHour, perHour, 50)))
	ended := schema.At(begin.Add(11*time.Hour + 5*time.Minute))
	want := []schema.SLOFiring{{Started: schema.At(begin.Add(10*time.Hour + 5*time.Minute)), Ended: &ended}}
	fast := got[7][time.Hour]
	if diff := cmp.Diff(want, fast.Firings); diff != "" {
		t.Errorf("firings (-want +got):\n%s", diff)
	}
	if fast.PeakBurnRate == nil || math.Abs(*fast.PeakBurnRate-500) > 1e-6 || *fast.LongBurnRate != 0 || *fast.ShortBurnRate != 0 {
		t.Errorf("peak %v, at the end %v and %v", *fast.PeakBurnRate, *fast.LongBurnRate, *fast.ShortBurnRate)
	}
	// An hour at burn 500 is a day and more of everything.
	if slow := got[30][24*time.Hour]; len(slow.Firings) != 1 || slow.Severity != "ticket" {
		t.Errorf("the slow pair: %+v", slow)
	}
	if unknown := got[7][72*time.Hour]; unknown.LongBurnRate != nil || unknown.PeakBurnRate != nil || len(unknown.Firings) != 0 {
		t.Errorf("three days are judged from one: %+v", unknown)
	}
}

func TestASlowBurnStillFiresAtTheEnd(t *testing.T) {
	got := alerts(t, "availability", day(0, constant(perDay, 99.901)), day(1, constant(perDay, 99.901)))
	week := got[7][72*time.Hour]
	want := []schema.SLOFiring{{Started: schema.At(begin.Add(36 * time.Hour))}}
	if diff := cmp.Diff(want, week.Firings); diff != "" {
		t.Errorf("firings of the week's pair (-want +got):\n%s", diff)
	}
	if month := got[30][72*time.Hour]; len(month.Firings) != 0 {
		t.Errorf("0.99 fires at 1: %+v", month)
	}
}

// A hole is neither good nor bad: the rate is of what was seen.
func TestAHoleIsNotGood(t *testing.T) {
	values := constant(perDay, 99)
	setFrom(values, 20*perHour, 2*perHour, nan)
	got := alerts(t, "availability", day(0, values))[30][6*time.Hour]
	if got.LongBurnRate == nil || math.Abs(*got.LongBurnRate-10) > 1e-6 {
		t.Errorf("burn rate %v, want 10", got.LongBurnRate)
	}
	setFrom(values, 19*perHour, 4*perHour, nan)
	if got := alerts(t, "availability", day(0, values))[30][6*time.Hour]; got.LongBurnRate != nil {
		t.Errorf("burn rate %v of two hours in six", *got.LongBurnRate)
	}
}

// An error in a quiet hour weighs what it is: a share of requests.
func TestErrorsWeighByRequests(t *testing.T) {
	errors, requests := constant(perDay, 0), constant(perDay, 1000)
	setFrom(errors, 23*perHour, perHour/2, 100)
	setFrom(requests, 23*perHour, perHour/2, 10)
	got := alerts(t, "error_rate", schema.KPIs{"error_rate": at(begin, errors), "requests": at(begin, requests)})
	want := 100 * (6 * 10.) / (6*10 + 6*1000) / 0.1
	if rate := got[7][time.Hour].LongBurnRate; rate == nil || math.Abs(*rate-want) > 1e-6 {
		t.Errorf("burn rate %v, want %v", rate, want)
	}
	// Nobody asked: nothing failed, and the time was seen.
	setFrom(errors, 22*perHour, 2*perHour, nan)
	setFrom(requests, 22*perHour, 2*perHour, 0)
	got = alerts(t, "error_rate", schema.KPIs{"error_rate": at(begin, errors), "requests": at(begin, requests)})
	if rate := got[7][time.Hour].LongBurnRate; rate == nil || *rate != 0 {
		t.Errorf("burn rate %v of an hour without requests", rate)
	}
}

// Making any step worse lowers no burn rate and ends no firing early.
func TestWorseNeverBurnsLess(t *testing.T) {
	c := catalogue(t)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Just(100.), rapid.Float64Range(95, 100), rapid.Just(nan)), 1, 400).Draw(t, "values")
		i := rapid.IntRange(0, len(values)-1).Draw(t, "step")
		worse := append([]float64(nil), values...)
		worse[i] -= rapid.Float64Range(0, 50).Draw(t, "by")
		a, b := burn(c, values), burn(c, worse)
		for p := range a {
			for _, pair := range [][2]*float64{
				{a[p].PeakBurnRate, b[p].PeakBurnRate}, {a[p].LongBurnRate, b[p].LongBurnRate}, {a[p].ShortBurnRate, b[p].ShortBurnRate},
			} {
				if (pair[0] == nil) != (pair[1] == nil) || pair[0] != nil && *pair[1] < *pair[0]-1e-6 {
					t.Fatalf("%+v became %+v", a[p], b[p])
				}
			}
		}
	})
}

func burn(c *kpi.Catalogue, values []float64) []schema.SLOBurnAlert {
	for _, b := range slo.BurnDowns(c, []slo.Day{{Number: 1, Hours: 24, Seen: 24, KPIs: day(0, values)}}) {
		if b.KPI == "availability" {
			return b.BurnAlerts
		}
	}
	return nil
}
