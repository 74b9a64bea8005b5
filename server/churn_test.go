package server_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"

	"sinew.dev/sinew/internal/observe/status"
)

// heapBytes is what is in use after everything unreachable was freed.
func heapBytes() uint64 {
	debug.FreeOSMemory() // collects twice, so that pools are emptied
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// churn subscribes and unsubscribes pairs times on one connection, at most window subscriptions at a time.
func churn(w *wire, pairs, window int) {
	w.t.Helper()
	kinds := []string{"SUB c.%d %d\r\n", "SUB c.%d.* %d\r\n", "SUB c.%d.> %d\r\n", "SUB c.%d q %d\r\n", "SUB *.%d %d\r\n"}
	var b bytes.Buffer
	for first := 0; first < pairs; first += window {
		b.Reset()
		for i := first; i < first+window; i++ {
			fmt.Fprintf(&b, kinds[i%len(kinds)], i, i)
		}
		for i := first; i < first+window; i++ {
			fmt.Fprintf(&b, "UNSUB %d\r\n", i)
		}
		b.WriteString("PING\r\n")
		if _, err := w.Write(b.Bytes()); err != nil {
			w.t.Fatal(err)
		}
		for w.line() != "PONG" { // messages of the load come between
		}
	}
}

// load publishes to the subjects that churn subscribes to, until stop is closed.
func load(w *wire, stop <-chan struct{}) {
	var b bytes.Buffer
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		b.Reset()
		for k := range 100 {
			fmt.Fprintf(&b, "PUB c.%d 5\r\nhello\r\n", (i*100+k)%2_000)
		}
		b.WriteString("PING\r\n")
		if _, err := w.Write(b.Bytes()); err != nil {
			return
		}
		if _, err := io.ReadFull(w.in, make([]byte, len("PONG\r\n"))); err != nil {
			return
		}
	}
}

func TestSubscriptionsThatComeAndGoUnderLoadLeaveNothing(t *testing.T) {
	r := start(t, "")
	churners := []*wire{r.login(""), r.login("")}
	publisher, before := r.login(""), r.varz().Subscriptions
	round := func(pairs int) {
		stop := make(chan struct{})
		var all, loading sync.WaitGroup
		loading.Go(func() { load(publisher, stop) })
		for _, w := range churners {
			all.Go(func() { churn(w, pairs, 500) })
		}
		all.Wait()
		close(stop)
		loading.Wait()
	}
	// Match caches grow, up to a bound, to what is in use: growth has to end, whereas a leak goes on.
	const rounds, small = 8, 512 << 10
	var heaps []uint64
	for i := range rounds {
		round(50_000)
		heaps = append(heaps, heapBytes())
		if i > 0 && heaps[i] < heaps[i-1]+small {
			break
		}
		if i == rounds-1 && !raceEnabled {
			t.Errorf("the heap grows with each round: %d", heaps)
		}
	}
	if n := r.clientSubs(); n != 0 {
		t.Errorf("/subsz has %d subscriptions", n)
	}
	if n := r.varz().Subscriptions; n != before {
		t.Errorf("/varz counts %d subscriptions, %d at the begin", n, before)
	}
	churners[0].barrier()
}

func TestConnectionsThatComeAndGoLeaveNothing(t *testing.T) {
	r := start(t, "max_closed_clients: 10")
	round := func(n int) {
		for range n {
			w := r.login("")
			w.say("SUB x 1", "SUB y.* 2", "PUB x 1", "z", "PING")
			w.expect("MSG x 1 1", "z", "PONG")
			_ = w.Close()
		}
		r.awaitVarz("all to be gone", func(v *status.Varz) bool { return v.Connections == 0 && r.clientSubs() == 0 })
	}
	round(300)
	before, goroutines := heapBytes(), runtime.NumGoroutine()
	round(1000)
	after := heapBytes()
	if grown := int64(after) - int64(before); grown > 2<<20 && !raceEnabled {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	if n := runtime.NumGoroutine(); n > goroutines+5 {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
}

func TestPublishingAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	r := start(t, "")
	sub, pub := r.login(""), r.login("")
	sub.say("SUB x 1")
	sub.barrier()
	const messages, rounds = 1000, 100
	out := append(bytes.Repeat([]byte("PUB x 16\r\n0123456789abcdef\r\n"), messages), "PING\r\n"...)
	in := make([]byte, messages*len("MSG x 1 16\r\n0123456789abcdef\r\n"))
	round := func() {
		if _, err := pub.Write(out); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(sub.in, in); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(pub.in, in[:len("PONG\r\n")]); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		round()
	}
	most := 0.01 // the rest is the test's own, and the runtime's
	if runtime.GOOS != "linux" || os.Getenv("SINEW_PORTABLE") != "" {
		most = 0.05 // the portable driver allocates with each turn, not with each message
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		round()
	}
	runtime.ReadMemStats(&after)
	if each := float64(after.Mallocs-before.Mallocs) / (messages * rounds); each >= most {
		t.Errorf("%.4f allocations for each message", each)
	}
}
