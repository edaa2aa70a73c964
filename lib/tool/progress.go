package tool

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is a bar on stderr that appears only on a terminal, and only when
// the work takes over a second.
type Progress struct {
	mu    sync.Mutex
	timer *time.Timer
	bar   *progressbar.ProgressBar
	steps int
}

// Progress starts to measure a piece of work; what names it.
func (s *Streams) Progress(what string) *Progress {
	p := &Progress{}
	if !isTerminal(s.Err) {
		return p
	}
	p.timer = time.AfterFunc(time.Second, func() { p.show(s.Err, what) })
	return p
}

func (p *Progress) show(w io.Writer, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bar = progressbar.NewOptions(-1, progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionSpinnerType(14), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond))
	_ = p.bar.Add(p.steps) // a bar that cannot be drawn is no reason to fail
}

// Step counts one finished part. It may be called from several goroutines.
func (p *Progress) Step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steps++
	if p.bar != nil {
		_ = p.bar.Add(1)
	}
}

// Done removes the bar.
func (p *Progress) Done() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
