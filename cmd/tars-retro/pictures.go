package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// picture is a figure where the text shows it.
type picture struct {
	figure
	// Path is its file as seen from the text, for a link.
	Path string
}

// pictured places figures in a folder as seen from the text.
func pictured(figures []figure, folder string) []picture {
	all := make([]picture, len(figures))
	for i, f := range figures {
		all[i] = picture{f, linkTo(filepath.Join(folder, f.Name))}
	}
	return all
}

// linkTo writes a path as the target of a Markdown link.
func linkTo(path string) string {
	target := (&url.URL{Path: filepath.ToSlash(path)}).String()
	return strings.NewReplacer("(", "%28", ")", "%29").Replace(target)
}

// plain is a picture as templates see it.
func (p picture) plain() map[string]any {
	evidence := make([]any, len(p.Evidence))
	for i, id := range p.Evidence {
		evidence[i] = id
	}
	return map[string]any{
		"section": p.Section, "title": p.Title, "alt": p.Alt, "caption": p.Caption, "path": p.Path, "evidence": evidence,
	}
}

// chartsFolder returns the folder of the charts as seen from the text: from the
// file that the flags name, else from the working directory.
func (c *command) chartsFolder() (string, error) {
	from := "."
	switch {
	case c.ToFile():
		from = filepath.Dir(c.Output.Output)
	case c.OutputDir != "":
		from = filepath.Dir(tool.Canonical(c.OutputDir, retrospectiveName))
	}
	there, err := filepath.Abs(c.ChartsDir)
	if err != nil {
		return "", fmt.Errorf("finding --charts-dir %s: %w", c.ChartsDir, err)
	}
	if from, err = filepath.Abs(from); err != nil {
		return "", fmt.Errorf("finding where the report goes: %w", err)
	}
	folder, err := filepath.Rel(from, there)
	if err != nil { // another drive
		return there, nil //nolint:nilerr // a link that begins at the root leads there too
	}
	return folder, nil
}

// pictures draws the charts and places them in the text; none without
// --charts-dir.
func (c *command) pictures(r *schema.Retrospective) ([]picture, error) {
	if c.ChartsDir == "" {
		return nil, nil
	}
	folder, err := c.chartsFolder()
	if err != nil {
		return nil, err
	}
	return pictured(figures(r), folder), nil
}

// save writes the charts' files, each whole or not at all, and none when the
// text that shows them cannot be written.
func (c *command) save(p *page, r *schema.Retrospective, pictures []picture) error {
	if len(pictures) == 0 {
		return nil
	}
	if err := p.write(io.Discard, r, pictures...); err != nil {
		return err
	}
	if err := os.MkdirAll(c.ChartsDir, 0o755); err != nil { //nolint:gosec // charts are meant to be seen by others
		return fmt.Errorf("making --charts-dir: %w", err)
	}
	for _, chart := range pictures {
		if err := tool.WriteFile(filepath.Join(c.ChartsDir, chart.Name), chart.SVG); err != nil {
			return err
		}
	}
	return nil
}
