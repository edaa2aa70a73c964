// Package tool is the frame that every tars command stands in: it parses the
// command line, runs the command, prints its one error line and picks the exit
// status. It is the only package that knows the flag parser and the only one
// that prints errors.
//
// A command is a struct with kong tags that embeds Frame and Output:
//
//	func main() {
//		os.Exit(tool.Main("tars-retro", &command{}, os.Args[1:],
//			tool.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now}))
//	}
package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/veleron-dev/tars/lib/schema"
)

// Streams are a command's connections to the world.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Now is the clock; --now overrides it.
	Now func() time.Time
	// Log writes to Err; set by Main.
	Log *slog.Logger
}

// Command is one tool. Run returns nil, or an error that Main prints; Usagef
// and Gate make errors with an exit status of their own.
type Command interface {
	Run(ctx context.Context, s *Streams) error
	framed
	emitter
}

// framed and emitter are what embedding Frame and Output gives a command.
type (
	framed  interface{ frame() *Frame }
	emitter interface{ output() *Output }
)

var (
	_ framed  = (*Frame)(nil)
	_ emitter = (*Output)(nil)
)

// Frame is the flags that every tool has.
type Frame struct {
	Release     string      `help:"Name of the release, used in reports." env:"TARS_RELEASE" placeholder:"NAME"`
	NextRelease string      `help:"Name of the next release, used in recommendations." placeholder:"NAME"`
	Now         schema.Time `help:"The clock: RFC 3339 or Unix seconds. Same inputs and same clock, same bytes." env:"SOURCE_DATE_EPOCH" placeholder:"TIME"`
	LogLevel    slog.Level  `help:"Log to stderr from this level: debug, info, warn, error." default:"warn" placeholder:"LEVEL"`
	LogFormat   string      `help:"Log format: ${enum}." enum:"text,json" default:"text"`
	Version     versionFlag `help:"Print version, commit and date, and exit."`
}

func (f *Frame) frame() *Frame { return f }

// Clock returns the time the run stands at: --now, else the real clock.
func (f *Frame) Clock(s *Streams) time.Time {
	if !f.Now.IsZero() {
		return f.Now.Time
	}
	return s.Now().UTC().Truncate(time.Second)
}

// Exit statuses, the same for every tool.
const (
	exitDone    = 0
	exitFailed  = 1 // bad input, source unreachable, no data at all
	exitUsage   = 2
	exitBad     = 3 // --fail-on: the verdict is that bad
	exitUnknown = 4 // --fail-on: the verdict is unknown
)

// statusError is an error that asks for an exit status of its own.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// Usagef returns an error about the command line itself: exit status 2.
func Usagef(format string, args ...any) error {
	return &statusError{exitUsage, fmt.Errorf(format, args...)}
}

// Gate is the outcome of --fail-on: an error with exit status 3 when the
// verdict is bad, with 4 when it is unknown and that is not allowed, else nil.
// why completes the error line.
func Gate(bad, unknown, allowUnknown bool, why string) error {
	switch {
	case bad:
		return &statusError{exitBad, fmt.Errorf("failing on the verdict: %s", why)}
	case unknown && !allowUnknown:
		return &statusError{exitUnknown, fmt.Errorf("the verdict is unknown: %s; --allow-unknown lets it pass", why)}
	}
	return nil
}

// Main runs c with the given arguments and returns the exit status.
func Main(name string, c Command, args []string, s Streams) int {
	status, err := run(name, c, args, &s)
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return status
	}
	fmt.Fprintf(s.Err, "%s: %s\n", name, oneLine(err.Error()))
	if asked, ok := errors.AsType[*statusError](err); ok {
		return asked.status
	}
	return exitFailed
}

// oneLine keeps an error on its line, whatever a server wrote into it.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}

func run(name string, c Command, args []string, s *Streams) (int, error) {
	formats := formatsOf(c)
	left := false // --help asks to exit; kong goes on parsing
	parser, err := kong.New(c,
		kong.Name(name),
		kong.Writers(s.Out, s.Err),
		kong.Exit(func(int) { left = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Help(func(options kong.HelpOptions, ctx *kong.Context) error {
			explain(ctx.Model, c, formats)
			return kong.DefaultHelpPrinter(options, ctx)
		}),
		kong.Bind(s),
	)
	if err != nil {
		return exitFailed, fmt.Errorf("building the command line: %w", err)
	}
	if err := dropEmptyEnv(parser); err != nil {
		return exitFailed, err
	}
	_, err = parser.Parse(args)
	switch {
	case left, errors.Is(err, errAnswered):
		return exitDone, nil
	case errors.Is(err, errUnwritten):
		return exitFailed, err
	case err != nil:
		return exitUsage, Usagef("%w; see %s --help", err, name)
	}
	if out := c.output(); out != nil {
		if err := out.check(formats); err != nil {
			return exitUsage, err
		}
	}
	s.Log = c.frame().logger(s.Err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err = c.Run(ctx, s)
	if errors.Is(err, errNoInput) {
		printUsage(parser, s.Err)
		return exitUsage, &statusError{exitUsage, err}
	}
	return exitDone, err
}

// describer is a command with a long help text, shown above its flags.
type describer interface{ Describe() string }

// explain completes the help texts when they are shown: the command's
// description, what stands in braces, and defaults where a placeholder hides
// them. kong's own variables would be looked for in each text at every start.
func explain(app *kong.Application, c Command, formats []string) {
	if d, ok := c.(describer); ok {
		app.Help = d.Describe()
	}
	pairs := []string{"{formats}", strings.Join(formats, ", ")}
	if v, ok := c.(interface{ HelpVars() map[string]string }); ok {
		for name, value := range v.HelpVars() {
			pairs = append(pairs, "{"+name+"}", value)
		}
	}
	fill := strings.NewReplacer(pairs...)
	for _, flag := range app.Flags {
		flag.Help = fill.Replace(flag.Help)
		if flag.HasDefault && flag.PlaceHolder != "" {
			flag.Help = strings.TrimSuffix(flag.Help, ".") + " (default " + flag.Default + ")."
		}
	}
}

// dropEmptyEnv makes an empty environment variable as good as none: compose
// files and manifests hand on variables that nobody set.
func dropEmptyEnv(parser *kong.Kong) error {
	for _, group := range parser.Model.AllFlags(false) {
		for _, flag := range group {
			for _, env := range flag.Envs {
				if v, set := os.LookupEnv(env); set && v == "" {
					if err := os.Unsetenv(env); err != nil {
						return fmt.Errorf("clearing the empty variable %s: %w", env, err)
					}
				}
			}
		}
	}
	return nil
}

// printUsage shows the help on w, for a command started without any input.
func printUsage(parser *kong.Kong, w io.Writer) {
	parser.Stdout = w
	ctx, err := kong.Trace(parser, nil)
	if err == nil {
		_ = ctx.PrintUsage(false) // the error line follows in any case
	}
}

func (f *Frame) logger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: f.LogLevel}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// formatsOf returns the output formats a command offers, its default first.
func formatsOf(c Command) []string {
	if f, ok := c.(interface{ Formats() []string }); ok {
		return slices.Clone(f.Formats())
	}
	return []string{"json", "markdown"}
}
