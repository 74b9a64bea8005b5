package tool_test

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestRTT(t *testing.T) {
	one, two := startServer(t, ""), startServer(t, "authorization { user: u, password: hunter2 }")
	got := good(t, "rtt", "-s", "nats://"+one+",nats://u:hunter2@"+two)
	want := regexp.MustCompile(`^nats://` + one + `\n  ` + one + `: \d\S+s on average of 5, \S+s to \S+s\nnats://` + two + `\n  ` + two + `: `)
	if !want.MatchString(got.out) {
		t.Errorf("shows\n%s", got.out)
	}

	var servers []struct {
		URL     string
		Results []struct {
			Address, URL         string
			RTT, Min, Max, Count int64
		}
	}
	got = good(t, "rtt", "3", "-j", "-s", "nats://u:hunter2@"+two)
	if err := json.Unmarshal([]byte(got.out), &servers); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.out, "hunter2") || len(servers) != 1 || servers[0].URL != "nats://"+two || len(servers[0].Results) != 1 {
		t.Fatalf("shows\n%s", got.out)
	}
	r := servers[0].Results[0]
	if r.Address != two || r.URL != "nats://"+two || r.Count != 3 || r.Min <= 0 || r.Min > r.RTT || r.RTT > r.Max {
		t.Errorf("the result is %+v", r)
	}
}

func TestRTTOfEveryAddress(t *testing.T) {
	address := startServer(t, "")
	_, port, _ := net.SplitHostPort(address)
	got := run(t, "rtt", "1", "-s", "localhost:"+port)
	// The name may also have an address of the other kind, on which nobody listens.
	if !strings.Contains(got.out, "nats://localhost:"+port+"\n") && !strings.Contains(got.err, "cannot reach") {
		t.Errorf("gives %d\n%s%s", got.code, got.out, got.err)
	}
}

func TestRTTErrors(t *testing.T) {
	address := freeAddress(t)
	run(t, "rtt", "-s", address).check(t, 1, "",
		"sinew: cannot reach nats://"+address+": connection refused; start a server with \"sinew\", or name one with -s\n")
	for _, count := range []string{"0", "-1", "x", "99999999"} {
		got := run(t, "rtt", "--", count)
		if got.code != 2 || !strings.Contains(got.err, "COUNT must be between 1 and 1000000") {
			t.Errorf("rtt %s gives %d, %s", count, got.code, got.err)
		}
	}
	if got := run(t, "rtt", "-s", "nats://u:hunter2%zz@a"); got.code != 1 || strings.Contains(got.err, "hunter2") {
		t.Errorf("a bad URL gives %d, %s", got.code, got.err)
	}
}

// TestSOCKS goes through a proxy, which wants a password.
func TestSOCKS(t *testing.T) {
	address := startServer(t, "")
	proxy := startSOCKS(t, "joe", "hunter2")
	run(t, "pub", "a", "x", "-s", address, "--socks-proxy", "socks5://joe:hunter2@"+proxy.address).
		check(t, 0, "", "Published 1 bytes to \"a\"\n")
	if got := proxy.served.Load(); got != 1 {
		t.Errorf("the proxy served %d connections, want 1", got)
	}
	got := run(t, "pub", "a", "x", "-s", address, "--socks-proxy", "socks5://joe:wrong@"+proxy.address)
	if got.code != 1 || strings.Contains(got.err, "wrong") || !strings.Contains(got.err, "authentication failed") {
		t.Errorf("with a wrong password: %d, %s", got.code, got.err)
	}
	if got := run(t, "pub", "a", "x", "-s", address, "--socks-proxy", "socks5://"+freeAddress(t)); got.code != 1 {
		t.Errorf("without the proxy: %d, %s", got.code, got.err)
	}
}

// socks is a proxy as RFC 1928 and 1929 have it, for IPv4 addresses.
type socks struct {
	address        string
	user, password string
	served         atomic.Int32
	open           sync.WaitGroup
}

func startSOCKS(t *testing.T, user, password string) *socks {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &socks{address: listener.Addr().String(), user: user, password: password}
	s.open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.open.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		s.open.Wait()
	})
	return s
}

func (s *socks) serve(conn net.Conn) {
	defer conn.Close()
	if !s.login(conn) {
		return
	}
	var request [10]byte // version, command, reserved, IPv4, address, port
	if _, err := io.ReadFull(conn, request[:]); err != nil || request[3] != 1 {
		return
	}
	target := net.TCPAddr{IP: net.IP(request[4:8]), Port: int(binary.BigEndian.Uint16(request[8:]))}
	through, err := net.DialTCP("tcp", nil, &target)
	if err != nil {
		return
	}
	defer through.Close()
	if _, err := conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}); err != nil {
		return
	}
	s.served.Add(1)
	s.open.Go(func() {
		_, _ = io.Copy(through, conn)
		through.Close()
	})
	_, _ = io.Copy(conn, through)
}

func (s *socks) login(conn net.Conn) bool {
	text := func() string {
		var size [1]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return ""
		}
		buf := make([]byte, size[0])
		_, _ = io.ReadFull(conn, buf)
		return string(buf)
	}
	var version [1]byte
	if _, err := io.ReadFull(conn, version[:]); err != nil || version[0] != 5 {
		return false
	}
	text() // the methods the client offers
	if _, err := conn.Write([]byte{5, 2}); err != nil {
		return false
	}
	if _, err := io.ReadFull(conn, version[:]); err != nil || version[0] != 1 {
		return false
	}
	user, password := text(), text()
	verdict := byte(1)
	if user == s.user && password == s.password {
		verdict = 0
	}
	_, err := conn.Write([]byte{1, verdict})
	return err == nil && verdict == 0
}
