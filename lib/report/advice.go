package report

import "github.com/veleron-dev/tars/lib/schema"

// AdviceGauge returns the advice on rollback that a document of the given kind
// gives, as one sample for each word it could have said: 1 for the one it said,
// 0 for the others. Unknown is a word of its own, so that an alert can tell it
// from a document that is missing.
func AdviceGauge(kind, advice string, common map[string]string) Gauge {
	g := Gauge{Name: "tars_rollback_advice", Help: "1 for the advice on rollback that is given, 0 for the others."}
	for _, word := range []string{schema.AdviceKeep, schema.AdviceRollback, schema.AdviceUnknown} {
		given := 0.0
		if advice == word {
			given = 1
		}
		l := withKind(common, kind)
		l["advice"] = word
		g.Samples = append(g.Samples, Sample{l, &given})
	}
	return g
}
