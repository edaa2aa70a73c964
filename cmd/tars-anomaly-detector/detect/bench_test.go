package detect

import "testing"

// BenchmarkPush judges and learns one point of a week without change.
func BenchmarkPush(b *testing.B) {
	week := unchangedWeek(1)[0]
	for _, test := range []struct {
		name, method string
		eventsOnly   bool
	}{
		{"ewma/scores", MethodEWMA, false},
		{"ewma/events", MethodEWMA, true},
		{"adaptive", MethodAdaptive, false},
	} {
		b.Run(test.name, func(b *testing.B) {
			settings := DefaultSettings(test.method)
			settings.EventsOnly = test.eventsOnly
			s := NewSeries(Key{Metric: "m"}, &settings)
			i := 0
			for b.Loop() {
				s.Push(int64(i+1)*fiveMin, week[i%len(week)])
				i++
			}
		})
	}
}
