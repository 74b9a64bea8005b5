package server_test

import (
	"net"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

func TestLameDuckTellsClientsAndClosesThem(t *testing.T) {
	r := start(t, "")
	r.SetLameDuck(100*time.Millisecond, 500*time.Millisecond)
	modern, old := r.login(`"protocol":1,"name":"modern"`), r.login(`"protocol":0,"name":"old"`)
	modern.info() // connect_info, which follows the first PONG
	addr := r.Addr().String()
	began, ended := time.Now(), make(chan struct{})
	go func() {
		r.LameDuck()
		close(ended)
	}()
	if info := modern.info(); !info.LameDuck {
		t.Error("INFO does not tell of lame duck mode")
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		_ = conn.Close()
		t.Error("a new connection was accepted in lame duck mode")
	}
	if rest := modern.rest() + old.rest(); rest != "" {
		t.Errorf("clients were sent %q", rest)
	}
	<-ended
	if took := time.Since(began); took < 100*time.Millisecond || took > patience/2 {
		t.Errorf("lame duck mode took %v", took)
	}
	r.Wait()
}

func TestLameDuckStillServesWhomItHas(t *testing.T) {
	r := start(t, "")
	r.SetLameDuck(patience, 2*patience)
	w := r.login(`"protocol":1`)
	w.info()
	ended := make(chan struct{})
	go func() {
		r.LameDuck()
		close(ended)
	}()
	w.info()
	w.say("SUB x 1", "PUB x 2", "hi")
	w.expect("MSG x 1 2", "hi")
	var health status.Healthz
	r.get("/healthz", &health)
	if health.Status == "ok" {
		t.Error("/healthz says that clients can connect")
	}
	r.Shutdown() // does not wait for the grace period
	<-ended
}

func TestLameDuckWithoutClientsEndsAtOnce(t *testing.T) {
	r := start(t, "")
	r.SetLameDuck(patience, 2*patience)
	began := time.Now()
	r.LameDuck()
	r.Wait()
	if took := time.Since(began); took > patience/2 {
		t.Errorf("took %v", took)
	}
}
