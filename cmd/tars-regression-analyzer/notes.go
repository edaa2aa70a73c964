package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// readEvents reads JSON lines; an empty path has none.
func readEvents(path string) ([]schema.SystemEvent, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the events: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	events, err := schema.ReadEvents(f)
	if err != nil {
		return nil, fmt.Errorf("reading the events: %s: %w", path, err)
	}
	return events, nil
}

// acknowledgement is one entry of --acknowledged, written by hand.
type acknowledgement struct {
	MetricName string `yaml:"metric_name"`
	Service    string `yaml:"service"`
	Region     string `yaml:"region"`
	Reason     string `yaml:"reason"`
	Owner      string `yaml:"owner"`
	Expires    string `yaml:"expires"`

	expires schema.Time
}

func readAcknowledged(path string) ([]acknowledgement, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the acknowledged findings: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	list, err := parseAcknowledged(f)
	if err != nil {
		return nil, tool.Usagef("reading the acknowledged findings: %s: %w", path, err)
	}
	return list, nil
}

// parseAcknowledged refuses unknown fields and entries that nobody answers
// for: a silent typo would let a regression pass.
func parseAcknowledged(r io.Reader) ([]acknowledgement, error) {
	var list []acknowledgement
	dec := yaml.NewDecoder(r)
	dec.KnownFields(true)
	if err := dec.Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for i := range list {
		a := &list[i]
		if a.MetricName == "" || a.Reason == "" || a.Owner == "" || a.Expires == "" {
			return nil, fmt.Errorf("entry %d: it needs metric_name, reason, owner and expires", i+1)
		}
		var err error
		if a.expires, err = schema.ParseTime(a.Expires); err != nil {
			return nil, fmt.Errorf("entry %d: expires: %w", i+1, err)
		}
	}
	return list, nil
}

// acknowledge marks the findings that somebody answers for at now. An expired
// entry leaves its finding counting, and says so.
func acknowledge(findings []schema.Finding, list []acknowledgement, now time.Time) {
	for i := range findings {
		f := &findings[i]
		for _, a := range list {
			if a.MetricName != f.MetricName || a.Service != f.Service || a.Region != f.Region {
				continue
			}
			if !now.Before(a.expires.Time) {
				f.Reason = joinReasons(f.Reason, fmt.Sprintf("acknowledged by %s until %s, which is over", a.Owner, a.expires.Format(time.DateOnly)))
				continue
			}
			f.Acknowledged = &schema.Acknowledgement{Reason: a.Reason, Owner: a.Owner, Expires: a.expires}
		}
	}
}

func joinReasons(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
