package scripts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/veleron-dev/tars/fixtures/server"
)

var exampleOf = regexp.MustCompile(`scripts/[a-z-]+\.sh`)

// TestReadme runs the examples as they stand, but sends nothing.
func TestReadme(t *testing.T) {
	server.Need(t, "jq", "curl", "openssl")
	body, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	home, err := aboard()
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, block := range strings.Split(string(body), "```sh\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for line := range strings.Lines(block) {
			script := exampleOf.FindString(line)
			shown[filepath.Base(script)] = true
			if script == "scripts/onboard.sh" {
				continue // it has run
			}
			if script != "" {
				line = strings.Replace(line, script, "sh "+filepath.Join(here, filepath.Base(script))+" --dry-run", 1)
			}
			cmd := exec.Command("sh", "-euc", line)
			cmd.Dir = filepath.Join(home, "demo")
			cmd.Env = append(os.Environ(), "PATH="+filepath.Join(home, "bin")+":"+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if err != nil || script != "" && len(out) < 100 {
				t.Errorf("%s%v:\n%s", line, err, out)
			}
		}
	}
	all, err := filepath.Glob("*.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range all {
		switch script {
		case "demo.sh", "get-prometheus.sh", "send.sh":
		default:
			if !shown[script] {
				t.Errorf("README.md has no example of %s", script)
			}
		}
	}
}
