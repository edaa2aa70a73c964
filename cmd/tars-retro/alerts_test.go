package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/schema"
)

// quiet is a day on which nothing happened but the alerts given.
func quiet(n int, alerts ...schema.Alert) *schema.DailySummary {
	d := sampleDay(1)
	d.Header = head(schema.KindDailySummary, at(n, 0), at(n+1, 0))
	d.DayNumber, d.Alerts = n, alerts
	return d
}

func alert(name, severity string, started schema.Time, ended *schema.Time) schema.Alert {
	return schema.Alert{Name: name, Severity: severity, Started: started, Ended: ended, Labels: map[string]string{"service": "api"}}
}

// TestFirings: what goes on over midnight is one firing.
func TestFirings(t *testing.T) {
	w := &week{inputs: inputs{days: []*schema.DailySummary{
		quiet(1, alert("Full", "page", at(1, 23), nil), alert("Watchdog", "none", at(1, 0), nil)),
		quiet(2, alert("Full", "page", at(2, 0), new(at(2, 1))), alert("Full", "page", at(2, 9), new(at(2, 10)))),
	}}}
	var got []string
	for _, a := range w.firings() {
		got = append(got, a.Name+" "+a.Started.UTC().Format("02T15")+" to "+a.Ended.UTC().Format("02T15"))
	}
	if diff := cmp.Diff([]string{"Full 19T23 to 20T01", "Full 20T09 to 20T10"}, got); diff != "" {
		t.Errorf("firings (-want +got):\n%s", diff)
	}
}

// TestAlertsAboutNothing are degradations of their own, all firings one.
func TestAlertsAboutNothing(t *testing.T) {
	r := retro(t, []schema.Document{
		sampleGA(), quiet(1, alert("DiskFull", "critical", at(1, 3), new(at(1, 4)))), quiet(2),
		quiet(3, alert("DiskFull", "critical", at(3, 3), new(at(3, 4))), alert("CertificateExpires", "info", at(3, 5), nil)),
	})
	disk := find(t, r, "D-alert-DiskFull-api")
	if disk.Description != "Alert DiskFull of api fired 2 times" || disk.Severity != schema.SeverityHigh || disk.ResolutionStatus != schema.Recovered {
		t.Errorf("%s, %s, %s: %s", disk.Description, disk.Severity, disk.ResolutionStatus, disk.ResolutionDetails)
	}
	cert := find(t, r, "D-alert-CertificateExpires-api")
	if cert.Severity != schema.SeverityLow || cert.ResolutionStatus != schema.Standing {
		t.Errorf("%s, %s", cert.Severity, cert.ResolutionStatus)
	}
	if !strings.Contains(markdown(t, r), "DiskFull fired while no KPI moved: is its threshold right?") {
		t.Error("nobody asks for the alert's threshold")
	}
}

// TestAlertNames: an alert is about a trouble of its time, service and kind.
func TestAlertNames(t *testing.T) {
	docs := sampleWeek()
	fired := func(name, service string) schema.Alert {
		return schema.Alert{Name: name, Severity: "warning", Labels: map[string]string{"service": service}, Started: at(5, 3), Ended: new(at(5, 4))}
	}
	// On day 5 searches are slow.
	docs[5].(*schema.DailySummary).Alerts = []schema.Alert{
		fired("SearchSlow", "search"), fired("DiskFull", ""), fired("HighLatency", ""), fired("CheckoutSlow", "checkout"), fired("OutOfMemory", "search"),
	}
	r := retro(t, docs)
	if diff := cmp.Diff([]string{"HighLatency", "SearchSlow"}, find(t, r, "D-latency-search").Alerts); diff != "" {
		t.Errorf("alerts of the slow searches (-want +got):\n%s", diff)
	}
	find(t, r, "D-alert-DiskFull")
	find(t, r, "D-alert-OutOfMemory-search")
}

// TestObjectives: a day that misses an objective is told though it is no worse
// than GA day.
func TestObjectives(t *testing.T) {
	docs := []schema.Document{sampleGA(), sampleDay(1), sampleDay(3)}
	docs[0].(*schema.GAKPISummary).SLOCompliance["error_rate"] = schema.SLOVerdict{Met: new(false)}
	for _, doc := range docs[1:] {
		doc.(*schema.DailySummary).KPIs["error_rate"] = schema.KPI{Unit: "%", Value: new(0.9), Direction: "lower_is_better", Category: "availability"}
	}
	d := find(t, retro(t, docs), "D-objective-error_rate")
	if d.Severity != schema.SeverityHigh || d.ResolutionStatus != schema.Standing || !strings.Contains(d.Impact, "GA day itself missed it") {
		t.Errorf("%s, %s: %s; %s", d.Severity, d.ResolutionStatus, d.Description, d.Impact)
	}
	if diff := cmp.Diff([]int{0, 1, 3}, d.Days); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
}
