//go:build linux

// Speed measures whole processes beside their peers and prints the ratios with
// their spread, as Markdown:
//
//	speed [-bin DIR] [-runs N] [-dir DIR]
//
// bin holds the tars tools. CPU is user and system time of a process, memory its
// peak resident size. Each figure is the median of the runs, with the lowest and
// the highest. Peers that are not installed (Miller, Python) are left out.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	b := bench{}
	flag.StringVar(&b.bin, "bin", "bin", "folder with the tars tools")
	flag.StringVar(&b.dir, "dir", "", "folder for inputs (left out: a temporary one)")
	flag.IntVar(&b.runs, "runs", 5, "runs of each process")
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

type bench struct {
	bin, dir string
	runs     int
}

func (b *bench) run() error {
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "tars-bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // scratch
		b.dir = dir
	}
	for _, peer := range []string{"hello", "clientgolang"} {
		out, err := exec.Command("go", "build", "-o", filepath.Join(b.dir, peer), "./build/bench/"+peer).CombinedOutput() //nolint:noctx // fixed names
		if err != nil {
			return fmt.Errorf("building %s: %w: %s", peer, err, out)
		}
	}
	fmt.Printf("%s, %s/%s, %d processors, median (lowest to highest) of %d runs\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.runs)
	for _, part := range []func() error{b.matrices, b.lines, b.manySeries, b.week, b.startUp} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// usage is what a process took.
type usage struct {
	cpu, wall time.Duration
	peakKB    int64
}

// figure is several runs of a process.
type figure []usage

func (f figure) cpu() spread { return spreadOf(f, func(u usage) float64 { return u.cpu.Seconds() }) }

func (f figure) wall() spread { return spreadOf(f, func(u usage) float64 { return u.wall.Seconds() }) }

func (f figure) memory() spread {
	return spreadOf(f, func(u usage) float64 { return float64(u.peakKB) / 1024 })
}

// spread is a median between extremes.
type spread struct{ mid, low, high float64 }

func spreadOf(f figure, of func(usage) float64) spread {
	var all []float64
	for _, u := range f {
		all = append(all, of(u))
	}
	slices.Sort(all)
	return spread{all[len(all)/2], all[0], all[len(all)-1]}
}

func (s spread) String() string { return fmt.Sprintf("%.3g (%.3g to %.3g)", s.mid, s.low, s.high) }

// times is how many times more s is than o, with the spread of both.
func (s spread) times(o spread) string {
	return fmt.Sprintf("%.1f (%.1f to %.1f)", s.mid/o.mid, s.low/o.high, s.high/o.low)
}

// measure runs a command with a file as its input.
func (b *bench) measure(runs int, input string, name string, args ...string) (figure, error) {
	var out figure
	for range runs {
		cmd := exec.Command(name, args...) //nolint:noctx // the peers named here
		if input != "" {
			f, err := os.Open(input)
			if err != nil {
				return nil, err
			}
			defer f.Close() //nolint:errcheck // only read from
			cmd.Stdin = f
		}
		begun := time.Now()
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("running %s %s: %w", name, strings.Join(args, " "), err)
		}
		wall := time.Since(begun)
		u := usage{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), wall: wall}
		if ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			u.peakKB = ru.Maxrss
		}
		out = append(out, u)
	}
	return out, nil
}

func (b *bench) tool(name string) string { return filepath.Join(b.bin, name) }

const detector = "tars-anomaly-detector"

// matrices: decode and detect against decoding alone.
func (b *bench) matrices() error {
	big, err := matrix(b.dir, 2000, 2016)
	if err != nil {
		return err
	}
	small, err := matrix(b.dir, 200, 2016)
	if err != nil {
		return err
	}
	info, err := os.Stat(big)
	if err != nil {
		return err
	}
	fmt.Printf("**Matrix of 2,000 series x 2,016 points, %d MB**\n\n| | CPU s | peak MB |\n| --- | --- | --- |\n", info.Size()>>20)
	peer, err := b.measure(b.runs, "", filepath.Join(b.dir, "clientgolang"), big)
	if err != nil {
		return err
	}
	fmt.Printf("| client_golang, decoding alone | %s | %s |\n", peer.cpu(), peer.memory())
	for _, method := range []string{"ewma", "adaptive"} {
		own, err := b.measure(b.runs, big, b.tool(detector), "--method", method, "-f", "ndjson")
		if err != nil {
			return err
		}
		less, err := b.measure(b.runs, small, b.tool(detector), "--method", method, "-f", "ndjson")
		if err != nil {
			return err
		}
		fmt.Printf("| %s, decoding and detecting | %s | %s; a tenth of the series: %s |\n| CPU, times less | %s | |\n",
			method, own.cpu(), own.memory(), less.memory(), peer.cpu().times(own.cpu()))
	}
	fmt.Println()
	return nil
}

// lines: detection over sample lines. The slow peers run over a tenth of the
// lines, and their time is taken tenfold.
func (b *bench) lines() error {
	const all, tenth = 5_000_000, 500_000
	big, err := sampleLines(b.dir, all)
	if err != nil {
		return err
	}
	small, err := sampleLines(b.dir, tenth)
	if err != nil {
		return err
	}
	fmt.Print("**5,000,000 sample lines, events only**\n\n| | CPU s | peak MB |\n| --- | --- | --- |\n")
	own, err := b.measure(b.runs, big, b.tool(detector), "-f", "ndjson")
	if err != nil {
		return err
	}
	less, err := b.measure(b.runs, small, b.tool(detector), "-f", "ndjson")
	if err != nil {
		return err
	}
	fmt.Printf("| ewma | %s | %s; over 500,000: %s |\n", own.cpu(), own.memory(), less.memory())
	adaptive, err := b.measure(b.runs, big, b.tool(detector), "-f", "ndjson", "--method", "adaptive")
	if err != nil {
		return err
	}
	fmt.Printf("| adaptive | %s | %s |\n", adaptive.cpu(), adaptive.memory())
	for _, peer := range []struct {
		name string
		args []string
	}{
		{"mlr", []string{"--ijsonl", "--ojsonl", "flatten", "then", "step", "-a", "ewma", "-d", "0.3", "-f", "value", "-g", "metric_name,labels.service", "then", "filter", "false"}},
		{"python3", []string{"build/bench/zscore.py"}},
	} {
		if _, err := exec.LookPath(peer.name); err != nil {
			fmt.Printf("| %s | not installed | |\n", peer.name)
			continue
		}
		f, err := b.measure(max(1, b.runs/2), small, peer.name, peer.args...)
		if err != nil {
			return err
		}
		for i := range f {
			f[i].cpu *= all / tenth
		}
		fmt.Printf("| %s (ten times a tenth) | %s | %s |\n| CPU of %s, times more | %s | |\n", peer.name, f.cpu(), f.memory(), peer.name, f.cpu().times(own.cpu()))
	}
	fmt.Println()
	return nil
}

// manySeries: memory must follow the series that are open and the events that
// are told, not all series that were read.
func (b *bench) manySeries() error {
	fmt.Print("**Many series**\n\n| series | CPU s | CPU ns a point | peak MB |\n| --- | --- | --- | --- |\n")
	for _, row := range []struct {
		what, threshold string
		input           func(dir string, series, points int) (string, error)
		points          int
	}{
		{"one after another, nothing to tell", "8", matrix, 288},
		{"one after another, 7 events a series", "3", matrix, 288},
		{"all open at once, nothing to tell", "8", interleaved, 60},
	} {
		for _, n := range []int{10_000, 100_000} {
			path, err := row.input(b.dir, n, row.points)
			if err != nil {
				return err
			}
			f, err := b.measure(b.runs, path, b.tool(detector), "-f", "ndjson", "--z-threshold", row.threshold)
			if err != nil {
				return err
			}
			fmt.Printf("| %d of %d points, %s | %s | %.0f | %s |\n", n, row.points, row.what, f.cpu(), f.cpu().mid/float64(n*row.points)*1e9, f.memory())
		}
	}
	fmt.Println()
	return nil
}

// week: the tools of the last day over the demo week, from its captures.
func (b *bench) week() error {
	captures, err := filepath.Glob("fixtures/captures/*.json.gz")
	if err != nil {
		return err
	}
	data := filepath.Join(b.dir, "week")
	demo := exec.Command("sh", "scripts/demo.sh") //nolint:noctx // ends by itself
	bin, err := filepath.Abs(b.bin)
	if err != nil {
		return err
	}
	demo.Env = append(os.Environ(), "DEMO_DIR="+data, "TARS_BIN="+bin)
	if out, err := demo.CombinedOutput(); err != nil {
		return fmt.Errorf("running the demo: %w: %s", err, out)
	}
	fmt.Print("**The demo week, eight days of captures**\n\n| | CPU s | peak MB |\n| --- | --- | --- |\n")
	for _, row := range []struct {
		tool string
		args []string
	}{
		{detector, captures},
		{"tars-regression-analyzer", []string{"--ga-baseline", filepath.Join(data, "ga_kpis", "ga_kpi_summary.json"), "--7day-summaries", filepath.Join(data, "stability")}},
		{"tars-retro", []string{data}},
	} {
		f, err := b.measure(b.runs, "", b.tool(row.tool), row.args...)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %s | %s |\n", row.tool, f.cpu(), f.memory())
	}
	fmt.Println()
	return nil
}

// startUp: a process that does nothing beside hello, world, in turns, so that
// what else the machine does meets both.
func (b *bench) startUp() error {
	const rounds = 100
	fmt.Print("**Start-up**\n\n| | wall ms | CPU ms | times hello, world: wall | CPU |\n| --- | --- | --- | --- | --- |\n")
	tools, err := filepath.Glob(filepath.Join(b.bin, "tars-*"))
	if err != nil {
		return err
	}
	ms := func(s spread) spread { return spread{s.mid * 1000, s.low * 1000, s.high * 1000} }
	for _, tool := range tools {
		var hello, own figure
		for range rounds {
			h, err := b.measure(1, "", filepath.Join(b.dir, "hello"))
			if err != nil {
				return err
			}
			o, err := b.measure(1, "", tool, "--version")
			if err != nil {
				return err
			}
			hello, own = append(hello, h...), append(own, o...)
		}
		fmt.Printf("| %s | %s | %s | %.2f | %.2f |\n", filepath.Base(tool), ms(own.wall()), ms(own.cpu()),
			own.wall().mid/hello.wall().mid, own.cpu().mid/hello.cpu().mid)
	}
	fmt.Println()
	return nil
}
