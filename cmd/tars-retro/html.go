package main

import (
	"io"

	web "github.com/veleron-dev/tars/lib/page"
	"github.com/veleron-dev/tars/lib/schema"
)

// html returns a writer of the retrospective as one page of HTML: the Markdown,
// with every chart in it, whether or not they are written as files too.
func (p *page) html(r *schema.Retrospective) func(io.Writer) error {
	return func(w io.Writer) error {
		charts := pictured(figures(r), "charts")
		images := map[string][]byte{}
		for _, chart := range charts {
			images[chart.Path] = chart.SVG
		}
		title := "Seven days after GA"
		if r.Release != "" {
			title += ": " + r.Release
		}
		return web.Of(
			web.Page{Title: title, Images: images, Contents: true},
			func(w io.Writer) error { return p.write(w, r, charts...) },
		)(w)
	}
}
