//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// bench is a whole run: two targets and how long to measure them. It is owned by the main goroutine.
type bench struct {
	ours, reference target
	rounds          int
	duration        time.Duration
	dir             string // of configurations, logs and certificates
}

// runWorkloads measures the workloads one after the other into r, and returns how many could not be measured.
func (b *bench) runWorkloads(ctx context.Context, chosen []workload, r *report) (failed int) {
	for _, w := range chosen {
		ours, reference, err := b.runWorkload(ctx, w)
		if err != nil {
			failed++
			progress("%s: %v", w.name, err)
		}
		r.add(w.name, w.per, ours, reference, err)
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

// runWorkload measures both targets in turns. On an error it returns the whole rounds before it.
func (b *bench) runWorkload(ctx context.Context, w workload) (ours, reference []measurement, err error) {
	for round := range b.rounds {
		a, err := b.once(ctx, w, b.ours, round)
		if err != nil {
			return ours, reference, err
		}
		if !w.oursOnly {
			m, err := b.once(ctx, w, b.reference, round)
			if err != nil {
				return ours, reference, err
			}
			reference = append(reference, m)
		}
		ours = append(ours, a)
	}
	return ours, reference, nil
}

// once measures a workload on a fresh server. A server that hangs is killed after a while, upon which whoever
// waits for it fails.
func (b *bench) once(ctx context.Context, w workload, t target, round int) (measurement, error) {
	limit := 10*b.duration + time.Minute
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	m, err := b.measure(limited, w, t)
	if limited.Err() != nil && ctx.Err() == nil {
		err = errors.Join(fmt.Errorf("not done within %v", limit), err)
	}
	if err != nil {
		return nil, fmt.Errorf("round %d, %s: %w%s", round+1, t.name, err, b.logNote(t))
	}
	progress("%s %d/%d %s: %s", w.name, round+1, b.rounds, t.name, m.summary(w.per))
	return m, nil
}

func (b *bench) measure(ctx context.Context, w workload, t target) (measurement, error) {
	srv, err := startServer(ctx, t, b.dir, w.server)
	if err != nil {
		return nil, err
	}
	defer srv.stop()
	return w.measure(ctx, b, srv)
}

// logNote is the end of a target's log, if it says anything about errors.
func (b *bench) logNote(t target) string {
	text, err := os.ReadFile(filepath.Join(b.dir, t.name+".log"))
	if err != nil {
		return ""
	}
	var last string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "[ERR]") || strings.Contains(line, "[FTL]") || strings.Contains(line, "panic") {
			last = strings.TrimSpace(line)
		}
	}
	if last == "" {
		return ""
	}
	return "; its log has: " + last
}

// summary is a measurement on one line.
func (m measurement) summary(per string) string {
	var parts []string
	for _, name := range metricOrder {
		if v, ok := m[name]; ok {
			parts = append(parts, name.label(per)+" "+name.format(v))
		}
	}
	return strings.Join(parts, ", ")
}
