package main

import (
	"testing"

	"github.com/veleron-dev/tars/lib/tool/tooltest"
)

func TestMain(m *testing.M) { tooltest.Main(m, "tars-ga-kpi", main) }

func TestScript(t *testing.T) { tooltest.Run(t, nil) }
