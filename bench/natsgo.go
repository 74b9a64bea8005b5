//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// clientEnv makes this program the child that runs the real client library, so that its memory and garbage
// collection are not the generator's. It holds a clientTask as JSON.
const clientEnv = "SINEW_BENCH_CLIENT"

// clientTask is what the child shall do.
type clientTask struct {
	URL       string
	ServerPID int
	Payload   int // bytes
	Duration  time.Duration
}

// clientWindow is how many messages the library's publisher may be ahead of its subscriber.
const clientWindow = 64 << 10

// measureClient has a child run nats.go at both ends of a 1:1 stream.
func (m message) measureClient(ctx context.Context, b *bench, srv *server) (measurement, error) {
	task, err := json.Marshal(clientTask{
		URL: fmt.Sprintf("nats://127.0.0.1:%d", srv.port), ServerPID: srv.pid, Payload: m.payload, Duration: b.duration,
	})
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), clientEnv+"="+string(task))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run the client library: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	var result measurement
	if err := json.Unmarshal(out, &result); err != nil {
		return nil, fmt.Errorf("read what the client library measured: %w", err)
	}
	return result, nil
}

// runClient is the child: it prints its measurement as JSON.
func runClient(text string) error {
	var task clientTask
	if err := json.Unmarshal([]byte(text), &task); err != nil {
		return err
	}
	var received atomic.Int64
	sub, err := nats.Connect(task.URL)
	if err != nil {
		return err
	}
	defer sub.Close()
	pub, err := nats.Connect(task.URL)
	if err != nil {
		return err
	}
	defer pub.Close()
	subscription, err := sub.Subscribe("bench.0", func(*nats.Msg) { received.Add(1) })
	if err != nil {
		return err
	}
	if err := subscription.SetPendingLimits(-1, -1); err != nil {
		return err
	}
	if err := sub.Flush(); err != nil {
		return err
	}
	from, to, sent, err := clientTraffic(pub, &received, task)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(arrivalLimit)
	for received.Load() < sent && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if got := received.Load(); got != sent {
		return fmt.Errorf("received %d messages of %d", got, sent)
	}
	return json.NewEncoder(os.Stdout).Encode(perMessage(from, to))
}

// clientTraffic publishes for the warm-up and the duration, and returns the readings at both ends of the latter
// and how many messages it published in all.
func clientTraffic(pub *nats.Conn, received *atomic.Int64, task clientTask) (from, to reading, sent int64, err error) {
	payload := make([]byte, task.Payload)
	take := func(until time.Duration) (r reading, err error) {
		end := time.Now().Add(until)
		for time.Now().Before(end) {
			for range 256 {
				if err := pub.Publish("bench.0", payload); err != nil {
					return r, err
				}
			}
			for sent += 256; sent-received.Load() > clientWindow && time.Now().Before(end); {
				time.Sleep(50 * time.Microsecond)
			}
		}
		r = reading{at: time.Now(), messages: received.Load()}
		r.cpu, err = cpuTime(task.ServerPID)
		return r, err
	}
	if from, err = take(task.Duration / 4); err != nil {
		return
	}
	if to, err = take(task.Duration); err != nil {
		return
	}
	return from, to, sent, pub.Flush()
}
