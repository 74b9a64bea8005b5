package top

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Output says what Print writes.
type Output struct {
	// Out takes the tables, Notes what went wrong in between. Both must be set.
	Out, Notes io.Writer
	// Count is how many tables to write, zero for one after the other until the context ends.
	Count int
	// JSON writes each sample as an object on a line of its own.
	JSON bool
}

// Print writes tables for scripts, one each interval. Rates need two samples, so the first one comes after one interval.
// It ends with an error if the first sample fails, or the last: between them a server may go away and come back.
func Print(ctx context.Context, o Options, output Output) error {
	t, err := newTables(o)
	if err != nil {
		return err
	}
	sampler := NewSampler(o.Source)
	if _, err := sampler.Sample(ctx, t.query()); err != nil {
		return err
	}
	tick := time.NewTicker(interval(o))
	defer tick.Stop()
	for done := 1; ; done++ {
		select {
		case <-ctx.Done():
			return nil // as much as was wanted has been written
		case <-tick.C:
		}
		snapshot, err := sampler.Sample(ctx, t.query())
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && done == output.Count:
			return err
		case err != nil:
			fmt.Fprintf(output.Notes, "No answer: %v; trying again\n", err)
			continue
		}
		t.load(&snapshot)
		if err := t.print(output, &snapshot, o.Source.Place(), done > 1); err != nil {
			return err
		}
		if done == output.Count {
			return nil
		}
	}
}

func interval(o Options) time.Duration {
	if o.Interval == 0 {
		return DefaultInterval
	}
	return max(o.Interval, MinInterval)
}

// print writes one sample. An empty line comes before it if another one stands there.
func (t *tables) print(output Output, s *Snapshot, place string, more bool) error {
	buffered := bufio.NewWriter(output.Out)
	if output.JSON {
		t.current().store(s)
		text, err := json.Marshal(s)
		if err != nil {
			return err
		}
		buffered.Write(append(text, '\n'))
		return buffered.Flush()
	}
	if more {
		buffered.WriteByte('\n')
	}
	lines := header(&s.Server, place, s.Time, t.display, -1, paint{})
	if t.paged() {
		lines = append(lines, "Showing "+t.whereabouts(t.current().len()))
	}
	lines = append(lines, "")
	lines = append(lines, t.current().plain()...)
	fmt.Fprintln(buffered, strings.Join(lines, "\n"))
	return buffered.Flush()
}
