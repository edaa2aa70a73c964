// Package source is where metrics come from: the flags that the three readers
// of metrics share, and the source they name, a live server or a capture that
// is replayed in its place.
package source

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/measure"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
	"github.com/veleron-dev/tars/lib/tool"
)

// Flags are the flags of every tool that reads metrics.
type Flags struct {
	PrometheusURL  string        `help:"The metrics source: anything that speaks the Prometheus HTTP API; a path prefix is kept. With a URL, stdin is read only when named by -." env:"PROMETHEUS_URL" placeholder:"URL"`
	HTTPConfigFile string        `name:"http-config-file" help:"TLS, authentication, proxy and headers, in Prometheus' http_client_config format." env:"TARS_HTTP_CONFIG_FILE" placeholder:"FILE"`
	QueryTimeout   time.Duration `help:"Time limit of one query." default:"30s" placeholder:"DURATION"`
	Retries        int           `help:"Retries on 429, 502, 503, 504 and network errors, with backoff." default:"3" placeholder:"N"`
	Gzip           prom.Gzip     `help:"Ask for compressed answers: ${enum}; auto does unless the source is on this machine." enum:"auto,on,off" default:"auto" placeholder:"WHEN"`
	Concurrency    int           `help:"Queries under way at once." default:"4" placeholder:"N"`
	Step           time.Duration `help:"Distance between samples (default 5m)." placeholder:"DURATION"`
	Selector       string        `help:"Label matchers added to every query, e.g. 'namespace=\"prod\"'." env:"TARS_SELECTOR" placeholder:"MATCHERS"`
	Services       []string      `help:"The services of the release; left out: discovered." placeholder:"NAME,..."`

	slo.Flags

	PrintKPIs        bool     `name:"print-kpis" help:"Print the KPI catalogue in force, and exit."`
	PriceCPUCoreHour *float64 `name:"price-cpu-core-hour" help:"Price of one CPU core for an hour, instead of the catalogue's." placeholder:"USD"`
	PriceGiBHour     *float64 `name:"price-gib-hour" help:"Price of one GiB of memory for an hour, instead of the catalogue's." placeholder:"USD"`

	Capture string `help:"Also save what the source answered; given as input, a capture replaces the source." placeholder:"FILE"`
}

// Session is an opened source with what the run was asked for.
type Session struct {
	// Source answers queries and, for --capture, remembers the answers.
	Source    prom.Source
	Catalogue *kpi.Catalogue
	// Settings are the flags, filled up from the capture that is replayed.
	Settings schema.CaptureSettings
	// Captured is the header of the capture that is replayed, nil with a live
	// source. Its release and clock stand in for flags that were left out.
	Captured *schema.Header

	flags    *Flags
	recorder *prom.Recorder
}

// DefaultStep is the sample step when no flag says otherwise: 288 a day.
const DefaultStep = 5 * time.Minute

// Inputs returns the files to read documents from: those named, else stdin
// unless a URL is given. Nothing reads stdin beside a URL, since cron and CI
// leave it open.
func (f *Flags) Inputs(named []string) []string {
	if len(named) == 0 && f.PrometheusURL == "" {
		return []string{"-"}
	}
	return named
}

// Read reads the documents that the tool was given, if any: see Inputs.
func (f *Flags) Read(s *tool.Streams, named []string) ([]schema.Document, error) {
	paths := f.Inputs(named)
	if len(paths) == 0 {
		return nil, nil
	}
	return tool.ReadDocuments(s, paths)
}

// Open returns the source: the captures among docs if there are any, else the
// server. ts names the tool in captures it writes.
func (f *Flags) Open(toolName string, docs []schema.Document) (*Session, error) {
	var captures []*schema.Capture
	for _, doc := range docs {
		if c, ok := doc.(*schema.Capture); ok {
			captures = append(captures, c)
		}
	}
	s := &Session{flags: f, Settings: schema.CaptureSettings{Tool: toolName}}
	if len(captures) > 0 {
		s.Captured = captures[0].Head()
		if captures[0].Settings != nil {
			s.Settings = *captures[0].Settings
		}
	}
	f.override(&s.Settings)
	var err error
	if s.Catalogue, err = f.catalogue(s.Settings.Catalogue); err != nil {
		return nil, err
	}
	s.Settings.Catalogue = string(s.Catalogue.YAML())

	var src prom.Source
	switch {
	case len(captures) > 0:
		src = prom.NewReplay(captures...)
	case f.PrometheusURL != "":
		if src, err = f.Client(toolName); err != nil {
			return nil, err
		}
	default:
		return nil, errors.New("reading metrics: no source: give --prometheus-url (or PROMETHEUS_URL), or a capture as input")
	}
	s.Source = src
	if f.Capture != "" {
		s.recorder = prom.NewRecorder(src)
		s.Source = s.recorder
	}
	return s, nil
}

// Client returns a client of the server that the flags name.
func (f *Flags) Client(toolName string) (*prom.Client, error) {
	return prom.NewClient(prom.Options{
		URL: f.PrometheusURL, HTTPConfigFile: f.HTTPConfigFile, Timeout: f.QueryTimeout,
		Retries: f.Retries, Concurrency: f.Concurrency, Gzip: f.Gzip, UserAgent: toolName,
	})
}

// override lets the flags that were given stand over a capture's settings.
func (f *Flags) override(s *schema.CaptureSettings) {
	if f.Step != 0 {
		s.StepSeconds = f.Step.Seconds()
	}
	if s.StepSeconds == 0 {
		s.StepSeconds = DefaultStep.Seconds()
	}
	if f.Selector != "" {
		s.Selector = f.Selector
	}
	if len(f.Services) > 0 {
		s.Services = f.Services
	}
}

// catalogue returns the KPI catalogue in force: the file, the preset, the one
// of the capture, or the default; with the prices of the flags.
func (f *Flags) catalogue(captured string) (*kpi.Catalogue, error) {
	choose := f.Choice.Catalogue
	if captured != "" && !f.Given() {
		choose = func() (*kpi.Catalogue, error) { return kpi.Parse("the capture's catalogue", []byte(captured)) }
	}
	c, err := choose()
	if err != nil {
		return nil, err
	}
	if c, err = f.Apply(c); err != nil {
		return nil, err
	}
	for _, price := range []struct {
		flag *float64
		in   **float64
		name string
	}{{f.PriceCPUCoreHour, &c.Prices.CPUCoreHour, "--price-cpu-core-hour"}, {f.PriceGiBHour, &c.Prices.GiBHour, "--price-gib-hour"}} {
		if price.flag == nil {
			continue
		}
		if *price.flag < 0 {
			return nil, tool.Usagef("setting %s: a price is not below zero", price.name)
		}
		*price.in = price.flag
		c.Prices.Name, c.Prices.Date = "given by flag", ""
	}
	return c, nil
}

// PrintCatalogue writes the catalogue in force, for --print-kpis.
func (f *Flags) PrintCatalogue(s *tool.Streams) error {
	c, err := f.catalogue("")
	if err != nil {
		return err
	}
	_, err = s.Out.Write(c.YAML())
	return err
}

// Step returns the sample step.
func (s *Session) Step() time.Duration {
	return time.Duration(s.Settings.StepSeconds * float64(time.Second))
}

// Clock returns the time the run stands at: --now, else when the replayed
// capture was taken, else the real clock.
func (s *Session) Clock(f *tool.Frame, streams *tool.Streams) time.Time {
	if f.Now.IsZero() && s.Captured != nil && !s.Captured.GeneratedAt.IsZero() {
		return s.Captured.GeneratedAt.Time
	}
	return f.Clock(streams)
}

// Release returns the release's name: the flag's, else the capture's.
func (s *Session) Release(f *tool.Frame) string {
	if f.Release == "" && s.Captured != nil {
		return s.Captured.Release
	}
	return f.Release
}

// Plan returns the plan to measure a window.
func (s *Session) Plan(w schema.Window) measure.Plan {
	return measure.Plan{
		Catalogue: s.Catalogue, Window: w, Step: s.Step(),
		Selector: s.Settings.Selector, Services: s.Settings.Services,
		Concurrency: s.flags.Concurrency,
	}
}

// Measure measures a window, with a progress bar on a terminal. Errors say
// which source it was.
func (s *Session) Measure(ctx context.Context, streams *tool.Streams, plan measure.Plan) (*measure.Measurement, error) {
	bar := streams.Progress("reading metrics")
	defer bar.Done()
	plan.Progress = bar.Step
	m, err := measure.Measure(ctx, s.Source, plan)
	if errors.Is(err, measure.ErrNoData) {
		return nil, fmt.Errorf("measuring %s to %s at %s: %w; check the window, --selector and --preset",
			plan.Window.Start.Format(time.RFC3339), plan.Window.End.Format(time.RFC3339), s.where(), err)
	}
	return m, err
}

func (s *Session) where() string {
	if s.Captured != nil {
		return "the capture"
	}
	return prom.Redact(s.flags.PrometheusURL)
}

// SaveCapture writes what the source answered, when --capture asks for it.
func (s *Session) SaveCapture(w schema.Window, release string, now time.Time) error {
	if s.recorder == nil {
		return nil
	}
	c := &schema.Capture{Header: schema.NewHeader(schema.KindCapture, release, now), Settings: &s.Settings}
	c.Window = &w
	c.Queries = s.recorder.Queries()
	return tool.WriteDocument(s.flags.Capture, c)
}
