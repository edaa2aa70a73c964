package schema

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// UnmarshalJSON also reads older degradations: the day as "Day 3", the severity
// in capitals.
func (d *Degradation) UnmarshalJSON(b []byte) error {
	type plain Degradation
	old := struct {
		*plain
		DayOccurred json.RawMessage `json:"day_occurred"`
	}{plain: (*plain)(d)}
	if err := json.Unmarshal(b, &old); err != nil {
		return err
	}
	d.DayOccurred = dayOf(text(old.DayOccurred))
	if d.DayOccurred != nil && len(d.Days) == 0 {
		d.Days = []int{*d.DayOccurred}
	}
	d.Severity = strings.ToLower(d.Severity)
	return nil
}

// dayOf reads the number of a day from "3", "Day 3" or "day_03"; nil when there
// is none.
func dayOf(s string) *int {
	day, err := strconv.Atoi(strings.TrimLeft(strings.ToLower(s), "day_ "))
	if err != nil || day < 0 {
		return nil
	}
	return &day
}

// UnmarshalJSON also reads older budgets, whose days are a list or an object of
// booleans, or of numbers that say nothing without their objective.
func (s *SLOBurnDown) UnmarshalJSON(b []byte) error {
	type plain SLOBurnDown
	old := struct {
		*plain
		ComplianceByDay json.RawMessage `json:"compliance_by_day"`
	}{plain: (*plain)(s)}
	if err := json.Unmarshal(b, &old); err != nil {
		return err
	}
	s.ComplianceByDay = []SLODay{}
	if len(old.ComplianceByDay) == 0 || json.Unmarshal(old.ComplianceByDay, &s.ComplianceByDay) == nil {
		return nil
	}
	s.ComplianceByDay = []SLODay{}
	var list []any
	var days map[string]any
	switch {
	case json.Unmarshal(old.ComplianceByDay, &list) == nil:
		for i, v := range list {
			s.ComplianceByDay = append(s.ComplianceByDay, SLODay{DayNumber: i + 1, Met: boolean(v)})
		}
	case json.Unmarshal(old.ComplianceByDay, &days) == nil:
		for name, v := range days {
			if n := dayOf(name); n != nil {
				s.ComplianceByDay = append(s.ComplianceByDay, SLODay{DayNumber: *n, Met: boolean(v)})
			}
		}
		slices.SortFunc(s.ComplianceByDay, func(a, b SLODay) int { return a.DayNumber - b.DayNumber })
	}
	return nil
}

func boolean(v any) *bool {
	if b, ok := v.(bool); ok {
		return &b
	}
	return nil
}

// UnmarshalJSON also reads an older breakdown, of which only numbers are taken.
func (c *CostAnalysis) UnmarshalJSON(b []byte) error {
	type plain CostAnalysis
	old := struct {
		*plain
		CostBreakdown map[string]any `json:"cost_breakdown"`
	}{plain: (*plain)(c)}
	if err := json.Unmarshal(b, &old); err != nil {
		return err
	}
	c.CostBreakdown = nil
	for name, v := range old.CostBreakdown {
		if amount, ok := v.(float64); ok {
			if c.CostBreakdown == nil {
				c.CostBreakdown = map[string]float64{}
			}
			c.CostBreakdown[name] = amount
		}
	}
	return nil
}

// adoptFlat fills what an older file says under another name, and leaves out
// what it says without words.
func (r *Retrospective) adoptFlat([]byte) error {
	if r.GeneratedAt.IsZero() {
		r.GeneratedAt = r.GenerationTimestamp
	}
	silent := func(s Statement) bool { return s.Description == "" }
	r.Successes = slices.DeleteFunc(r.Successes, silent)
	r.ProcessImprovements = slices.DeleteFunc(r.ProcessImprovements, silent)
	for i := range r.ActionItems {
		a := &r.ActionItems[i]
		if len(a.Priority) > 2 { // "P0 - critical"
			a.Priority = a.Priority[:2]
		}
	}
	return nil
}
