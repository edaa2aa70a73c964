package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const text = `Usage: tars-x [<FILE> ...] [flags]

Do one thing. Do it well.

Example:
  tars-x a.json |
    tars-y

Arguments:
  [<FILE> ...]    Documents; - or none
                  at all: stdin.

Flags:
  -h, --help                   Show help.
      --7day-data=PATH,...     Days: files [or a
                               directory].
      --a-very-long-flag-name-indeed="none"
                               It's below.
      --auto                   Find them.
`

func TestParse(t *testing.T) {
	want := help{
		name: "tars-x", usage: "tars-x [<FILE> ...] [flags]",
		about: []string{"", "Do one thing. Do it well.", "", "Example:", "  tars-x a.json |", "    tars-y", ""},
		args:  []option{{long: "[<FILE> ...]", text: "Documents; - or none at all: stdin."}},
		flags: []option{
			{short: "h", long: "help", text: "Show help."},
			{long: "7day-data", value: "PATH,...", text: "Days: files [or a directory]."},
			{long: "a-very-long-flag-name-indeed", value: `"none"`, text: "It's below."},
			{long: "auto", text: "Find them."},
		},
	}
	got := parse("tars-x", text)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(help{}, option{})); diff != "" {
		t.Errorf("parse (-want +got):\n%s", diff)
	}
}

func TestMan(t *testing.T) {
	want := `.TH TARS\-X 1 "" tars
.SH NAME
tars\-x \- Do one thing. Do it well
.SH SYNOPSIS
.B tars\-x [<FILE> ...] [flags]
.SH DESCRIPTION
.PP
Do one thing. Do it well.
.PP
Example:
.PP
.nf
  tars\-x a.json |
    tars\-y

.fi
.SH ARGUMENTS
.TP
\fB[<FILE> ...]\fR
Documents; \- or none at all: stdin.
.SH OPTIONS
.TP
\fB\-h, \-\-help\fR
Show help.
.TP
\fB\-\-7day\-data=PATH,...\fR
Days: files [or a directory].
.TP
\fB\-\-a\-very\-long\-flag\-name\-indeed="none"\fR
It's below.
.TP
\fB\-\-auto\fR
Find them.
`
	if diff := cmp.Diff(want, parse("tars-x", text).man()); diff != "" {
		t.Errorf("man (-want +got):\n%s", diff)
	}
}
