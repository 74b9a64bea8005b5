//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// watched is a workload with somebody who looks: how much of a publisher's rate is left while one client asks for all
// connections and their subscriptions, again and again?
type watched struct {
	connections int           // with one subscription each, and no traffic
	every       time.Duration // from the beginning of one request to that of the next; 0: at once
}

// phases is how often the rate is measured with and without the one who looks, in turns, so that the drift of the
// machine's noise meets both.
const phases = 6

// measure gives the rate and the cost while it is looked at, what both are in shares of the neighbouring phases without,
// and how long a document takes.
func (w watched) measure(ctx context.Context, b *bench, srv *server) (measurement, error) {
	if err := checkDescriptors(w.connections); err != nil {
		return nil, err
	}
	conns, err := openIdle(srv, w.connections)
	defer closeAll(conns)
	if err != nil {
		return nil, errors.Join(err, srv.alive())
	}
	for i, conn := range conns {
		if err := barrier(conn.(rawConn), fmt.Sprintf("SUB watched.%d 1\r\n", i)); err != nil {
			return nil, err
		}
	}
	t, err := stream{message: message{payload: 128}, lanes: 1, subscribers: 1}.open(srv)
	if err != nil {
		return nil, err
	}
	defer t.close()
	t.start()
	if err := t.wait(ctx, b.duration/4); err != nil {
		return nil, err
	}
	result, err := w.compare(ctx, b.duration, t)
	if err != nil {
		return nil, err
	}
	return result, t.finish()
}

// compare measures phases with and without requests.
func (w watched) compare(ctx context.Context, phase time.Duration, t *traffic) (measurement, error) {
	var during, shares []measurement
	var took histogram
	for range phases {
		without, err := t.phase(ctx, phase)
		if err != nil {
			return nil, err
		}
		l := w.look(ctx, t.srv)
		with, err := t.phase(ctx, phase)
		if err := errors.Join(err, l.end()); err != nil {
			return nil, err
		}
		took.merge(&l.took)
		during = append(during, with)
		shares = append(shares, measurement{kept: with[rate] / without[rate], costs: with[cpu] / without[cpu]})
	}
	m := measurement{}
	for _, figure := range []metric{rate, cpu} {
		m[figure] = spreadOf(column(during, figure)).Median
	}
	for _, figure := range []metric{kept, costs} {
		m[figure] = spreadOf(column(shares, figure)).Median
	}
	if took.total > 0 {
		m[document] = float64(took.percentile(50).Nanoseconds()) / 1e6
	}
	return m, nil
}

// phase is the rate and the cost of a while.
func (t *traffic) phase(ctx context.Context, d time.Duration) (measurement, error) {
	from, to, err := t.count(ctx, d)
	if err != nil {
		return nil, err
	}
	return perMessage(from, to), nil
}

// looker asks for the document until it is ended.
type looker struct {
	cancel context.CancelFunc
	done   chan error
	took   histogram // of each document; owned by the looker until it has ended
}

func (w watched) look(ctx context.Context, srv *server) *looker {
	ctx, cancel := context.WithCancel(ctx)
	l := &looker{cancel: cancel, done: make(chan error, 1)}
	url := fmt.Sprintf("http://127.0.0.1:%d/connz?subs=1&limit=%d", srv.monitor, 2*w.connections)
	go func() {
		for {
			begin := time.Now()
			err := fetch(ctx, url, w.connections)
			if ctx.Err() != nil {
				l.done <- nil
				return
			}
			if err != nil {
				l.done <- err
				return
			}
			l.took.record(time.Since(begin))
			select {
			case <-ctx.Done():
			case <-time.After(w.every - time.Since(begin)):
			}
		}
	}()
	return l
}

// end stops the looker in the middle of what it does.
func (l *looker) end() error {
	l.cancel()
	return <-l.done
}

// leastBytes is what the shortest description of a connection takes.
const leastBytes = 200

// fetch reads a document and throws it away; one that is too short cannot have all connections.
func fetch(ctx context.Context, url string, connections int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", url, err)
	case response.StatusCode != http.StatusOK || n < int64(leastBytes*connections):
		return fmt.Errorf("%s: %s, %d bytes", url, response.Status, n)
	}
	return nil
}
