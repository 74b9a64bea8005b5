package broker

import (
	"fmt"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/account"
	"sinew.dev/sinew/internal/proto"
)

// recorder is a sink that notes what it gets, up to a number of messages.
type recorder struct {
	kind Kind
	got  []string
	room int // messages it still takes; negative: any number
}

func (r *recorder) Kind() Kind { return r.kind }

func (r *recorder) Deliver(sub *Subscription, run *Run) int {
	n := len(run.Messages)
	if r.room >= 0 {
		n = min(n, r.room)
		r.room -= n
	}
	n, _ = sub.Take(n)
	for i := range run.Messages[:n] {
		r.got = append(r.got, fmt.Sprintf("%s/%s=%s", run.Subject, sub.SID(), run.Messages[i].Payload()))
	}
	return n
}

func (r *recorder) subscribe(a *Account, subject, queue, sid string) *Subscription {
	sub := NewSubscription(r, []byte(subject), []byte(queue), []byte(sid), false)
	a.Subscribe(sub)
	return sub
}

// publish sends payloads as one run and returns the payloads that reached nobody.
func publish(in *Ingress, a *Account, from Sink, subject string, payloads ...string) (unreached []string) {
	in.Begin(a, from, []byte(subject))
	for _, p := range payloads {
		m, _ := proto.AppendMessage(nil, nil, nil, []byte(p))
		in.Add(&m)
	}
	for _, m := range in.End() {
		unreached = append(unreached, string(m.Payload()))
	}
	in.EndTurn()
	return unreached
}

func newRecorder() *recorder { return &recorder{room: -1} }

func TestEverySubscriptionGetsEachMessageOnceInOrder(t *testing.T) {
	a := New().Account("A")
	one, two := newRecorder(), newRecorder()
	one.subscribe(a, "x.y", "", "1")
	one.subscribe(a, "x.*", "", "2")
	two.subscribe(a, "x.>", "", "1")
	two.subscribe(a, "other", "", "2")
	in := NewIngress(nil)
	if left := publish(in, a, newRecorder(), "x.y", "a", "b"); left != nil {
		t.Errorf("unreached: %q", left)
	}
	if len(one.got) != 4 || strings.Join(two.got, " ") != "x.y/1=a x.y/1=b" {
		t.Errorf("got %q and %q", one.got, two.got)
	}
	if n := a.Traffic.InMsgs.Load(); n != 2 {
		t.Errorf("%d messages in, want 2", n)
	}
	if n := a.Traffic.OutBytes.Load(); n != 6 {
		t.Errorf("%d bytes out, want 6", n)
	}
}

func TestAccountsAreIsolated(t *testing.T) {
	b := New()
	r := newRecorder()
	r.subscribe(b.Account("A"), ">", "", "1")
	if left := publish(NewIngress(nil), b.Account("B"), r, "x", "a"); len(left) != 1 || r.got != nil {
		t.Errorf("unreached %q, got %q", left, r.got)
	}
}

func TestAQueueGroupSharesARunEvenly(t *testing.T) {
	a := New().Account("A")
	var members []*recorder
	for i := range 4 {
		members = append(members, newRecorder())
		members[i].subscribe(a, "q", "g", "1")
	}
	other := newRecorder()
	other.subscribe(a, "q", "h", "1")
	payloads := strings.Fields(strings.Repeat("m ", 400))
	publish(NewIngress(nil), a, newRecorder(), "q", payloads...)
	for _, m := range members {
		if len(m.got) != 100 {
			t.Errorf("a member got %d of 400", len(m.got))
		}
	}
	if len(other.got) != 400 {
		t.Errorf("the other group got %d of 400", len(other.got))
	}
}

func TestSingleMessagesReachAllMembersInTheLongRun(t *testing.T) {
	a := New().Account("A")
	var members []*recorder
	for i := range 4 {
		members = append(members, newRecorder())
		members[i].subscribe(a, "q", "g", "1")
	}
	in := NewIngress(nil)
	for range 4000 {
		publish(in, a, newRecorder(), "q", "m")
	}
	for _, m := range members {
		// The standard deviation is 27; ten of them never happen.
		if len(m.got) < 730 || len(m.got) > 1270 {
			t.Errorf("a member got %d of 4000", len(m.got))
		}
	}
}

func TestWhatAMemberDoesNotTakeGoesToTheNext(t *testing.T) {
	a := New().Account("A")
	full, some, rest := &recorder{room: 0}, &recorder{room: 1}, newRecorder()
	full.subscribe(a, "q", "g", "1")
	some.subscribe(a, "q", "g", "2")
	rest.subscribe(a, "q", "g", "3")
	in := NewIngress(nil)
	for range 10 {
		if left := publish(in, a, newRecorder(), "q", "a", "b", "c"); left != nil {
			t.Fatalf("unreached %q", left)
		}
	}
	if n := len(some.got) + len(rest.got); n != 30 {
		t.Errorf("%d messages arrived, want 30", n)
	}
}

func TestALargeDeliveryGoesOnWhereItStopped(t *testing.T) {
	a := New().Account("A")
	var sinks []*recorder
	for i := range 10 {
		sinks = append(sinks, newRecorder())
		sinks[i].subscribe(a, "x", "", fmt.Sprint(i))
	}
	member := newRecorder()
	member.subscribe(a, "x", "q", "1")
	in := NewIngress(nil)
	var rest Rest
	rounds := 0
	for done := false; !done; rounds++ {
		if rounds == 1 { // who comes now was not there when it was published
			newRecorder().subscribe(a, "x", "", "0")
		}
		publish(in, a, newRecorder(), "other", "between") // another session's turn
		m, _ := proto.AppendMessage(nil, nil, nil, make([]byte, 100))
		in.Begin(a, newRecorder(), []byte("x"))
		in.Add(&m)
		done = in.EndSome(&rest, 250)
	}
	if rounds != 4 || rest.Unreached != nil {
		t.Errorf("%d rounds, unreached %v", rounds, rest.Unreached)
	}
	for i, s := range append(sinks, member) {
		if len(s.got) != 1 {
			t.Errorf("sink %d got %d messages", i, len(s.got))
		}
	}
	in.EndTurn()
	if n := a.Traffic.OutMsgs.Load(); n != 11 {
		t.Errorf("%d messages out, want 11", n)
	}
}

func TestUnreachedAreToldApart(t *testing.T) {
	a := New().Account("A")
	in := NewIngress(nil)
	if left := publish(in, a, newRecorder(), "x", "a", "b"); len(left) != 2 {
		t.Errorf("without subscribers: unreached %q", left)
	}
	r := newRecorder()
	r.subscribe(a, "x", "", "1").SetLimit(1)
	if left := publish(in, a, newRecorder(), "x", "a", "b"); len(left) != 1 || left[0] != "b" {
		t.Errorf("with a limit of 1: unreached %q", left)
	}
}

func TestForwardingTable(t *testing.T) {
	names := [kinds]string{"client", "local", "route", "gateway", "leaf below", "leaf above"}
	for from, want := range map[Kind]string{
		Client: "111111", Inside: "111111", Route: "110010", Gateway: "111011", LeafBelow: "111111", LeafAbove: "110110",
	} {
		a := New().Account("A")
		got := ""
		for to := range kinds {
			r := &recorder{kind: to, room: -1}
			r.subscribe(a, "x", "", "1")
			publish(NewIngress(nil), a, &recorder{kind: from}, "x", "m")
			got += fmt.Sprint(len(r.got))
			a.UnsubscribeAll([]*Subscription{})
			a = New().Account("A")
		}
		if got != want {
			t.Errorf("from %s: %s, want %s", names[from], got, want)
		}
	}
}

func TestALimitedSubscriptionEndsExactly(t *testing.T) {
	s := NewSubscription(newRecorder(), []byte("x"), nil, []byte("1"), false)
	s.SetLimit(3)
	if n, last := s.Take(2); n != 2 || last {
		t.Errorf("first: %d, %v", n, last)
	}
	if n, last := s.Take(5); n != 1 || !last {
		t.Errorf("second: %d, %v", n, last)
	}
	if n, _ := s.Take(1); n != 0 {
		t.Errorf("third: %d", n)
	}
	if !s.SetLimit(3) || s.SetLimit(4) {
		t.Error("SetLimit tells wrongly whether the limit is reached")
	}
	if !s.End() || s.End() {
		t.Error("End did not tell who ended it")
	}
}

func TestSubscriptionTexts(t *testing.T) {
	s := NewSubscription(newRecorder(), []byte("a.b"), []byte("queue"), []byte("17"), true)
	if s.Subject() != "a.b" || s.Queue() != "queue" || s.SID() != "17" || !s.Filtered() {
		t.Errorf("got %q %q %q %v", s.Subject(), s.Queue(), s.SID(), s.Filtered())
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	a := New().Account("A")
	limits := account.Unlimited
	limits.MaxConnections = 1
	a.SetLimits(&limits)
	if !a.Connect() || a.Connect() {
		t.Error("a limit of one connection let in none or two")
	}
	a.Disconnect()
	if !a.Connect() {
		t.Error("a free place was not given")
	}
}

func TestPublishingDoesNotAllocate(t *testing.T) {
	a := New().Account("A")
	r := &counter{}
	a.Subscribe(NewSubscription(r, []byte("x"), nil, []byte("1"), false))
	a.Subscribe(NewSubscription(r, []byte("x"), []byte("g"), []byte("2"), false))
	a.Subscribe(NewSubscription(r, []byte("x"), []byte("g"), []byte("3"), false))
	in := NewIngress(nil)
	m, _ := proto.AppendMessage(nil, nil, nil, []byte("payload"))
	subject := []byte("x")
	round := func() {
		in.Begin(a, r, subject)
		for range 10 {
			in.Add(&m)
		}
		in.End()
		in.EndTurn()
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations in a run of 10 messages", n)
	}
}

type counter struct{ n int }

func (c *counter) Kind() Kind { return Client }
func (c *counter) Deliver(sub *Subscription, run *Run) int {
	n, _ := sub.Take(len(run.Messages))
	c.n += n
	return n
}

func TestPublisherReachesSubscribers(t *testing.T) {
	a := New().Account("A")
	r := newRecorder()
	r.subscribe(a, "news", "", "1")
	NewPublisher().Publish(a, "news", "", nil, []byte("hello"))
	if strings.Join(r.got, " ") != "news/1=hello" {
		t.Errorf("got %q", r.got)
	}
}
