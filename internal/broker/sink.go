package broker

import "sinew.dev/sinew/internal/proto"

// Kind says what a sink is to this server; the forwarding table is indexed by it.
type Kind uint8

// The kinds of sinks and publishers.
const (
	Client    Kind = iota // a client's connection
	Inside                // an endpoint inside this server: a Local, a Publisher
	Route                 // a server of this cluster
	Gateway               // another cluster
	LeafBelow             // a leaf node that connected to us
	LeafAbove             // the hub that we connected to as a leaf node
	kinds
)

// Sink takes messages. Implementations are safe for concurrent use: many workers deliver at once.
type Sink interface {
	// Kind is constant for a sink's life.
	Kind() Kind
	// Deliver takes a run for one of the sink's subscriptions and returns how many of its messages, counted from the
	// first, it accepted; the rest may go to another member of a queue group. It must not block. The run and all it
	// points to are valid until Deliver returns: a sink that keeps a message copies it.
	Deliver(sub *Subscription, run *Run) int
}

// Run is consecutive messages of one publisher on one subject.
type Run struct {
	Account  *Account
	Subject  []byte          // as the subscribers see it
	Messages []proto.Message // at least one
	From     Sink            // who published; never nil
	// Carrier is what the publisher's bytes travel on, normally the worker whose turn it is: sinks that know its type
	// stage their output there. It is nil when the server itself publishes.
	Carrier any
	// ID is the same for all deliveries of one run by one Ingress and differs between runs, so that a sink may encode
	// a run once for many subscriptions. Zero: do not share.
	ID uint64
	// TailBytes is the sum of the messages' tails, Bytes that of their headers and payloads, Headers how many have a
	// header block.
	TailBytes, Bytes, Headers int
	// Fanout is how many subscriptions the run goes to at most.
	Fanout int
	// Trace, when not nil, records what becomes of the run's only message.
	Trace *Trace
}

// Part is the run with some of its messages, or with others made from them; sums are made anew.
func (r *Run) Part(messages []proto.Message) Run {
	p := *r
	p.Messages, p.ID, p.TailBytes, p.Bytes, p.Headers = messages, 0, 0, 0, 0
	for i := range messages {
		p.count(&messages[i])
	}
	return p
}

func (r *Run) count(m *proto.Message) {
	r.TailBytes += len(m.Tail)
	r.Bytes += m.Size()
	if m.HasHeader() {
		r.Headers++
	}
}
