// Manual writes man pages and shell completions of tools from what their
// --help says, so that there is one text to maintain.
//
//	go run ./build/manual BIN OUT
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: manual BIN OUT")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

// write writes the pages of every tool in bin to folders of out.
func write(bin, out string) error {
	tools, err := filepath.Glob(filepath.Join(bin, "tars-*"))
	if err != nil || len(tools) == 0 {
		return fmt.Errorf("looking for tools in %s: %d found, %w", bin, len(tools), err)
	}
	for _, path := range tools {
		name := strings.TrimSuffix(filepath.Base(path), ".exe")
		text, err := exec.CommandContext(context.Background(), path, "--help").Output()
		if err != nil {
			return fmt.Errorf("asking %s for help: %w", name, err)
		}
		h := parse(name, string(text))
		for file, body := range map[string]string{
			"man1/" + name + ".1":    h.man(),
			"bash/" + name:           h.bash(),
			"zsh/_" + name:           h.zsh(),
			"fish/" + name + ".fish": h.fish(),
		} {
			file = filepath.Join(out, filepath.FromSlash(file))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
