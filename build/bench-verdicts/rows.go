package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/compare/simulate"
	"github.com/veleron-dev/tars/lib/schema"
)

// row is one line of the table: a kind of week and what must be said of it.
type row struct {
	name string
	// make is the week's configuration; rng places the effect.
	make func(rng *rand.Rand) simulate.Config
	// kpis are those that the effect is on; all for weeks without one.
	kpis []string
	// says are the questions that the row answers.
	says []question
	// null is true for weeks without a change. alarms names, for weeks with
	// one, the null row that the naive rules' limits are moved by.
	null   bool
	alarms string
	// daily looks at every day as the monitor does, too.
	daily bool
	// remove is how many random hours are taken out for a second verdict.
	remove int
}

// question is asked of each week; the share of weeks that answer yes must be at
// most, or at least, the limit in percent.
type question struct {
	name   string
	atMost bool
	limit  float64 // percent; negative: reported only
	yes    func(w *outcome) bool
}

// outcome is one week and what was said of it.
type outcome struct {
	config simulate.Config
	result compare.Result
	// again is the result with hours removed.
	again compare.Result
	// days are the results of looking each day.
	days []compare.Result
	kpis []string
}

var latencies = []string{"p50_latency_ms", "p95_latency_ms", "p99_latency_ms"}

func with(c simulate.Config) func(*rand.Rand) simulate.Config {
	return func(*rand.Rand) simulate.Config { return c }
}

// onset places an effect between the evening of day 1 and the start of day 5.
func onset(rng *rand.Rand) float64 { return 30 + float64(rng.IntN(90*12))/12 }

func effect(c simulate.Config, form string, size float64, kpis ...string) func(*rand.Rand) simulate.Config {
	return func(rng *rand.Rand) simulate.Config {
		c := c
		c.Effects = []simulate.Effect{{Form: form, KPIs: kpis, Start: onset(rng), Size: size, Share: 0.05}}
		if form == simulate.Incident {
			c.Effects[0].Start = 48 + float64(rng.IntN(12))
			c.Effects[0].End = c.Effects[0].Start + 12
		}
		return c
	}
}

func quiet(noise float64, form string, size float64, kpis ...string) func(*rand.Rand) simulate.Config {
	return func(rng *rand.Rand) simulate.Config {
		c := simulate.Config{QuietWeekends: true, GAWeekday: time.Weekday(rng.IntN(7)), Noise: noise}
		if form != "" {
			c = effect(c, form, size, kpis...)(rng)
		}
		return c
	}
}

func noise(scale float64) simulate.Config {
	return simulate.Config{Noise: scale, GAWeekday: time.Tuesday}
}

func history(c simulate.Config) simulate.Config { c.History = true; return c }

var falseAlarm = func(limit float64) []question {
	return []question{
		{"medium or worse", true, limit, func(w *outcome) bool { return worst(w.result, nil, "") >= 2 }},
		{"rollback", true, 0, rollback},
	}
}

func daily(limit float64) []question {
	return []question{{"medium or worse on any day", true, limit, anyDay}, {"rollback on any day", true, 0, anyRollback}}
}

func found(severity string, limit float64) []question {
	rank := schema.SeverityRank(severity)
	return []question{{"found " + severity, false, limit, func(w *outcome) bool { return worst(w.result, w.kpis, "") >= rank }}}
}

// anyDay asks whether one of the seven daily looks raised an alarm.
func anyDay(w *outcome) bool {
	for i := range w.days {
		if drift := w.days[i].Drift(); schema.SeverityRank(drift.WorstSeverity) >= 2 {
			return true
		}
	}
	return false
}

func anyRollback(w *outcome) bool {
	for i := range w.days {
		if w.days[i].Rollback.Advice == schema.AdviceRollback {
			return true
		}
	}
	return false
}

// dayAfter asks whether the step is told on the second day that has it whole.
func dayAfter(w *outcome) bool {
	day := int(w.config.Effects[0].Start/24) + 2
	drift := w.days[min(day, 7)-1].Drift()
	return schema.SeverityRank(drift.WorstSeverity) >= 2
}

func rollback(w *outcome) bool { return w.result.Rollback.Advice == schema.AdviceRollback }

// worst is the rank of the worst regression of the KPIs (all when nil) in a
// service ("" anywhere).
func worst(r compare.Result, kpis []string, service string) int {
	rank := 0
	for i := range r.Regressions {
		f := &r.Regressions[i]
		if (kpis == nil || slices.Contains(kpis, f.MetricName)) && (service == "" || f.Service == service) {
			rank = max(rank, schema.SeverityRank(f.Severity))
		}
	}
	return rank
}

// onsetWithin asks whether the first finding's onset is within the hours.
func onsetWithin(hours float64) func(*outcome) bool {
	return func(w *outcome) bool {
		truth := w.result.Start.Add(time.Duration(w.config.Effects[0].Start * float64(time.Hour)))
		for i := range w.result.Regressions {
			f := &w.result.Regressions[i]
			if f.Shape == schema.ShapeIncident || !slices.Contains(w.kpis, f.MetricName) {
				continue
			}
			return f.FirstDetected.Sub(truth).Abs().Hours() <= hours
		}
		return false
	}
}

// nominal is what 400 weeks can tell of a coverage of 95%: less two standard
// errors.
const nominal = 95 - 2*1.09

// covered asks whether the interval of p99's shift holds the truth.
func covered(w *outcome) bool {
	for i := range w.result.Comparisons {
		c := &w.result.Comparisons[i]
		if c.MetricName == "p99_latency_ms" && c.Evidence != nil && c.Evidence.ShiftLow != nil {
			truth := 100 * (w.config.Effects[0].Size - 1)
			return *c.Evidence.ShiftLow <= truth && truth <= *c.Evidence.ShiftHigh
		}
	}
	return false
}

func toldRecovered(w *outcome) bool {
	for i := range w.result.Regressions {
		f := &w.result.Regressions[i]
		if slices.Contains(w.kpis, f.MetricName) && f.Standing != nil && !*f.Standing {
			return true
		}
	}
	return false
}

func blamed(w *outcome) bool {
	for i := range w.result.Regressions {
		f := &w.result.Regressions[i]
		if f.Service != "" && f.Service != "service-3" && schema.SeverityRank(f.Severity) >= 2 {
			return true
		}
	}
	return false
}

// changed asks whether removing hours changed the verdict: the assessment, the
// advice, or what is found medium or worse.
func changed(w *outcome) bool {
	return verdict(w.result) != verdict(w.again)
}

func verdict(r compare.Result) string {
	assessment, _ := r.Assess()
	var b strings.Builder
	b.WriteString(assessment + " " + r.Rollback.Advice)
	var names []string
	for i := range r.Regressions {
		if f := &r.Regressions[i]; schema.SeverityRank(f.Severity) >= 2 {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names)
	b.WriteString(strings.Join(names, ", "))
	return b.String()
}

func rows() []row {
	ord := noise(1)
	list := []row{
		{name: "nothing, ordinary", make: with(ord), null: true, says: falseAlarm(1)},
		{name: "nothing, low traffic", make: with(simulate.Config{RequestsPerMinute: 20, ErrorsPerDay: 20, GAWeekday: time.Tuesday}), null: true, says: falseAlarm(1)},
		{name: "nothing, 100 errors a day", make: with(simulate.Config{RequestsPerMinute: 200, ErrorsPerDay: 100, GAWeekday: time.Tuesday}), null: true, says: falseAlarm(1)},
		{name: "nothing, quiet weekends", make: quiet(1, "", 0), null: true, says: falseAlarm(1)},
		{name: "nothing, twice", make: with(noise(2)), null: true, says: falseAlarm(2)},
		{name: "nothing, three times", make: with(noise(3)), null: true, says: falseAlarm(2)},
		{name: "nothing, quiet weekends, twice", make: quiet(2, "", 0), null: true, says: falseAlarm(2)},
		{name: "nothing, 0.99, twice", make: with(simulate.Config{Noise: 2, Autocorrelation: 0.99, GAWeekday: time.Tuesday}), null: true, says: falseAlarm(2)},
		{name: "nothing, 0.99, three times", make: with(simulate.Config{Noise: 3, Autocorrelation: 0.99, GAWeekday: time.Tuesday}), null: true, says: falseAlarm(3)},
		{name: "nothing, twice, hours calm", make: with(simulate.Config{Noise: 2, Within: 0.3, GAWeekday: time.Tuesday}), null: true, says: falseAlarm(2)},
		{name: "nothing, three times, hours calm", make: with(simulate.Config{Noise: 3, Within: 0.3, GAWeekday: time.Tuesday}), null: true, says: falseAlarm(2)},
		{name: "nothing, three times, history", make: with(history(noise(3))), null: true, says: falseAlarm(2)},
		{name: "nothing, quiet weekends, history", make: func(rng *rand.Rand) simulate.Config { return history(quiet(1, "", 0)(rng)) }, null: true, says: falseAlarm(1)},
		{name: "nothing, budget overspent on GA day", make: with(simulate.Config{RequestsPerMinute: 200, ErrorsPerDay: 1000, Unavailability: 0.3, GAWeekday: time.Tuesday}), null: true, says: falseAlarm(1)},
		{name: "nothing, seven daily looks", make: with(ord), daily: true, says: daily(1)},
		{name: "nothing, seven daily looks, twice", make: with(noise(2)), daily: true, says: daily(2)},
		{name: "nothing, seven daily looks, 0.99, twice", make: with(simulate.Config{Noise: 2, Autocorrelation: 0.99, GAWeekday: time.Tuesday}), daily: true, says: daily(2)},
		{name: "nothing, seven daily looks, quiet weekends", make: quiet(1, "", 0), daily: true, says: daily(1)},
		{name: "nothing, eight services", make: with(simulate.Config{Services: 8, GAWeekday: time.Tuesday}), null: true, says: falseAlarm(1)},
	}
	step := func(name string, c simulate.Config, size float64, severity string, limit float64, alarms string) row {
		return row{name: name, make: effect(c, simulate.Step, size, latencies...), kpis: latencies, says: found(severity, limit), alarms: alarms}
	}
	list = append(list,
		step("latency +20%, ordinary", ord, 1.2, "medium", 99, "nothing, ordinary"),
		step("latency +20%, twice", noise(2), 1.2, "medium", 93, "nothing, twice"),
		step("latency +20%, three times", noise(3), 1.2, "medium", -1, "nothing, three times"),
		step("latency +20%, three times, history", history(noise(3)), 1.2, "medium", 85, "nothing, three times"),
		step("latency +40%, ordinary", ord, 1.4, "high", 99, "nothing, ordinary"),
		step("latency +40%, twice", noise(2), 1.4, "high", 99, "nothing, twice"),
		step("latency +40%, three times", noise(3), 1.4, "high", 95, "nothing, three times"),
	)
	for i := range list {
		switch list[i].name {
		case "latency +20%, ordinary":
			list[i].says = append(list[i].says, question{"onset within 2 h", false, 95, onsetWithin(2)})
		case "latency +40%, ordinary":
			list[i].says = append(list[i].says, question{"onset within 2 h", false, 98, onsetWithin(2)},
				question{"95% interval covers the truth", false, nominal, covered})
		case "latency +40%, twice":
			list[i].says = append(list[i].says, question{"95% interval covers the truth", false, nominal, covered})
		}
	}
	errors := []string{"errors"}
	judged := []string{"error_rate"}
	one := []string{"p99_latency_ms"}
	return append(list,
		row{name: "cpu +40%, quiet weekends", make: quiet(1, simulate.Step, 1.4, "cpu_percent"), kpis: []string{"cpu_percent"}, says: found("medium", 98), alarms: "nothing, quiet weekends"},
		row{name: "latency +20%, quiet weekends", make: quiet(1, simulate.Step, 1.2, latencies...), kpis: latencies, says: found("medium", 98), alarms: "nothing, quiet weekends"},
		row{name: "errors x3 at 1000 a day", make: effect(ord, simulate.Step, 3, errors...), kpis: judged, says: found("medium", 99), alarms: "nothing, ordinary"},
		row{name: "errors x3 at 20 a day", make: effect(simulate.Config{RequestsPerMinute: 20, ErrorsPerDay: 20, GAWeekday: time.Tuesday}, simulate.Step, 3, errors...), kpis: judged, says: found("medium", 93), alarms: "nothing, low traffic"},
		row{name: "5 errors a day: unknown", make: with(simulate.Config{RequestsPerMinute: 20, ErrorsPerDay: 5, GAWeekday: time.Tuesday}), says: []question{{"error rate unknown", false, 99, errorsUnknown}}},
		row{name: "tail only", make: effect(ord, simulate.Tail, 4, latencies...), kpis: latencies, says: found("medium", 95), alarms: "nothing, ordinary"},
		row{name: "ramp 3% a day, three latencies", make: effect2(simulate.Ramp, 1.03, latencies...), kpis: latencies, says: found("low", 98), alarms: "nothing, ordinary"},
		row{name: "ramp 3% a day, one latency", make: effect2(simulate.Ramp, 1.03, one...), kpis: one, says: found("low", 88), alarms: "nothing, ordinary"},
		row{name: "ramp 3% a day, memory", make: effect2(simulate.Ramp, 1.03, "memory_percent"), kpis: []string{"memory_percent"}, says: found("low", 95), alarms: "nothing, ordinary"},
		row{name: "improvement of 30%", make: effect(ord, simulate.Step, 0.7, latencies...), kpis: latencies, says: []question{
			{"called a regression", true, 0, func(w *outcome) bool { return levelBlamed(w) }}, {"rollback", true, 0, rollback},
		}},
		row{name: "one service of eight +60%", make: func(rng *rand.Rand) simulate.Config {
			c := effect(simulate.Config{Services: 8, GAWeekday: time.Tuesday}, simulate.Step, 1.6, latencies...)(rng)
			c.Effects[0].Service = 3
			return c
		}, kpis: latencies, says: []question{
			{"named", false, 95, func(w *outcome) bool { return worst(w.result, latencies, "service-3") >= 2 }},
			{"another blamed", true, 1, blamed},
		}},
		row{name: "incident of 12 h on day 2, latency x2", make: effect(ord, simulate.Incident, 2, latencies...), kpis: latencies, says: []question{
			{"told as recovered", false, 98, toldRecovered}, {"rollback", true, 0.5, rollback},
		}},
		row{name: "incident of 12 h on day 2, errors x10", make: effect(ord, simulate.Incident, 10, errors...), kpis: judged, says: []question{
			{"told as recovered", false, 98, toldRecovered}, {"rollback", true, 0.5, rollback},
		}},
		row{name: "latency x2.1 standing", make: effect(ord, simulate.Step, 2.1, latencies...), kpis: latencies, says: []question{{"rollback", false, 99, rollback}}},
		row{name: "availability 98.9% standing", make: effect(ord, simulate.Drop, 1.05, "availability"), kpis: []string{"availability"}, says: []question{{"rollback", false, 99, rollback}}},
		row{name: "latency +40%, seven daily looks", make: effect(ord, simulate.Step, 1.4, latencies...), daily: true, says: []question{{"told the day after", false, 95, dayAfter}}},
		row{name: "6 of 192 hours removed, nothing changed", make: with(ord), remove: 6, says: []question{{"verdict changed", true, 2, changed}}},
		row{name: "6 of 192 hours removed, latency +20%", make: effect(ord, simulate.Step, 1.2, latencies...), kpis: latencies, remove: 6, says: []question{{"verdict changed", true, 2, changed}}},
		row{name: "6 of 192 hours removed, incident", make: effect(ord, simulate.Incident, 2, latencies...), kpis: latencies, remove: 6, says: []question{{"verdict changed", true, 2, changed}}},
		row{name: "6 of 192 hours removed, errors x3", make: effect(ord, simulate.Step, 3, errors...), kpis: judged, remove: 6, says: []question{{"verdict changed", true, 2, changed}}},
		row{name: "6 of 192 hours removed, availability 98.9%", make: effect(ord, simulate.Drop, 1.05, "availability"), kpis: []string{"availability"}, remove: 6, says: []question{{"verdict changed", true, 2, changed}}},
		row{name: "6 of 192 hours removed, latency +40%", make: effect(ord, simulate.Step, 1.4, latencies...), kpis: latencies, remove: 6, says: []question{{"verdict changed", true, 2, changed}}},
	)
}

// effect2 is an effect from the start of day 1 to the first of day 2 on, so
// that a ramp has come far by the end.
func effect2(form string, size float64, kpis ...string) func(*rand.Rand) simulate.Config {
	return func(rng *rand.Rand) simulate.Config {
		c := noise(1)
		c.Effects = []simulate.Effect{{Form: form, KPIs: kpis, Start: 24 + float64(rng.IntN(24)), Size: size}}
		return c
	}
}

func levelBlamed(w *outcome) bool {
	for i := range w.result.Regressions {
		if f := &w.result.Regressions[i]; slices.Contains(w.kpis, f.MetricName) && f.Shape != schema.ShapeIncident {
			return true
		}
	}
	return false
}

func errorsUnknown(w *outcome) bool {
	for i := range w.result.Unknown {
		if w.result.Unknown[i].MetricName == "error_rate" {
			return true
		}
	}
	return false
}
