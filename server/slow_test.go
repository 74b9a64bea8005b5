package server_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/observe/status"
)

const blockBytes = 64 << 10

var block = strings.Repeat("x", blockBytes)

// message is a block as a subscriber with sid 1 gets it.
var message = fmt.Sprintf("MSG x 1 %d\r\n%s\r\n", blockBytes, block)

// stalled logs in, subscribes to x and reads nothing more.
func (r *rig) stalled() *wire {
	r.t.Helper()
	w := r.login(`"name":"stalled"`)
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(16 << 10) // less for the system to take
	}
	w.say("SUB x 1")
	w.barrier()
	return w
}

// pour publishes n blocks, few at a time, and fails unless the healthy subscriber gets each before the next are sent.
func (r *rig) pour(n int) {
	r.t.Helper()
	r.pourBetween(r.login(`"name":"publisher"`), r.login(`"name":"healthy"`), n)
}

func (r *rig) pourBetween(pub, healthy *wire, n int) {
	r.t.Helper()
	const atOnce = 4
	healthy.say("SUB x 1")
	healthy.barrier()
	got := make([]byte, len(message))
	for range n / atOnce {
		for range atOnce {
			pub.say(fmt.Sprintf("PUB x %d", blockBytes), block)
		}
		for range atOnce {
			healthy.skipPings()
			if _, err := io.ReadFull(healthy.in, got); err != nil {
				r.t.Fatalf("the healthy subscriber: %v", err)
			}
			if string(got) != message {
				r.t.Fatal("the healthy subscriber got something else")
			}
		}
	}
	pub.barrier()
	healthy.barrier()
}

func TestTooManyPendingBytesCloseOnlyTheSlowConsumer(t *testing.T) {
	r := start(t, "max_pending: 1MB, write_deadline: 60s")
	r.stalled()
	r.pour(400)
	r.awaitClosed("stalled", "Slow Consumer (Pending Bytes)")
	r.onlyOneSlow()
}

func TestWriteDeadlineClosesOnlyTheSlowConsumer(t *testing.T) {
	r := start(t, "max_pending: 64MB, write_deadline: 300ms")
	r.stalled()
	r.pour(400)
	r.awaitClosed("stalled", "Slow Consumer (Write Deadline)")
	r.onlyOneSlow()
}

func (r *rig) onlyOneSlow() {
	r.t.Helper()
	v := r.varz()
	if v.SlowConsumers != 1 || v.SlowConsumerStats.Clients != 1 || v.Connections != 2 || r.clientSubs() != 1 {
		r.t.Errorf("/varz counts %d slow consumers (%d clients), %d connections, %d subscriptions; want 1, 1, 2, 1",
			v.SlowConsumers, v.SlowConsumerStats.Clients, v.Connections, r.clientSubs())
	}
}

func TestStalledSubscriberGetsEverythingLaterAndStopsNobody(t *testing.T) {
	const blocks = 320
	r := start(t, "max_pending: 64MB, write_deadline: 60s")
	stalled := r.stalled()
	r.pour(blocks)
	if v := r.varz(); v.SlowConsumers != 0 || v.Connections != 3 {
		t.Errorf("/varz counts %d slow consumers, %d connections", v.SlowConsumers, v.Connections)
	}
	got := make([]byte, len(message))
	for i := range blocks {
		if _, err := io.ReadFull(stalled.in, got); err != nil || string(got) != message {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	stalled.barrier()
}

func TestPeerThatAnswersNoPingIsStale(t *testing.T) {
	r := start(t, "ping_interval: 50ms, ping_max: 2")
	dead, alive := r.login(`"name":"dead"`), r.nats()
	if said := dead.rest(); said != "PING\r\nPING\r\n-ERR 'Stale Connection'\r\n" {
		t.Errorf("the dead peer was sent %q", said)
	}
	r.awaitClosed("dead", "Stale Connection")
	if err := alive.Flush(); err != nil {
		t.Errorf("the living peer: %v", err)
	}
	if v := r.varz(); v.StaleConnections != 1 {
		t.Errorf("/varz counts %d stale connections", v.StaleConnections)
	}
}

// lost are the last bytes of connections that break off.
var lost = map[string]string{
	"in a line":          "PUB x 1",
	"in a payload":       "PUB x 100\r\nhalf of",
	"in a large payload": "PUB x 900000\r\n" + strings.Repeat("y", 300_000),
	"in a header":        "HPUB x 30 40\r\nNATS/1.0\r\nA: b",
	"in CONNECT":         `CONNECT {"user":"a`,
	"between operations": "PUB x 1\r\ny\r\n",
	"with output owed":   "SUB x 9\r\n" + strings.Repeat("PUB x 1000\r\n"+strings.Repeat("z", 1000)+"\r\n", 500),
}

func TestBrokenConnectionsLeaveNothing(t *testing.T) {
	r := start(t, "")
	witness := r.login("")
	for name, last := range lost {
		for _, reset := range []bool{true, false} {
			for range 5 {
				w := r.login("")
				w.say("SUB a.* 1", "SUB b q 2")
				if _, err := io.WriteString(w, last); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if reset {
					_ = w.Conn.(*net.TCPConn).SetLinger(0) // closing sends RST
				}
				_ = w.Close()
			}
		}
	}
	r.awaitVarz("all but one to be gone", func(v *status.Varz) bool { return v.Connections == 1 && r.clientSubs() == 0 })
	witness.say("SUB x 1", "PUB x 2", "ok")
	witness.expect("MSG x 1 2", "ok")
	witness.barrier()
}

func TestHalfClosedConnectionIsAnsweredAndClosed(t *testing.T) {
	r := start(t, "")
	w := r.login(`"name":"half"`)
	w.say("SUB x 1", "PUB x 2", "hi", "PING")
	if err := w.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if said := w.rest(); said != "MSG x 1 2\r\nhi\r\nPONG\r\n" {
		t.Errorf("got %q", said)
	}
	r.awaitClosed("half", "Client Closed")
}
