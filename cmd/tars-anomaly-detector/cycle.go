package main

import (
	"cmp"
	"slices"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
)

// forgetAfter is how long a series may be silent before it is forgotten, in
// milliseconds: two days. Series come and go, and memory must not.
const forgetAfter = 48 * hourMillis

// cycle ends a stretch of input that will go on: silences so far are told. It returns the newest point of all.
func (d *detection) cycle() (end int64) {
	for _, t := range d.series {
		end = max(end, t.last)
	}
	for _, t := range d.series {
		d.cover.Add(detect.Run{From: t.from, To: t.last})
		if g, silent := t.SilentBy(end); silent {
			d.silences = append(d.silences, g)
		}
	}
	slices.SortFunc(d.silences, func(a, b detect.Silence) int {
		return cmp.Or(cmp.Compare(a.Last, b.Last), cmp.Compare(a.Series.Name, b.Series.Name))
	})
	for _, g := range d.silences {
		t := d.series[g.Series.Number]
		if t.silent == g.Last || len(d.series) > 1 && !d.cover.Touches(g.Last+g.Step, g.Until-g.Step) {
			continue
		}
		t.silent = g.Last
		g.Until = g.Last + g.Reach() // as long as it takes to notice; it goes on
		if r := g.Record(); d.event != nil {
			d.event(&r)
		}
	}
	d.silences = d.silences[:0]
	d.cover = detect.Coverage{}
	for _, t := range d.series {
		t.from = t.last
	}
	return end
}

// forget drops the series that have been silent for long, and numbers the rest
// anew.
func (d *detection) forget(end int64, groups *detect.Grouper) {
	var silent []*detect.Series
	for _, t := range d.series {
		if t.last < end-forgetAfter {
			silent = append(silent, t.Series)
		}
	}
	if silent == nil {
		return
	}
	groups.Drop(silent, end)
	d.series = slices.DeleteFunc(d.series, func(t *tracked) bool {
		gone := t.last < end-forgetAfter && !groups.Holds(t.Series)
		if gone {
			delete(d.byName, t.Name)
			t.gone = true
		}
		return gone
	})
	for i, t := range d.series {
		t.Number = i
	}
}
