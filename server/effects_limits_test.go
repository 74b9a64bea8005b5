package server_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

func limitEffects() []effect {
	refusedSubscription := talk("", "SUB a 1", "SUB b 2", "SUB c 3")
	return []effect{
		{key: "max_connections", with: "max_connections: 1", see: secondClient, want: "-ERR 'maximum connections exceeded'"},
		{key: "max_subscriptions", with: "max_subscriptions: 2", see: refusedSubscription, want: "-ERR 'maximum subscriptions exceeded'", refused: "MaxSubs"},
		{
			key: "max_sub_tokens", with: "max_sub_tokens: 2", see: talk("", "SUB a.b.c 1"), refused: "MaxSubTokens",
			want: `-ERR 'Permissions Violation for Subscription to "a.b.c", too many tokens'`,
		},
		{
			key: "max_control_line", with: "max_control_line: 512", see: talk("", "SUB "+strings.Repeat("x", 600)+" 1"),
			want: "-ERR 'maximum control line exceeded'",
		},
		{key: "max_payload", with: "max_payload: 4", see: talk("", "PUB a 5", "hello"), want: "-ERR 'Maximum Payload Violation'"},
		{
			key: "max_pending", with: "max_pending: 1MB", base: "write_deadline: 60s", see: afterStall(400, 2*time.Second, 0), want: "Slow Consumer (Pending Bytes)",
			refused: "MaxPending",
		},
		{key: "max_closed_clients", with: "max_closed_clients: 1", see: closedRemembered, want: "1", refused: "MaxClosedClients"},
		{key: "write_deadline", base: "write_deadline: 60s", with: "write_deadline: 300ms", see: afterStall(320, 2*time.Second, 0), want: "Slow Consumer (Write Deadline)"},
		{key: "write_timeout", base: "max_pending: 64MB, write_deadline: 1s", with: "write_timeout: retry", see: afterStall(400, 2*time.Second, 64<<10), want: "still there", refused: "WriteTimeout"},
		{
			key: "no_fast_producer_stall", base: "max_pending: 8MB, write_deadline: 60s", with: "no_fast_producer_stall: true",
			see: afterStall(400, time.Second, 0), want: "still there",
		},
		{key: "ping_interval", with: `ping_interval: "50ms"`, see: pings, want: "many"},
		{key: "ping_max", base: `ping_interval: "50ms"`, with: "ping_max: 5", see: pingsUntilStale, want: "5"},
		{
			key: "lame_duck_grace_period", with: `lame_duck_grace_period: "0s"`, see: evictedWithin(2 * time.Second), want: "yes",
			refused: "LameDuckGracePeriod",
		},
		{
			key: "lame_duck_duration", base: `lame_duck_grace_period: "29s"`, with: `lame_duck_duration: "30s"`, see: lameDuckDuration, want: "30s",
			refused: "LameDuckDuration",
		},
	}
}

// secondClient is what a second client is told.
func secondClient(r *rig) string {
	first := r.login("")
	defer func() {
		_ = first.Close()
		r.awaitVarz("the first client's end", func(v *status.Varz) bool { return v.Connections == 0 })
	}()
	second := r.dial()
	second.say(connectLine(""), "PING")
	line, _ := second.in.ReadString('\n')
	_ = second.Close()
	return strings.TrimRight(line, "\r\n")
}

// afterStall is what becomes of a subscriber within a while that takes only so many bytes now and then, or none, while so
// many blocks are published.
func afterStall(blocks int, wait time.Duration, some int) func(*rig) string {
	return func(r *rig) string {
		before, _ := r.ended("stalled")
		stalled, pub, healthy := r.stalled(), r.login(""), r.login("")
		var reading sync.WaitGroup
		defer func() {
			_ = errors.Join(stalled.Close(), pub.Close(), healthy.Close())
			reading.Wait()
			await(r.t, "the subscriber's end", func() bool { now, _ := r.ended("stalled"); return now > before })
		}()
		reading.Go(func() {
			for some > 0 {
				if _, err := io.CopyN(io.Discard, stalled, int64(some)); err != nil {
					return
				}
				<-time.After(20 * time.Millisecond) // what makes it slow
			}
		})
		r.pourBetween(pub, healthy, blocks)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(wait); time.Now().Before(end); <-tick.C {
			if now, reason := r.ended("stalled"); now > before {
				return reason
			}
		}
		return "still there"
	}
}

// ended is how many connections of a name were closed, and why the last of them was.
func (r *rig) ended(name string) (n int, reason string) {
	var c status.Connz
	r.get("/connz?state=closed&limit=1000", &c)
	last := uint64(0)
	for i := range c.Conns {
		if one := c.Conns[i]; one.Name == name {
			n++
			if uint64(one.CID) > last {
				last, reason = uint64(one.CID), one.Reason
			}
		}
	}
	return n, reason
}

// closedRemembered is how many closed connections are known when several have ended.
func closedRemembered(r *rig) string {
	for range 3 {
		talk("")(r)
	}
	r.awaitVarz("the end of all clients", func(v *status.Varz) bool { return v.Connections == 0 })
	var c status.Connz
	r.get("/connz?state=closed", &c)
	return fmt.Sprint(len(c.Conns))
}

// pings tells whether the server asks a client again and again.
func pings(r *rig) string {
	w := r.login("")
	defer w.Close()
	_ = w.SetReadDeadline(time.Now().Add(time.Second))
	for range 5 {
		if line, err := w.in.ReadString('\n'); err != nil || line != "PING\r\n" {
			return "few"
		}
		w.say("PONG")
	}
	return "many"
}

// pingsUntilStale is how many PINGs a client may leave unanswered.
func pingsUntilStale(r *rig) string {
	w := r.login("")
	return fmt.Sprint(strings.Count(w.rest(), "PING"))
}

// evictedWithin tells whether lame duck mode closes a client soon. It ends the server.
func evictedWithin(wait time.Duration) func(*rig) string {
	return func(r *rig) string {
		w := r.login("")
		done := make(chan struct{})
		go func() { defer close(done); r.LameDuck() }()
		defer func() { r.Shutdown(); <-done }()
		_ = w.SetReadDeadline(time.Now().Add(wait))
		for {
			_, err := w.in.ReadString('\n')
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				return "no"
			}
			if err != nil {
				return "yes"
			}
		}
	}
}

// lameDuckDuration is the whole time as the configuration in force has it: it is too long to be waited for.
func lameDuckDuration(r *rig) string { return r.LameDuckDuration().String() }
