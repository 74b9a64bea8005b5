package broker

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sinew.dev/sinew/internal/proto"
)

// patience bounds every wait of these tests.
const patience = 10 * time.Second

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("waited too long")
		panic("not reached")
	}
}

func newLocal(t *testing.T, o LocalOptions) *Local {
	l := NewLocal(o)
	t.Cleanup(l.Close)
	return l
}

func TestLocalOwnsWhatItReceives(t *testing.T) {
	a := New().Account("A")
	l := newLocal(t, LocalOptions{})
	got := make(chan *Received, 4)
	end := l.Subscribe(a, "req.*", "", func(m *Received) { got <- m })
	from := newRecorder()
	buf := []byte("NATS/1.0\r\nA: b\r\n\r\nbody")
	subject := []byte("req.one")
	in := NewIngress(nil)
	in.Begin(a, from, subject)
	m, tail := proto.AppendMessage(nil, []byte("answer"), buf[:len(buf)-4], buf[len(buf)-4:])
	in.Add(&m)
	if left := in.End(); left != nil {
		t.Errorf("%d messages reached nobody", len(left))
	}
	in.EndTurn()
	for i := range tail { // the publisher's buffers are used for something else now
		tail[i] = 'x'
	}
	copy(subject, "xxxxxxx")
	r := receive(t, got)
	if r.Account != a || r.Subject != "req.one" || r.Reply != "answer" || string(r.Header) != "NATS/1.0\r\nA: b\r\n\r\n" ||
		string(r.Payload) != "body" || r.From != Sink(from) {
		t.Errorf("received %+v", r)
	}
	publish(in, a, from, "req.two", "plain")
	if r := receive(t, got); r.Header != nil || r.Reply != "" || string(r.Payload) != "plain" {
		t.Errorf("received %+v", r)
	}
	end()
	if left := publish(in, a, from, "req.one", "late"); len(left) != 1 {
		t.Error("a subscription that ended takes messages")
	}
	end() // again
}

func TestLocalAnswersWhereItIsAsked(t *testing.T) {
	b := New()
	a := b.Account("A")
	l := newLocal(t, LocalOptions{})
	done := make(chan struct{}, 2)
	l.Subscribe(a, "echo", "", func(m *Received) {
		l.Answer(m, nil, append([]byte("re: "), m.Payload...))
		done <- struct{}{}
	})
	client := newRecorder()
	client.subscribe(a, "inbox", "", "7")
	elsewhere := newRecorder()
	elsewhere.subscribe(b.Account("B"), ">", "", "1")
	in := NewIngress(nil)
	in.Begin(a, client, []byte("echo"))
	m, _ := proto.AppendMessage(nil, []byte("inbox"), nil, []byte("x"))
	in.Add(&m)
	in.End()
	in.EndTurn()
	receive(t, done)
	publish(in, a, client, "echo", "no answer wanted")
	receive(t, done)
	if strings.Join(client.got, " ") != "inbox/7=re: x" || elsewhere.got != nil {
		t.Errorf("got %q and %q", client.got, elsewhere.got)
	}
	// What the server hears and says itself is no traffic of its own: only what went to the client counts out.
	if in, out := a.Traffic.InMsgs.Load(), a.Traffic.OutMsgs.Load(); in != 2 || out != 1 {
		t.Errorf("%d messages in and %d out, want 2 and 1", in, out)
	}
}

func TestLocalDropsWhatDoesNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		options LocalOptions
		payload string
		fits    int // besides the one that is being handled
	}{
		"messages":                    {LocalOptions{Messages: 3}, "x", 3},
		"bytes":                       {LocalOptions{Bytes: 4000}, strings.Repeat("x", 1000), 3},
		"one that is larger than all": {LocalOptions{Bytes: 1000}, strings.Repeat("x", 5000), 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := New().Account("A")
			l := newLocal(t, c.options)
			started, hold := make(chan struct{}), make(chan struct{})
			handled := make(chan string, 16)
			var once sync.Once
			l.Subscribe(a, "x", "", func(m *Received) {
				once.Do(func() { close(started); <-hold })
				handled <- string(m.Payload)
			})
			in, from := NewIngress(nil), newRecorder()
			publish(in, a, from, "x", c.payload)
			receive(t, started)
			accepted := 0
			for range 10 {
				if len(publish(in, a, from, "x", c.payload)) == 0 {
					accepted++
				}
			}
			if accepted != c.fits {
				t.Errorf("%d messages fit, want %d", accepted, c.fits)
			}
			if st := l.Stats(); st.Pending != c.fits || !st.Busy || st.Dropped != uint64(10-c.fits) {
				t.Errorf("stats %+v", st)
			}
			close(hold)
			for range c.fits + 1 {
				receive(t, handled)
			}
			if left := publish(in, a, from, "x", c.payload); left != nil {
				t.Error("there is no room though all is handled")
			}
			receive(t, handled)
		})
	}
}

func TestLocalKeepsTheOrderAndCountsAll(t *testing.T) {
	const publishers, each = 4, 3000
	a := New().Account("A")
	l := newLocal(t, LocalOptions{Messages: publishers * each, Bytes: 1 << 30})
	last := map[string]int{}
	n := 0
	done := make(chan struct{})
	l.Subscribe(a, "x.*", "", func(m *Received) {
		var i int
		if _, err := fmt.Sscan(string(m.Payload), &i); err != nil || i != last[m.Subject]+1 {
			t.Errorf("%s: %q after %d: %v", m.Subject, m.Payload, last[m.Subject], err)
		}
		last[m.Subject] = i
		if n++; n == publishers*each {
			close(done)
		}
	})
	var all sync.WaitGroup
	for p := range publishers {
		all.Go(func() {
			in, from := NewIngress(nil), newRecorder()
			for i := range each {
				publish(in, a, from, fmt.Sprintf("x.%d", p), fmt.Sprint(i+1))
			}
		})
	}
	all.Wait()
	receive(t, done)
}

func TestLocalCloseWaitsAndEndsAll(t *testing.T) {
	a := New().Account("A")
	l := NewLocal(LocalOptions{})
	started, hold := make(chan struct{}), make(chan struct{})
	var handled atomic.Int64
	l.Subscribe(a, "x", "", func(*Received) {
		close(started)
		<-hold
		handled.Add(1)
	})
	in, from := NewIngress(nil), newRecorder()
	publish(in, a, from, "x", "1", "2")
	receive(t, started)
	if !l.Post(func() { handled.Add(100) }) {
		t.Error("there is no room for a function")
	}
	closed := make(chan struct{})
	go func() {
		l.Close()
		close(closed)
	}()
	begun := func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.closed
	}
	for !begun() {
		runtime.Gosched()
	}
	select {
	case <-closed:
		t.Fatal("Close returned while a message was handled")
	default:
	}
	if len(publish(in, a, from, "x", "3")) == 0 {
		t.Error("a closed endpoint takes messages")
	}
	if l.Post(func() {}) {
		t.Error("a closed endpoint takes functions")
	}
	close(hold)
	receive(t, closed)
	if n := handled.Load(); n != 1 {
		t.Errorf("handled %d, want the one that was begun", n)
	}
	l.Close() // again
}

func TestLocalIsOneOfAQueueGroup(t *testing.T) {
	a := New().Account("A")
	l := newLocal(t, LocalOptions{})
	var n atomic.Int64
	l.Subscribe(a, "q", "g", func(*Received) { n.Add(1) })
	other := newRecorder()
	other.subscribe(a, "q", "g", "1")
	in := NewIngress(nil)
	for range 400 {
		publish(in, a, newRecorder(), "q", "m")
	}
	done := make(chan struct{})
	l.Post(func() { close(done) })
	receive(t, done)
	if got := int(n.Load()); got+len(other.got) != 400 || got < 100 || got > 300 {
		t.Errorf("the members got %d and %d of 400", got, len(other.got))
	}
	if out := a.Traffic.OutMsgs.Load(); out != int64(len(other.got)) {
		t.Errorf("%d messages count out, %d went to a client", out, len(other.got))
	}
}

func TestInterestIsAskedWithoutAllocation(t *testing.T) {
	a := New().Account("A")
	r := newRecorder()
	r.subscribe(a, "a.b", "", "1")
	r.subscribe(a, "a.*", "g", "2")
	r.subscribe(a, "b.>", "", "3")
	for subject, want := range map[string]bool{"a.b": true, "a.c": true, "a": false, "b.x.y": true, "b": false, "nothing": false, "": false} {
		if got := a.Interested([]byte(subject)); got != want {
			t.Errorf("interest in %q: %v", subject, got)
		}
	}
	nothing := []byte("no.thing.at.all")
	if n := testing.AllocsPerRun(100, func() { a.Interested(nothing) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
