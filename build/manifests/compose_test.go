package manifests

import (
	"slices"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
)

// TestCompose loads the compose file as docker compose would, with the settings
// of env.example, one profile at a time.
func TestCompose(t *testing.T) {
	profiles := map[string][]string{
		"ga-day":     {"ga-kpi"},
		"daily":      {"health-report", "stability-monitor"},
		"monitoring": {"detector"},
		"day7":       {"anomalies", "regressions", "retro"},
		"testing":    {"demo-week", "grafana", "node-exporter", "prometheus"},
	}
	for profile, want := range profiles {
		t.Run(profile, func(t *testing.T) {
			options, err := cli.NewProjectOptions([]string{"../../deploy/compose.yaml"},
				cli.WithProfiles([]string{profile}), cli.WithEnvFiles("../../deploy/env.example"), cli.WithDotEnv)
			if err != nil {
				t.Fatal(err)
			}
			project, err := options.LoadProject(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := project.ServiceNames()
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("its services are %q, want %q", got, want)
			}
			for name, service := range project.Services {
				if profile == "testing" {
					continue
				}
				if !service.ReadOnly || service.User != "1000:1000" || !slices.Contains(service.CapDrop, "ALL") {
					t.Errorf("%s runs with more than it needs", name)
				}
				if ga := service.Environment["GA_TIMESTAMP"]; ga == nil || *ga != "2025-11-18T00:00:00Z" {
					t.Errorf("%s does not get GA_TIMESTAMP from the settings", name)
				}
			}
		})
	}
}
