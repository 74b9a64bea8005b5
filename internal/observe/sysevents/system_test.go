package sysevents

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/observe"
	"sinew.dev/sinew/internal/observe/status"
)

const serverName = "NSERVER"

// content is a Source and a Control with little in it. A reload waits for reloading, if that is not nil.
type content struct {
	broker    *broker.Broker
	reloading chan struct{}
	events    int // that may wait
}

func (content) Varz() *status.Varz { return &status.Varz{ServerID: serverName} }

func (content) Connz(o status.ConnzOptions) (*status.Connz, error) {
	page, err := o.Select(status.ConnzSource{
		ServerID: serverName, Open: func() []status.Row { return nil }, Closed: func() []status.Row { return nil },
	})
	if err != nil {
		return nil, err
	}
	return page.Document(), nil
}

func (content) Subsz(o status.SubszOptions) (*status.Subsz, error) {
	return o.Select(status.SubszSource{ServerID: serverName})
}

func (content) Healthz(o status.HealthzOptions) *status.Healthz { return o.Select(status.Health{}) }

func (content) Accountz(o status.AccountzOptions) (*status.Accountz, error) {
	return o.Select(status.AccountzSource{
		Names: func() []string { return nil }, Account: func(string) *status.AccountInfo { return nil },
	})
}

func (c content) AccountStatz(o status.AccountStatzOptions) *status.AccountStatz {
	return o.Select(status.AccountStatzSource{
		Names: func() []string { return nil },
		Account: func(name string) *status.AccountStat {
			if a := c.broker.Find(name); a != nil {
				return &status.AccountStat{Account: name, Conns: int(a.Connections()), TotalConns: int(a.Connections())}
			}
			return nil
		},
	})
}

func (content) Statsz() *ServerStats { return &ServerStats{Connections: 3} }

func (c content) Reload() error {
	if c.reloading != nil {
		<-c.reloading
	}
	return nil
}

func (content) Kick(cid uint64) error {
	if cid != 7 {
		return errors.New("no such connection")
	}
	return nil
}

func (content) LameDuck(uint64) error { return nil }

func (content) UserInfo(broker.Sink) UserInfo { return UserInfo{User: "u"} }

// watcher is a client that notes what it gets. It is safe for concurrent use.
type watcher struct {
	account *broker.Account
	out     *broker.Ingress

	mu   sync.Mutex
	got  []string // subjects
	docs []string
	at   []time.Time
	news chan struct{}
}

func (w *watcher) Kind() broker.Kind { return broker.Client }

func (w *watcher) Deliver(sub *broker.Subscription, run *broker.Run) int {
	n, _ := sub.Take(len(run.Messages))
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range run.Messages[:n] {
		w.got = append(w.got, string(run.Subject))
		w.docs = append(w.docs, string(run.Messages[i].Payload()))
		w.at = append(w.at, time.Now())
	}
	select {
	case w.news <- struct{}{}:
	default:
	}
	return n
}

func watch(a *broker.Account, subjects ...string) *watcher {
	w := &watcher{account: a, out: broker.NewIngress(nil), news: make(chan struct{}, 1)}
	for i, subject := range subjects {
		a.Subscribe(broker.NewSubscription(w, []byte(subject), nil, []byte(fmt.Sprint(i)), false))
	}
	return w
}

// subjects are those of what has come.
func (w *watcher) subjects() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}

// request publishes with an inbox that the watcher listens to.
func (w *watcher) request(subject string, body []byte) {
	publisher := broker.NewPublisher()
	publisher.Publish(w.account, subject, "inbox", nil, body)
}

// rig is a System in a broker with the accounts SYS and A.
type rig struct {
	*System
	broker *broker.Broker
	sys, a *broker.Account
}

func newRig(c content) *rig {
	b := broker.New()
	c.broker = b
	r := &rig{broker: b, sys: b.Account("SYS"), a: b.Account("A")}
	r.System = New(Options{
		Account: r.sys, Global: "$G", Info: ServerInfo{Name: "one", ID: serverName}, Source: c, Control: c, Log: observe.Discard, Events: c.events,
	})
	return r
}

func TestTheLoadIsToldAtGrowingIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(content{})
		w := watch(r.sys, "$SYS.SERVER.*.STATSZ")
		began := time.Now()
		r.Start(r.broker.Accounts())
		time.Sleep(40 * time.Second) // of the bubble's clock
		synctest.Wait()
		r.Close()
		var at []time.Duration
		for _, when := range w.at {
			at = append(at, when.Sub(began))
		}
		want := []time.Duration{250, 1250, 3250, 7250, 15250, 25250, 35250}
		for i := range want {
			want[i] *= time.Millisecond
		}
		if !slices.Equal(at, want) {
			t.Errorf("told at %v, want %v", at, want)
		}
	})
}

func TestConnectionsAreToldOfWhileThereAreAny(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(content{})
		global := r.broker.Account("$G")
		w := watch(r.sys, "$SYS.ACCOUNT.*.SERVER.CONNS", "$SYS.SERVER.ACCOUNT.*.CONNS")
		r.Start(r.broker.Accounts())
		for _, a := range []*broker.Account{r.a, global} {
			a.Connect()
			r.Counted(a)
		}
		synctest.Wait()
		if got := strings.Join(w.subjects(), " "); got != "$SYS.SERVER.ACCOUNT.A.CONNS $SYS.ACCOUNT.A.SERVER.CONNS" {
			t.Errorf("at first %s", got)
		}
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if n := len(w.subjects()); n != 6 {
			t.Errorf("%d events in a minute, want 6: %s", n, w.subjects())
		}
		r.a.Disconnect()
		r.Counted(r.a)
		time.Sleep(time.Minute)
		synctest.Wait()
		r.Close()
		if n := len(w.subjects()); n != 8 || !strings.Contains(w.docs[7], `"conns":0`) {
			t.Errorf("%d events at the end, want 8, the last of no connections: %s", n, w.docs[n-1])
		}
	})
}

func TestNothingIsMadeThatNobodyListensTo(t *testing.T) {
	r := newRig(content{})
	r.Start(r.broker.Accounts())
	defer r.Close()
	describe := func() status.Connection {
		t.Error("an event was made")
		return status.Connection{}
	}
	all := func() {
		r.Connected("A", describe)
		r.Disconnected("A", describe)
		r.AuthFailed(r.a, describe)
		r.Counted(r.a)
	}
	all()
	if n := testing.AllocsPerRun(100, all); n > 4 { // subjects become bytes
		t.Errorf("%v allocations", n)
	}
	watch(r.a, "$SYS.ACCOUNT.>", "$SYS.SERVER.>") // in another account, but for refusals
	r.Connected("A", describe)
	r.Disconnected("A", describe)
	r.Counted(r.a)
}

func TestEventsComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(content{})
		w := watch(r.sys, "$SYS.ACCOUNT.>", "$SYS.SERVER.*.CLIENT.>", "$SYS.SERVER.*.SHUTDOWN")
		tenant := watch(r.a, "$SYS.ACCOUNT.CLIENT.AUTH.ERR")
		r.Start(r.broker.Accounts())
		start := time.Now()
		c := func() status.Connection {
			return status.Connection{ID: 7, Account: "A", Start: start, Stop: start.Add(time.Second), User: "u", Reason: "Kicked", RTT: 1234567, InMsgs: 5, OutBytes: 6}
		}
		r.Connected("A", c)
		r.AuthFailed(r.a, c)
		r.AuthFailed(nil, c)
		r.Disconnected("A", c)
		r.Connected("an account", c) // no subject can have this name
		r.Close()
		want := "$SYS.ACCOUNT.A.CONNECT $SYS.SERVER.NSERVER.CLIENT.AUTH.ERR $SYS.SERVER.NSERVER.CLIENT.AUTH.ERR $SYS.ACCOUNT.A.DISCONNECT $SYS.SERVER.NSERVER.SHUTDOWN"
		if got := strings.Join(w.subjects(), " "); got != want {
			t.Errorf("got %s", got)
		}
		if got := tenant.subjects(); len(got) != 1 {
			t.Errorf("the tenant heard %q", got)
		}
		var event disconnectEvent
		if err := json.Unmarshal([]byte(w.docs[3]), &event); err != nil {
			t.Fatal(err)
		}
		if event.Reason != "Kicked" || event.Sent.Msgs != 5 || event.Received.Bytes != 6 || event.Client.RTT != 1234567 || event.Client.ID != 7 {
			t.Errorf("event %s", w.docs[3])
		}
	})
}

func TestEventsThatDoNotFitAreDropped(t *testing.T) {
	const room, more = 1000, 100
	r := newRig(content{events: room})
	r.Start(r.broker.Accounts())
	defer r.Close()
	w := watch(r.sys, "$SYS.ACCOUNT.A.CONNECT")
	started, hold := make(chan struct{}), make(chan struct{})
	r.events.Post(func() { close(started); <-hold })
	<-started
	for range room + more {
		r.Connected("A", func() status.Connection { return status.Connection{Account: "A"} })
	}
	if dropped := r.events.Stats().Dropped; dropped != more {
		t.Errorf("%d events dropped, want %d", dropped, more)
	}
	close(hold)
	for len(w.subjects()) < room {
		select {
		case <-w.news:
		case <-time.After(20 * time.Second):
			t.Fatalf("%d events came", len(w.subjects()))
		}
	}
}

func TestSlowRequestsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reloading := make(chan struct{})
		r := newRig(content{reloading: reloading})
		r.Start(r.broker.Accounts())
		w := watch(r.sys, "inbox")
		for range maxSlow + 2 {
			w.request("$SYS.REQ.SERVER.NSERVER.RELOAD", nil)
		}
		w.request("$SYS.REQ.SERVER.NSERVER.IDZ", nil) // is not held up
		synctest.Wait()
		if len(w.docs) != 3 || !strings.Contains(w.docs[0], "too many slow requests") || !strings.Contains(w.docs[2], `"id":"NSERVER"`) {
			t.Errorf("answers %q", w.docs)
		}
		close(reloading)
		synctest.Wait()
		if len(w.docs) != 3+maxSlow {
			t.Errorf("%d answers, want %d", len(w.docs), 3+maxSlow)
		}
		r.Close()
	})
}

func TestTheEndDoesNotWaitForAProfile(t *testing.T) {
	r := newRig(content{})
	r.Start(r.broker.Accounts())
	w := watch(r.sys, "inbox")
	w.request("$SYS.REQ.SERVER.NSERVER.PROFILEZ", []byte(`{"name":"cpu","duration":15000000000}`))
	taken := make(chan struct{})
	r.services.Post(func() { close(taken) }) // behind the request
	<-taken
	began := time.Now()
	r.Close()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the end took %v", took)
	}
}

func TestCloseComesOnceAndInAnyState(t *testing.T) {
	r := newRig(content{})
	r.Close() // before Start
	r.Start(r.broker.Accounts())
	r.LameDuck()
	if n := r.sys.Interest().Len(); n != 0 {
		t.Errorf("%d subscriptions after Close", n)
	}
	r = newRig(content{})
	r.Start(r.broker.Accounts())
	r.Start(r.broker.Accounts())
	var all sync.WaitGroup
	for range 4 {
		all.Go(r.Close)
		all.Go(r.LameDuck)
		all.Go(func() { r.Follow(ServerInfo{}, r.broker.Accounts()) })
	}
	all.Wait()
	r.Connected("A", func() status.Connection { t.Error("an event after the end"); return status.Connection{} })
}

func TestNewAccountsAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(content{})
		r.Start(r.broker.Accounts())
		defer r.Close()
		before := r.a.Interest().Len()
		w := watch(r.broker.Account("B"), "inbox")
		w.request("$SYS.REQ.USER.INFO", nil)
		synctest.Wait()
		if len(w.docs) != 0 {
			t.Errorf("answered %q", w.docs)
		}
		r.Follow(ServerInfo{Name: "two", ID: serverName}, r.broker.Accounts())
		w.request("$SYS.REQ.USER.INFO", nil)
		synctest.Wait()
		if len(w.docs) != 1 || !strings.Contains(w.docs[0], `"name":"two"`) {
			t.Errorf("answered %q", w.docs)
		}
		if n := r.a.Interest().Len(); n != before {
			t.Errorf("%d subscriptions in an old account, %d before", n, before)
		}
	})
}
