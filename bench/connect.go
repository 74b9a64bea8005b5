//go:build linux

package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// connectWorkers is how many connections are being made at any time.
const connectWorkers = 4

// measureConnect makes connections, greets and closes them, as fast as the server lets four workers.
func measureConnect(ctx context.Context, b *bench, srv *server) (measurement, error) {
	var connected atomic.Int64
	var phase atomic.Int32 // 0 warm up, 1 record, 2 stop
	results := make([]histogram, connectWorkers)
	errs := make([]error, connectWorkers)
	failed := make(chan struct{}, connectWorkers)
	var workers sync.WaitGroup
	for i := range connectWorkers {
		workers.Go(func() {
			if errs[i] = connectAgain(srv.port, i, &phase, &connected, &results[i]); errs[i] != nil {
				failed <- struct{}{}
			}
		})
	}
	take := func(next int32, after time.Duration) (reading, error) {
		cpu, err := cpuTime(srv.pid)
		r := reading{at: time.Now(), messages: connected.Load(), cpu: cpu}
		phase.Store(next)
		select {
		case <-ctx.Done():
			err = errors.Join(err, ctx.Err())
		case <-failed:
			err = errors.Join(err, srv.alive())
		case <-time.After(after):
		}
		return r, err
	}
	_, warmErr := take(0, b.duration/4)
	from, fromErr := take(1, b.duration)
	to, toErr := take(2, 0)
	workers.Wait()
	if err := errors.Join(append(errs, warmErr, fromErr, toErr)...); err != nil {
		return nil, err
	}
	m := perMessage(from, to)
	for i := range results[1:] {
		results[0].merge(&results[1+i])
	}
	m.latencies(&results[0])
	return m, nil
}

// connectAgain connects until phase 2. Each connection comes from the next of 64 addresses of the worker's own,
// for closing leaves the pair of address and port unusable for a minute.
func connectAgain(port, worker int, phase *atomic.Int32, connected *atomic.Int64, latency *histogram) error {
	for i := 0; phase.Load() != 2; i++ {
		begin := time.Now()
		conn, err := dialPlain(port, byte(max(2, worker*(256/connectWorkers)+i%(256/connectWorkers))))
		if err != nil {
			return err
		}
		conn.Close()
		connected.Add(1)
		if phase.Load() == 1 {
			latency.record(time.Since(begin))
		}
	}
	return nil
}
