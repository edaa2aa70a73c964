package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// together is how far apart the onsets of findings of one cause may lie: twice
// the two hours within which an onset is found.
const together = 4 * time.Hour

// group finds the regressions that began together, names the group in each of
// them, and says which service carries what the whole shows. Recovered
// incidents have groups of their own.
func group(findings []schema.Finding) []schema.FindingGroup {
	order := make([]int, 0, len(findings))
	for i := range findings {
		if !findings[i].FirstDetected.IsZero() {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(kindOfGroup(&findings[a]), kindOfGroup(&findings[b])),
			findings[a].FirstDetected.Compare(findings[b].FirstDetected.Time))
	})
	var groups []schema.FindingGroup
	for len(order) > 0 {
		first := &findings[order[0]]
		n := 1
		for n < len(order) && kindOfGroup(&findings[order[n]]) == kindOfGroup(first) &&
			findings[order[n]].FirstDetected.Sub(first.FirstDetected.Time) <= together {
			n++
		}
		if n > 1 {
			groups = append(groups, nameGroup(findings, order[:n]))
		}
		order = order[n:]
	}
	return groups
}

func kindOfGroup(f *schema.Finding) string {
	if f.Shape == schema.ShapeIncident {
		return "incident"
	}
	return "level"
}

// nameGroup makes a group of the findings with the given indices.
func nameGroup(findings []schema.Finding, members []int) schema.FindingGroup {
	members = slices.Clone(members)
	slices.Sort(members) // findings are worst first
	onset := findings[members[0]].FirstDetected
	for _, i := range members {
		if findings[i].FirstDetected.Before(onset.Time) {
			onset = findings[i].FirstDetected
		}
	}
	g := schema.FindingGroup{Onset: onset}
	g.Name = kindOfGroup(&findings[members[0]]) + " since " + onset.Format("2006-01-02 15:04")
	services := map[string]bool{}
	var whole []string
	for _, i := range members {
		f := &findings[i]
		f.Group = g.Name
		g.Metrics = append(g.Metrics, f.Name())
		if f.Service != "" {
			services[f.Service] = true
		} else if f.Region == "" {
			whole = append(whole, f.MetricName)
		}
	}
	g.Summary = fmt.Sprintf("%d findings began within %.0f hours of %s, so one cause is likely: %s",
		len(members), together.Hours(), onset.Format("2006-01-02 15:04"), strings.Join(g.Metrics[:min(6, len(g.Metrics))], ", "))
	if more := len(g.Metrics) - 6; more > 0 {
		g.Summary += fmt.Sprintf(" and %d more", more)
	}
	if len(whole) > 0 && len(services) == 1 {
		for name := range services {
			g.Summary += fmt.Sprintf("; service %s carries it", name)
		}
	}
	return g
}
