package tool

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// Set by release builds with -ldflags "-X ...lib/tool.version=v1.2.3"; a build
// by go install or go build tells the same from its build information.
var version, commit, date string

// Version returns version, commit and date of this build in one line. What is
// not known is said so.
func Version() string {
	v, c, d := version, commit, date
	if v != "" && c != "" && d != "" {
		return fmt.Sprintf("%s (commit %s, %s)", v, c, d)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		if v == "" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && c == "":
				c = s.Value
			case s.Key == "vcs.time" && d == "":
				d = s.Value
			}
		}
	}
	return fmt.Sprintf("%s (commit %s, %s)", or(v, "(devel)"), or(c, "unknown"), or(d, "date unknown"))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// versionFlag prints the version and exits, whatever else the line says.
type versionFlag bool

// What ends the parsing when the command line asks for the version: it has it, or
// it could not be written.
var (
	errAnswered  = errors.New("answered")
	errUnwritten = errors.New("writing stdout")
)

// BeforeReset is called by kong when the flag is met.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	if _, err := fmt.Fprintln(app.Stdout, app.Model.Name, Version()); err != nil {
		return fmt.Errorf("%w: %w", errUnwritten, err)
	}
	return errAnswered
}
