package server_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

// soakEnv says how long to soak, as a duration; empty: not at all.
const soakEnv = "SINEW_SOAK"

// footprint is what a process holds.
type footprint struct {
	resident    int64
	goroutines  int
	descriptors int
}

func (f footprint) String() string {
	return fmt.Sprintf("%.1f MiB, %d goroutines, %d descriptors", float64(f.resident)/(1<<20), f.goroutines, f.descriptors)
}

// TestSoak connects, subscribes, publishes, unsubscribes and disconnects in every way, for as long as is asked for, and
// fails if the server holds more at the end than after the first quarter.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv(soakEnv))
	if err != nil {
		t.Skipf("%s is no duration such as 10m", soakEnv)
	}
	c := spawn(t, "prof_port: -1\nauthorization {users: ["+alice+"]}\nmax_closed_clients: 100\n")
	var turns atomic.Int64
	churnFor := func(d time.Duration) {
		var all sync.WaitGroup
		end := time.Now().Add(d)
		for i := range 8 {
			all.Go(func() {
				for time.Now().Before(end) && !t.Failed() {
					c.visit(i)
					turns.Add(1)
				}
			})
		}
		all.Wait()
		if t.Failed() {
			t.FailNow()
		}
	}
	const parts, burst = 4, int64(24 << 20) // what a burst may leave behind, in bytes
	idle, _ := c.resident()
	var first, last footprint
	for i := range parts {
		churnFor(length / parts)
		last = c.footprint()
		t.Logf("after %v: %d visits, %v", length/parts*time.Duration(i+1), turns.Load(), last)
		if last.resident > idle+burst && !raceEnabled {
			t.Errorf("%d bytes at the begin, %d now", idle, last.resident)
		}
		if i == 0 {
			first = last
		}
	}
	if last.resident > first.resident+first.resident/4+(4<<20) || last.goroutines > first.goroutines+2 || last.descriptors > first.descriptors+2 {
		t.Errorf("began with %v, ended with %v", first, last)
	}
}

// footprint waits until nobody is connected, and until the server has given back what it does not need.
func (c *child) footprint() (f footprint) {
	c.t.Helper()
	await(c.t, "all visitors to be gone", func() bool {
		var doc status.Subsz
		getJSON(c.t, c.monitor+"/subsz?subs=1&limit=1000000", &doc)
		return c.varz().Connections == 0 && clientSubs(&doc) == 0
	})
	// Memory is given back after some idle seconds: the least of them counts.
	f.resident = 1 << 62
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for range 64 {
		<-tick.C
		if now, ok := c.resident(); ok {
			f.resident = min(f.resident, now)
		}
	}
	descriptors, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", c.process.Process.Pid))
	f.descriptors = len(descriptors)
	f.goroutines = c.goroutines()
	return f
}

// goroutines asks the server's profile.
func (c *child) goroutines() (n int) {
	c.t.Helper()
	response, err := web.Get(c.profile + "/debug/pprof/goroutine?debug=1")
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := fmt.Fscanf(response.Body, "goroutine profile: total %d", &n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

// visit is one connection's life.
func (c *child) visit(visitor int) {
	conn, err := net.DialTimeout("tcp", c.clients, patience)
	if err != nil {
		c.t.Error(err)
		return
	}
	_ = conn.(*net.TCPConn).SetLinger(0) // leaves no port behind
	_ = conn.SetDeadline(time.Now().Add(patience))
	subject := fmt.Sprintf("soak.%d.%d", visitor, rand.IntN(1000))
	script := connectLine(asAlice) + "\r\n"
	for i := range 1 + rand.IntN(50) {
		script += fmt.Sprintf("SUB %s.%d %d\r\nSUB %s.* q %d\r\n", subject, i, 2*i, subject, 2*i+1)
	}
	body := strings.Repeat("x", 1<<rand.IntN(16))
	for i := range 1 + rand.IntN(20) {
		script += fmt.Sprintf("PUB %s.%d %d\r\n%s\r\n", subject, i, len(body), body)
	}
	script += "UNSUB 0\r\nUNSUB 1 1\r\nPING\r\n"
	end := rand.IntN(4)
	var writing sync.WaitGroup
	defer writing.Wait()
	defer conn.Close()
	writing.Go(func() { _, _ = io.WriteString(conn, script) }) // what is not written shows below
	switch end {
	case 0: // leaves in the middle, with all the rest under way
		_, _ = io.ReadFull(conn, make([]byte, 1+rand.IntN(200)))
	case 1: // refused
		writing.Wait()
		_, _ = io.WriteString(conn, "NONSENSE\r\n")
		_, _ = io.Copy(io.Discard, conn)
	default: // takes its leave
		if err := readUntilPong(conn); err != nil {
			c.t.Errorf("visitor %d: %v", visitor, err)
		}
	}
}

// readUntilPong reads what the server sends until the answer to PING.
func readUntilPong(conn io.Reader) error {
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("waiting for PONG: %w", err)
		}
		if line == "PONG\r\n" {
			return nil
		}
	}
}
