package broker

import (
	"math"
	"math/rand/v2"

	"sinew.dev/sinew/internal/proto"
	"sinew.dev/sinew/internal/subject/sublist"
)

// Ingress is where messages enter: it collects them into runs, matches, and delivers. It is owned by one goroutine at a
// time, normally a worker, whose match cache it holds.
type Ingress struct {
	run    Run
	result *sublist.Result[*Subscription]
	cache  sublist.Cache[*Subscription]
	part   []proto.Message // scratch: the messages of a queue group's member
	share  Run             // scratch: the run made of them
	random rand.PCG

	// What was published and delivered since the last EndTurn, in run.Account.
	inMsgs, inBytes, outMsgs, outBytes int64
	matches                            uint64
}

// NewIngress returns an ingress whose runs travel on carrier.
func NewIngress(carrier any) *Ingress {
	in := &Ingress{}
	in.run.Carrier = carrier
	in.random.Seed(rand.Uint64(), rand.Uint64())
	return in
}

// Begin starts a run on subject, which must stay valid until End. It returns how many subscriptions there are for it.
func (in *Ingress) Begin(a *Account, from Sink, subject []byte) (fanout int) {
	if in.run.Account != a {
		in.EndTurn()
		in.run.Account = a
	}
	in.run.From = from
	in.run.Subject = subject
	in.result = in.cache.Match(a.interest, subject)
	in.matches++
	in.run.Fanout = len(in.result.Plain) + len(in.result.Queues)
	return in.run.Fanout
}

// Add appends a message to the run.
func (in *Ingress) Add(m *proto.Message) {
	in.run.Messages = append(in.run.Messages, *m)
	in.run.count(m)
}

// Bytes is the sum of the collected messages' tails.
func (in *Ingress) Bytes() int { return in.run.TailBytes }

// Trace makes End record in t what becomes of the run's message.
func (in *Ingress) Trace(t *Trace) { in.run.Trace = t }

// End delivers the run and empties it; Add may begin the next one on the same subject. It returns the messages that
// reached nobody, valid until the next Add.
func (in *Ingress) End() (unreached []proto.Message) {
	all := Rest{}
	in.EndSome(&all, math.MaxInt)
	return all.Unreached
}

// Rest is where the delivery of a run stands that is too large for one turn. The zero value is its beginning.
type Rest struct {
	result  *sublist.Result[*Subscription] // what matched at the beginning
	next    int                            // the first of its plain subscriptions that is still to be served
	reached int

	// Unreached, when all is delivered, is the messages that reached nobody, valid until the next Add.
	Unreached []proto.Message
}

// EndSome delivers the run, or what is left of it, until more than budget bytes went out. It empties the run, and reports
// whether all is delivered: if not, the same messages must be added and EndSome be called again with rest, later.
func (in *Ingress) EndSome(rest *Rest, budget int) (done bool) {
	run := &in.run
	n := len(run.Messages)
	if n == 0 {
		return true
	}
	run.ID++
	if rest.result == nil {
		rest.result = in.result
	}
	if done = in.deliver(run, rest, budget); done && run.From.Kind() != Inside {
		in.inMsgs += int64(n)
		in.inBytes += int64(run.Bytes)
	}
	run.Messages = run.Messages[:0]
	run.TailBytes, run.Bytes, run.Headers, run.Trace = 0, 0, 0, nil
	return done
}

func (in *Ingress) deliver(run *Run, rest *Rest, budget int) (done bool) {
	row := &forward[run.From.Kind()]
	plain := rest.result.Plain
	for ; rest.next < len(plain); rest.next++ {
		if budget < 0 {
			return false
		}
		sub := plain[rest.next]
		if kind := sub.sink.Kind(); row[kind] {
			d := sub.sink.Deliver(sub, run)
			rest.reached = max(rest.reached, d)
			in.countOut(run, kind, d)
			budget -= run.TailBytes
		}
	}
	rest.Unreached = in.deliverQueues(run, rest.result.Queues, rest.reached)
	return true
}

// deliverQueues serves the queue groups and returns what reached nobody. The first reached messages have reached somebody
// already.
func (in *Ingress) deliverQueues(run *Run, queues [][]*Subscription, reached int) (unreached []proto.Message) {
	for _, group := range queues {
		if rest := in.deliverQueue(run, group); len(rest) == 0 {
			reached = len(run.Messages)
		} else if reached == 0 {
			unreached = rest
		}
	}
	switch {
	case reached == len(run.Messages):
		return nil
	case unreached != nil && reached == 0:
		return unreached
	}
	return run.Messages[reached:]
}

// countOut counts messages delivered to a sink. What stays inside the server does not count.
func (in *Ingress) countOut(run *Run, to Kind, messages int) {
	if to == Inside {
		return
	}
	in.outMsgs += int64(messages)
	if messages == len(run.Messages) {
		in.outBytes += int64(run.Bytes)
		return
	}
	for i := range run.Messages[:messages] {
		in.outBytes += int64(run.Messages[i].Size())
	}
}

// deliverQueue shares the run's messages between a group's members: a random first member, then each in turn. What a
// member does not take goes to the others. It returns what nobody took, valid until the next Begin.
func (in *Ingress) deliverQueue(run *Run, group []*Subscription) (rest []proto.Message) {
	row := &forward[run.From.Kind()]
	k, n := len(group), len(run.Messages)
	start := 0
	if k > 1 {
		start = int(in.random.Uint64() % uint64(k))
	}
	if k == 1 || n == 1 {
		return in.offer(run, run.Messages, group, start, row)
	}
	for j := range min(k, n) {
		in.part = in.part[:0]
		for i := j; i < n; i += k {
			in.part = append(in.part, run.Messages[i])
		}
		rest = append(rest, in.offer(run, in.part, group, (start+j)%k, row)...)
	}
	return rest
}

// offer gives messages to the group's member at start, what it leaves to the next, and so on. It returns what is left.
func (in *Ingress) offer(run *Run, messages []proto.Message, group []*Subscription, start int, row *[kinds]bool) []proto.Message {
	for i := 0; i < len(group) && len(messages) > 0; i++ {
		sub := group[(start+i)%len(group)]
		kind := sub.sink.Kind()
		if !row[kind] {
			continue
		}
		d := 0
		if len(messages) == len(run.Messages) {
			d = sub.sink.Deliver(sub, run)
			in.countOut(run, kind, d)
		} else {
			in.share = run.Part(messages)
			d = sub.sink.Deliver(sub, &in.share)
			in.countOut(&in.share, kind, d)
		}
		messages = messages[d:]
	}
	return messages
}

// EndTurn adds what was counted to the account's and the broker's traffic. Whoever owns the ingress calls it when it
// has handled what it had.
func (in *Ingress) EndTurn() {
	if in.matches == 0 {
		return
	}
	a := in.run.Account
	a.interest.CountMatches(in.matches)
	in.matches = 0
	a.Traffic.add(in.inMsgs, in.inBytes, in.outMsgs, in.outBytes)
	a.broker.Traffic.add(in.inMsgs, in.inBytes, in.outMsgs, in.outBytes)
	in.inMsgs, in.inBytes, in.outMsgs, in.outBytes = 0, 0, 0, 0
}

// Trim gives back what is kept for speed. No run may be pending.
func (in *Ingress) Trim() {
	in.cache.Reset()
	in.result, in.part, in.share = nil, nil, Run{}
	in.run = Run{Account: in.run.Account, Carrier: in.run.Carrier, ID: in.run.ID}
}

// Pending returns the run that is being collected, or nil when it has no message.
func (in *Ingress) Pending() *Run {
	if len(in.run.Messages) == 0 {
		return nil
	}
	return &in.run
}
