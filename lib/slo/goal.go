package slo

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
)

// goal is an item of objectives, and what it takes to understand it.
type goal struct {
	field
	kpi              kpi.KPI
	method           field
	threshold, ratio bool
}

func (g goal) read() (kpi.SLO, time.Duration, error) {
	var none kpi.SLO
	if err := g.known("displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow"); err != nil {
		return none, 0, err
	}
	method := g.method.text()
	if method != "Occurrences" && method != "Timeslices" {
		return none, 0, g.method.or(g.field).errorf("budgetingMethod %q is not Occurrences or Timeslices", method)
	}
	target, err := g.target()
	if err != nil {
		return none, 0, err
	}
	var slice time.Duration
	if window := g.get("timeSliceWindow"); window.node != nil {
		if slice, err = window.duration(); err != nil {
			return none, 0, err
		}
	}
	// Without its indicator at hand, op and value tell a threshold.
	if g.threshold || !g.ratio && g.get("value").node != nil {
		slo, err := g.ofThreshold(target)
		return slo, slice, err
	}
	for _, key := range []string{"op", "value"} {
		if at := g.get(key); at.node != nil {
			return none, 0, at.errorf("%s needs a thresholdMetric, and the indicator is a ratioMetric", key)
		}
	}
	if !g.kpi.IsShare() {
		return none, 0, g.errorf("%s is no share of time or requests: it needs a thresholdMetric with op and value", g.kpi.Key)
	}
	if method == "Occurrences" {
		return kpi.SLO{Objective: g.goodShare(target)}, slice, nil
	}
	slo, err := g.ofSlices(target)
	return slo, slice, err
}

// target returns target or targetPercent in percent.
func (g goal) target() (float64, error) {
	share, percent := g.get("target"), g.get("targetPercent")
	if (share.node == nil) == (percent.node == nil) {
		return 0, g.errorf("an objective needs either target or targetPercent")
	}
	at, scale := share, 100.0
	if share.node == nil {
		at, scale = percent, 1
	}
	v, err := at.number()
	if err == nil && !(v > 0 && v*scale < 100) {
		err = at.errorf("%s is %v; it must be above 0 and below %v, which would leave no error budget", at.name, v, 100/scale)
	}
	return tidy(v * scale), err
}

// goodShare turns the percentage that is good into an objective of the KPI.
func (g goal) goodShare(percent float64) float64 {
	if g.kpi.Direction == kpi.HigherIsBetter {
		return percent
	}
	return tidy(100 - percent)
}

// ofThreshold reads op and value: steps that keep the value.
func (g goal) ofThreshold(target float64) (kpi.SLO, error) {
	op, value := g.get("op"), g.get("value")
	if op.node == nil || value.node == nil {
		return kpi.SLO{}, g.errorf("a thresholdMetric needs op and value")
	}
	v, err := value.number()
	if err != nil {
		return kpi.SLO{}, err
	}
	wanted := []string{"lte", "lt"}
	if g.kpi.Direction == kpi.HigherIsBetter {
		wanted = []string{"gte", "gt"}
	}
	switch {
	case g.kpi.Direction == kpi.Neutral:
		return kpi.SLO{}, op.errorf("%s is neither better high nor low: it can have no objective", g.kpi.Key)
	case !slices.Contains(wanted, op.text()):
		return kpi.SLO{}, op.errorf("op %q is not %s, and of %s %s", op.text(), strings.Join(wanted, " or "), g.kpi.Key, strings.ReplaceAll(g.kpi.Direction, "_", " "))
	}
	return kpi.SLO{Objective: v, SlicesPercent: target}, nil
}

// ofSlices reads timeSliceTarget: steps of which that share is good.
func (g goal) ofSlices(target float64) (kpi.SLO, error) {
	at := g.get("timeSliceTarget")
	if at.node == nil {
		return kpi.SLO{}, g.errorf("Timeslices of a ratioMetric need timeSliceTarget")
	}
	v, err := at.number()
	if err == nil && !(v > 0 && v < 1) {
		err = at.errorf("timeSliceTarget is %v; it must be above 0 and below 1", v)
	}
	return kpi.SLO{Objective: g.goodShare(tidy(100 * v)), SlicesPercent: target}, err
}

// tidy takes the binary dust off: 100 - 99.9 is 0.1.
func tidy(percent float64) float64 {
	const digits = 1e9
	return math.Round(percent*digits) / digits
}
