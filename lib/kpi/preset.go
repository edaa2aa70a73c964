package kpi

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed presets
var embedded embed.FS

// DefaultPreset is the catalogue in force when nothing else is asked for.
const DefaultPreset = "tars"

// Presets returns the names of the built-in catalogues, sorted.
func Presets() []string { return builtIn("presets") }

// bases returns the names that based_on may have: the presets, and the parts
// that presets are made of.
func bases() []string { return append(Presets(), builtIn("presets/parts")...) }

func builtIn(folder string) []string {
	files, err := fs.Glob(embedded, folder+"/*.yaml")
	if err != nil {
		return nil // the pattern is a constant
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(file, folder+"/"), ".yaml")
	}
	return files
}

// Preset returns the built-in catalogue of that name.
func Preset(name string) (*Catalogue, error) {
	names := Presets()
	if !slices.Contains(names, name) {
		return nil, fmt.Errorf("no preset %q%s; there are %s", name, didYouMean(name, names), strings.Join(names, ", "))
	}
	text, err := embedded.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("reading preset %s: %w", name, err)
	}
	return Parse("preset "+name, text)
}

// base returns a catalogue that others are based on, before defaults.
func base(name string) (*draft, error) {
	for _, folder := range []string{"presets/", "presets/parts/"} {
		if text, err := embedded.ReadFile(folder + name + ".yaml"); err == nil {
			return read(text)
		}
	}
	names := bases()
	return nil, fmt.Errorf("based_on %q%s; there are %s", name, didYouMean(name, names), strings.Join(names, ", "))
}

// platform is where the category defaults and health weights stand that hold
// for a catalogue without its own.
var platform = sync.OnceValues(func() (*draft, error) { return base("platform") })
