package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

const systemConfig = `
	accounts {
		SYS { users: [{user: sys, password: s}] }
		A { users: [{user: a, password: a}] }
	}
	system_account: SYS
	server_name: one
`

func (r *rig) as(user, password string, options ...nats.Option) *nats.Conn {
	r.t.Helper()
	return r.nats(append(options, nats.UserInfo(user, password))...)
}

// ask sends a request and reads its answer.
func ask(t testing.TB, nc *nats.Conn, subject, body string, into any) {
	t.Helper()
	m, err := nc.Request(subject, []byte(body), patience)
	if err != nil {
		t.Fatalf("%s: %v", subject, err)
	}
	if err := json.Unmarshal(m.Data, into); err != nil {
		t.Fatalf("%s: %v in %q", subject, err, m.Data)
	}
}

type systemAnswer struct {
	Server struct {
		Name string   `json:"name"`
		Seq  uint64   `json:"seq"`
		Tags []string `json:"tags"`
	} `json:"server"`
	Error *struct {
		Code        int    `json:"code"`
		Description string `json:"description"`
	} `json:"error"`
}

// subscribe returns a subscription that the server knows.
func subscribe(t testing.TB, nc *nats.Conn, subject string) *nats.Subscription {
	t.Helper()
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	return sub
}

func next(t testing.TB, sub *nats.Subscription, into any) string {
	t.Helper()
	m, err := sub.NextMsg(patience)
	if err != nil {
		t.Fatalf("%s: %v", sub.Subject, err)
	}
	if into != nil {
		if err := json.Unmarshal(m.Data, into); err != nil {
			t.Fatalf("%s: %v in %q", m.Subject, err, m.Data)
		}
	}
	return m.Subject
}

// TestEachConnectionIsTold: none is left out, however many come at once, and the counts add up.
func TestEachConnectionIsTold(t *testing.T) {
	const crowd = 200
	r := start(t, systemConfig)
	sys := r.as("sys", "s")
	connects, disconnects := subscribe(t, sys, "$SYS.ACCOUNT.A.CONNECT"), subscribe(t, sys, "$SYS.ACCOUNT.A.DISCONNECT")
	counts := subscribe(t, sys, "$SYS.ACCOUNT.A.SERVER.CONNS")
	var all sync.WaitGroup
	for range crowd {
		all.Go(func() {
			w := r.login(`"user":"a","pass":"a"`)
			w.say("PUB x 3", "abc")
			w.barrier()
			_ = w.Close()
		})
	}
	all.Wait()
	type event struct {
		ID     string `json:"id"`
		Client struct {
			ID uint64 `json:"id"`
		} `json:"client"`
		Sent struct {
			Msgs  int `json:"msgs"`
			Bytes int `json:"bytes"`
		} `json:"sent"`
		Conns int `json:"conns"`
	}
	came, ids := map[uint64]bool{}, map[string]bool{}
	for range crowd {
		var e event
		next(t, connects, &e)
		came[e.Client.ID] = true
		ids[e.ID] = true
	}
	for range crowd {
		var e event
		next(t, disconnects, &e)
		if !came[e.Client.ID] || e.Sent.Msgs != 1 || e.Sent.Bytes != 3 {
			t.Errorf("disconnected: %+v, connected: %v", e, came[e.Client.ID])
		}
		delete(came, e.Client.ID)
		ids[e.ID] = true
	}
	if len(came) != 0 || len(ids) != 2*crowd {
		t.Errorf("%d connections did not end, %d ids", len(came), len(ids))
	}
	for i := 1; i <= 2*crowd; i++ {
		var e event
		next(t, counts, &e)
		if e.Conns < 0 || e.Conns > crowd {
			t.Errorf("%d connections", e.Conns)
		}
	}
}

// TestTheEndIsToldBeforeClientsAreClosed, so that those who listen know why.
func TestTheEndIsToldBeforeClientsAreClosed(t *testing.T) {
	for range 5 {
		r := start(t, systemConfig)
		sys := r.login(`"user":"sys","pass":"s"`)
		sys.say("SUB $SYS.SERVER.*.SHUTDOWN 1")
		sys.barrier()
		r.Shutdown()
		if said := sys.rest(); !strings.HasPrefix(said, "MSG $SYS.SERVER."+r.ID()+".SHUTDOWN 1 ") {
			t.Errorf("the server said %q", said)
		}
	}
}

// TestTenantsDoNotHoldUpTheOperator: a flood of requests in one account is answered or refused, and the system account
// served.
func TestTenantsDoNotHoldUpTheOperator(t *testing.T) {
	r := start(t, systemConfig)
	sys := r.as("sys", "s")
	flood := r.login(`"user":"a","pass":"a"`)
	stop := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		requests := strings.Repeat("PUB $SYS.REQ.ACCOUNT.PING.CONNZ nowhere 0\r\n\r\n", 1000)
		for {
			select {
			case <-stop:
				return
			default:
			}
			flood.say(requests + "PING")
			for flood.line() != "PONG" { // 503 to those that did not fit
			}
		}
	})
	for range 50 {
		var a systemAnswer
		ask(t, sys, "$SYS.REQ.SERVER.PING.HEALTHZ", "", &a)
	}
	close(stop)
	all.Wait()
}

func TestAReloadThatIsAskedForMeetsTheEnd(t *testing.T) {
	r := start(t, systemConfig)
	sys := r.login(`"user":"sys","pass":"s"`)
	for range 20 {
		sys.say("PUB $SYS.REQ.SERVER."+r.ID()+".RELOAD 0", "")
	}
	sys.barrier()
	done := make(chan struct{})
	go func() {
		r.Shutdown()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the server does not end")
	}
}

func TestAReloadIsFollowed(t *testing.T) {
	r := start(t, systemConfig)
	sys := r.as("sys", "s")
	r.write(strings.Replace(systemConfig, "A {", "B { users: [{user: b, password: b}] }, A {", 1) + "\nserver_tags: [new]\n")
	var a systemAnswer
	reload := "$SYS.REQ.SERVER." + r.ID() + ".RELOAD"
	ask(t, sys, reload, "", &a)
	if a.Error != nil {
		t.Fatalf("reload: %+v", a.Error)
	}
	if ask(t, sys, "$SYS.REQ.SERVER.PING.HEALTHZ", "", &a); len(a.Server.Tags) != 1 || a.Server.Tags[0] != "new" {
		t.Errorf("tags are %q", a.Server.Tags)
	}
	var info struct {
		Data struct {
			User, Account string
		} `json:"data"`
	}
	if ask(t, r.as("b", "b"), "$SYS.REQ.USER.INFO", "", &info); info.Data.Account != "B" {
		t.Errorf("user info %+v", info)
	}
	r.write("port: [")
	var bad systemAnswer
	if ask(t, sys, reload, "", &bad); bad.Error == nil || bad.Error.Code != 500 || !strings.Contains(bad.Error.Description, r.file) {
		t.Errorf("a bad file: %+v", bad.Error)
	}
	if ask(t, r.as("b", "b"), "$SYS.REQ.USER.INFO", "", &info); info.Data.Account != "B" {
		t.Errorf("user info after it %+v", info)
	}
}

func TestKickedClientsAreGoneAndOthersStay(t *testing.T) {
	r := start(t, systemConfig)
	sys, victim, other := r.as("sys", "s"), r.as("a", "a", nats.Name("victim")), r.as("a", "a")
	cid, err := victim.GetClientID()
	if err != nil {
		t.Fatal(err)
	}
	var a systemAnswer
	if ask(t, sys, "$SYS.REQ.SERVER."+r.ID()+".KICK", fmt.Sprintf(`{"cid":%d}`, cid), &a); a.Error != nil {
		t.Errorf("kick: %+v", a.Error)
	}
	r.awaitClosed("victim", "Kicked")
	if err := other.FlushTimeout(patience); err != nil {
		t.Errorf("the other client: %v", err)
	}
}

// TestServersWithoutAccountsServeTheirClients: the system account is there, though nobody can log in to it.
func TestServersWithoutAccountsServeTheirClients(t *testing.T) {
	r := start(t, "")
	var a systemAnswer
	ask(t, r.nats(), "$SYS.REQ.ACCOUNT.PING.CONNZ", "", &a)
	r = start(t, "no_system_account: true")
	if _, err := r.nats().Request("$SYS.REQ.USER.INFO", nil, patience); err == nil {
		t.Error("a server without a system account answers")
	}
	if n := r.varz().Subscriptions; n > 1 {
		t.Errorf("it has %d subscriptions", n)
	}
}

// BenchmarkConnect is what a connection costs while nobody listens to events, and while somebody does.
func BenchmarkConnect(b *testing.B) {
	for _, listens := range []string{"nobody", "somebody"} {
		b.Run(listens, func(b *testing.B) {
			r := start(b, systemConfig)
			if listens == "somebody" {
				sys := r.as("sys", "s")
				if _, err := sys.Subscribe("$SYS.ACCOUNT.>", func(*nats.Msg) {}); err != nil {
					b.Fatal(err)
				}
				if err := sys.Flush(); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				w := r.login(`"user":"a","pass":"a"`)
				_ = w.Close()
			}
		})
	}
}
