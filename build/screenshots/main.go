// Screenshots takes pictures of whole pages in Chromium, as wide as a phone and
// as a desktop, light and dark: PAGE.390.light.png and so on. It fails when a
// page is wider than its window, whose reader would have to scroll sideways.
//
//	screenshots -out DIR PAGE.html...
package main

import (
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	program := flag.String("chromium", "chromium", "the browser")
	out := flag.String("out", ".", "directory for the pictures")
	flag.Parse()
	if err := run(*program, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(program, out string, pages []string) (err error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("making the directory of the pictures: %w", err)
	}
	b, err := start(program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, page := range pages {
		path, err := filepath.Abs(page)
		if err != nil {
			return fmt.Errorf("finding %s: %w", page, err)
		}
		for _, width := range []int{390, 1280} {
			for _, theme := range []string{"light", "dark"} {
				name := strings.TrimSuffix(filepath.Base(page), filepath.Ext(page))
				picture := filepath.Join(out, fmt.Sprintf("%s.%d.%s.png", name, width, theme))
				if err := b.photograph("file://"+path, width, theme, picture); err != nil {
					return fmt.Errorf("%s at %d pixels, %s: %w", page, width, theme, err)
				}
				fmt.Println(picture)
			}
		}
	}
	return nil
}

// photograph writes the whole page as a picture.
func (b *browser) photograph(url string, width int, theme, picture string) error {
	const window = 844
	if err := b.call("Emulation.setDeviceMetricsOverride", map[string]any{
		"width": width, "height": window, "deviceScaleFactor": 1, "mobile": width < 600,
	}, nil); err != nil {
		return err
	}
	if err := b.call("Emulation.setEmulatedMedia", map[string]any{
		"features": []map[string]string{{"name": "prefers-color-scheme", "value": theme}},
	}, nil); err != nil {
		return err
	}
	if err := b.open(url); err != nil {
		return err
	}
	var layout struct {
		Size struct{ Width, Height float64 } `json:"cssContentSize"`
	}
	if err := b.call("Page.getLayoutMetrics", nil, &layout); err != nil {
		return err
	}
	if layout.Size.Width > float64(width) {
		return fmt.Errorf("the page is %v pixels wide", layout.Size.Width)
	}
	var shot struct{ Data string }
	if err := b.call("Page.captureScreenshot", map[string]any{
		"captureBeyondViewport": true,
		"clip":                  map[string]any{"x": 0, "y": 0, "width": width, "height": layout.Size.Height, "scale": 1},
	}, &shot); err != nil {
		return err
	}
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		return fmt.Errorf("reading the picture: %w", err)
	}
	return os.WriteFile(picture, png, 0o644)
}
