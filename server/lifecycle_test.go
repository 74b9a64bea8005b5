package server_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"sinew.dev/sinew/server"
)

func TestPublishReachesSubscriberOnAFreePort(t *testing.T) {
	r := start(t, "")
	_, port, err := net.SplitHostPort(r.Addr().String())
	if err != nil || port == "0" || port == "4222" {
		t.Fatalf("listening on %s", r.Addr())
	}
	sub, pub := r.login(""), r.login("")
	if strconv.Itoa(sub.hello.Port) != port {
		t.Errorf("INFO names port %d, the server listens on %s", sub.hello.Port, port)
	}
	sub.say("SUB orders.* 7", "SUB orders.> q 8")
	sub.barrier()
	pub.say("PUB orders.new reply.to 5", "hello")
	pub.barrier()
	got := []string{sub.line(), sub.line(), sub.line(), sub.line()}
	if all := strings.Join(got, "|"); !strings.Contains(all, "MSG orders.new 7 reply.to 5|hello") || !strings.Contains(all, "MSG orders.new 8 reply.to 5|hello") {
		t.Errorf("got %q", got)
	}
}

func TestRequestWithoutResponderIsAnsweredAtOnce(t *testing.T) {
	r := start(t, "")
	nc := r.nats()
	if _, err := nc.Request("nobody", nil, patience); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAFileOnlyLoopbackIsServed(t *testing.T) {
	s, err := server.New(server.Options{Args: []string{"-p", "-1", "-l", filepath.Join(t.TempDir(), "log")}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err := netip.ParseAddrPort(s.Addr().String())
	if err != nil || !addr.Addr().Unmap().IsLoopback() {
		t.Errorf("listening on %s, %v", s.Addr(), err)
	}
}

func TestShutdownClosesClientsAndRemovesFiles(t *testing.T) {
	dir := t.TempDir()
	pid := filepath.Join(dir, "sinew.pid")
	r := start(t, "", "-P", pid, "--ports_file_dir", dir)
	if text, err := os.ReadFile(pid); err != nil || string(text) != strconv.Itoa(os.Getpid()) {
		t.Errorf("pid file: %q, %v", text, err)
	}
	ports, _ := filepath.Glob(filepath.Join(dir, "*.ports"))
	if len(ports) != 1 {
		t.Fatalf("ports files: %q", ports)
	}
	if text, err := os.ReadFile(ports[0]); err != nil || !strings.Contains(string(text), r.URL()) {
		t.Errorf("ports file: %q, %v", text, err)
	}
	var clients []*wire
	for range 20 {
		clients = append(clients, r.login(""))
	}
	addr := r.Addr().String()
	r.Shutdown()
	for _, w := range clients {
		w.rest()
	}
	for _, path := range append(ports, pid) {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", filepath.Base(path), err)
		}
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		_ = conn.Close()
		t.Error("the port is still open")
	}
	if !strings.Contains(r.logText(), "Server Exiting..") {
		t.Error("the log does not tell the end")
	}
}

func TestShutdownByManyAtOnce(t *testing.T) {
	r := start(t, "")
	r.SetLameDuck(0, patience)
	busy := r.login("")
	busy.say("SUB x 1")
	var all sync.WaitGroup
	all.Go(func() { _, _ = busy.Write([]byte(strings.Repeat("PUB x 1\r\ny\r\n", 10_000))) })
	all.Go(func() { busy.rest() })
	all.Go(r.LameDuck)
	for range 8 {
		all.Go(r.Shutdown)
		all.Go(func() { _ = r.Reload() })
		all.Go(r.ReopenLog)
		all.Go(r.Wait)
	}
	all.Wait()
	r.Shutdown()
}

func TestStartOnATakenPortFailsAndLeavesNothing(t *testing.T) {
	other := start(t, "")
	_, port, _ := net.SplitHostPort(other.Addr().String())
	pid := filepath.Join(t.TempDir(), "sinew.pid")
	r, err := tryStart(t, "", "-p", port, "-P", pid)
	if err == nil {
		t.Fatal("started")
	}
	r.Wait()
	if _, err := os.Stat(pid); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a pid file was left: %v", err)
	}
	other.login("")
}
