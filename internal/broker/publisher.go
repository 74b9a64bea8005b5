package broker

import (
	"sync"

	"sinew.dev/sinew/internal/proto"
)

// Publisher publishes what the server itself has to say. That does not count as traffic that came in. It is safe for
// concurrent use.
type Publisher struct {
	mu      sync.Mutex
	ingress *Ingress
	buf     []byte
}

// NewPublisher returns a publisher.
func NewPublisher() *Publisher { return &Publisher{ingress: NewIngress(nil)} }

// Publish sends a message to all who listen to subject in a. A nil header means none.
func (p *Publisher) Publish(a *Account, subject, reply string, header, payload []byte) {
	p.publish(p, a, subject, reply, header, payload)
}

func (p *Publisher) publish(from Sink, a *Account, subject, reply string, header, payload []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var m proto.Message
	m, p.buf = proto.AppendMessage(p.buf[:0], []byte(reply), header, payload)
	p.ingress.Begin(a, from, []byte(subject))
	p.ingress.Add(&m)
	p.ingress.End()
	p.ingress.EndTurn()
	if cap(p.buf) > keptBytes {
		p.buf = nil
	}
}

// keptBytes is how large a buffer is kept for the next message.
const keptBytes = 64 << 10

// Kind is Inside.
func (p *Publisher) Kind() Kind { return Inside }

// Deliver takes nothing: a publisher has no subscriptions.
func (p *Publisher) Deliver(*Subscription, *Run) int { return 0 }
