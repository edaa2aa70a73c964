package slo

import (
	"fmt"
	"os"

	"github.com/veleron-dev/tars/lib/kpi"
)

// Flags are the flags that choose a catalogue and the objectives in it.
type Flags struct {
	kpi.Choice

	SLO []string `name:"slo" help:"Objectives from OpenSLO v1 files, in place of the catalogue's." placeholder:"FILE"`
}

// Catalogue returns the chosen catalogue with the objectives of the files.
func (f *Flags) Catalogue() (*kpi.Catalogue, error) {
	c, err := f.Choice.Catalogue()
	if err != nil {
		return nil, err
	}
	return f.Apply(c)
}

// Apply puts the objectives of the files into a catalogue.
func (f *Flags) Apply(c *kpi.Catalogue) (*kpi.Catalogue, error) {
	for _, path := range f.SLO {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading the objectives: %w", err)
		}
		objectives, err := ParseOpenSLO(path, text, c)
		if err != nil {
			return nil, err
		}
		if c, err = WithObjectives(c, objectives); err != nil {
			return nil, err
		}
	}
	return c, nil
}
