package kpi

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Choice is the flags that choose a catalogue.
type Choice struct {
	KPIs   string `name:"kpis" help:"KPI catalogue to use (YAML)." env:"TARS_KPIS" placeholder:"FILE"`
	Preset string `help:"Built-in KPI catalogue: {presets} (default tars)." env:"TARS_PRESET" placeholder:"NAME"`
}

// HelpVars names the presets in the help text.
func (c *Choice) HelpVars() map[string]string {
	return map[string]string{"presets": strings.Join(Presets(), ", ")}
}

// Given reports whether a flag chooses.
func (c *Choice) Given() bool { return c.KPIs != "" || c.Preset != "" }

// Catalogue returns the chosen catalogue, or the default one.
func (c *Choice) Catalogue() (*Catalogue, error) {
	switch {
	case c.KPIs != "" && c.Preset != "":
		return nil, errors.New("choosing the KPI catalogue: --kpis and --preset exclude each other")
	case c.KPIs != "":
		text, err := os.ReadFile(c.KPIs)
		if err != nil {
			return nil, fmt.Errorf("reading the KPI catalogue: %w", err)
		}
		return Parse(c.KPIs, text)
	case c.Preset != "":
		catalogue, err := Preset(c.Preset)
		if err != nil {
			return nil, fmt.Errorf("choosing the KPI catalogue: %w", err)
		}
		return catalogue, nil
	}
	return Preset(DefaultPreset)
}
