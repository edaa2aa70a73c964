package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
)

// checkpointKind and checkpointVersion say what a state file is. It is private
// to this tool: another version refuses it rather than misread it.
const (
	checkpointKind    = "tars_anomaly_detector_state"
	checkpointVersion = 1
)

// checkpoint is all that a watch needs to go on where it was.
type checkpoint struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	// Settings must be those of the run that goes on.
	Settings schema.DetectorSettings `json:"settings"`
	// Output is the committed length of the output, in bytes.
	Output int64 `json:"output"`
	// Start is where the watch began; its steps are counted from there. Cursor
	// is the last step that was read. Both in Unix milliseconds, 0 with --follow.
	Start  int64 `json:"start,omitempty"`
	Cursor int64 `json:"cursor,omitempty"`
	kpiChoices
	Series    []trackedState         `json:"series"`
	Incidents []detect.IncidentState `json:"incidents"`
}

// trackedState is a series with what the detection knows of it.
type trackedState struct {
	detect.SeriesState
	From   int64       `json:"from"`
	Opened int64       `json:"opened,omitempty"`
	Up     bool        `json:"up,omitempty"`
	Silent int64       `json:"silent,omitempty"`
	Level  *levelState `json:"level,omitempty"`
}

// levelState is the watch on the level of a series.
type levelState struct {
	Ref    schema.Values `json:"ref"`
	Spread float64       `json:"spread"`
	Known  int           `json:"known"`
	Recent schema.Values `json:"recent"`
	N      int           `json:"n"`
	Hour   int64         `json:"hour"`
	Sum    float64       `json:"sum"`
	Count  int           `json:"count"`
	Out    bool          `json:"out,omitempty"`
}

// readCheckpoint returns nil when there is none yet.
func readCheckpoint(path string, want schema.DetectorSettings) (*checkpoint, error) {
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the checkpoint: %w", err)
	}
	c := &checkpoint{}
	if err := json.Unmarshal(body, c); err != nil || c.Kind != checkpointKind {
		return nil, fmt.Errorf("reading the checkpoint: %s is no state of this tool; name another --state, or remove it to begin anew", path)
	}
	if c.Version != checkpointVersion {
		return nil, fmt.Errorf("reading the checkpoint: %s is of version %d, this tool knows %d; remove it to begin anew", path, c.Version, checkpointVersion)
	}
	had, wants := fmt.Sprint(words(c.Settings)), fmt.Sprint(words(want))
	if had != wants {
		return nil, fmt.Errorf("reading the checkpoint: %s was made with %s, this run has %s; use the same settings, or remove it to begin anew", path, had, wants)
	}
	return c, nil
}

// words spells out the settings that a state depends on.
func words(s schema.DetectorSettings) string {
	if s.ZThreshold == nil {
		return s.Method
	}
	return fmt.Sprintf("%s, z threshold %v, alpha %v, window %d", s.Method, *s.ZThreshold, *s.EWMAAlpha, s.Window)
}

// save returns the state of the detection and of its incidents.
func (d *detection) save(groups *detect.Grouper) *checkpoint {
	c := &checkpoint{
		Kind: checkpointKind, Version: checkpointVersion, Settings: *settingsOf(d.settings),
		Series: []trackedState{}, Incidents: groups.Save(),
	}
	for _, t := range d.series {
		state := trackedState{SeriesState: t.Save(), From: t.from, Opened: t.opened, Up: t.up, Silent: t.silent}
		if l := t.level; l != nil {
			state.Level = &levelState{
				Ref: append(schema.Values{}, l.ref[:]...), Spread: l.spread, Known: l.known,
				Recent: append(schema.Values{}, l.recent[:]...), N: l.n, Hour: l.hour, Sum: l.sum, Count: l.count, Out: l.out,
			}
		}
		c.Series = append(c.Series, state)
	}
	return c
}

// load takes over a state.
func (d *detection) load(c *checkpoint, groups *detect.Grouper) error {
	for _, state := range c.Series {
		t := d.track(state.Metric, state.Labels)
		if err := t.Load(state.SeriesState); err != nil {
			return err
		}
		t.seeded = true // what it has learnt is in the state
		t.from, t.last, t.opened, t.up, t.silent = state.From, state.Last, state.Opened, state.Up, state.Silent
		if l := state.Level; l != nil {
			t.level = &level{spread: l.Spread, known: l.Known, n: l.N, hour: l.Hour, sum: l.Sum, count: l.Count, out: l.Out}
			copy(t.level.ref[:], l.Ref)
			copy(t.level.recent[:], l.Recent)
		}
	}
	return groups.Load(c.Incidents, func(name string) *detect.Series {
		if t, ok := d.byName[name]; ok {
			return t.Series
		}
		return nil
	})
}
