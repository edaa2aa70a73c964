package main

import (
	"testing"

	"github.com/veleron-dev/tars/lib/tool/tooltest"
)

func TestMain(m *testing.M) { tooltest.Main(m, "tars-retro", main) }

func TestScript(t *testing.T) { tooltest.Run(t, nil) }
