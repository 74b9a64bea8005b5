package broker

import (
	"bytes"
	"strconv"
	"sync"
)

// LocalOptions bounds the queue of a Local.
type LocalOptions struct {
	Messages int // how many may wait; 0: 4096
	Bytes    int // how large they may be together; 0: 16 MiB
}

func (o LocalOptions) withDefaults() LocalOptions {
	if o.Messages <= 0 {
		o.Messages = 4096
	}
	if o.Bytes <= 0 {
		o.Bytes = 16 << 20
	}
	return o
}

// Local is an endpoint inside the server: it subscribes with functions, and it publishes. What is delivered to it is
// copied into a bounded queue, and handled in order by one goroutine, which Close waits for.
//
// When the queue is full, messages are dropped and counted, and the publisher goes on: a request that was dropped reached
// nobody, so whoever sent it hears "no responders" and may ask again. It is safe for concurrent use.
type Local struct {
	publisher *Publisher
	options   LocalOptions
	done      sync.WaitGroup

	mu       sync.Mutex
	ready    sync.Cond // there is work, or the end
	handlers map[*Subscription]func(*Received)
	queue    []work
	next     int // the first of the queue that is not handled
	bytes    int // of those that wait
	busy     bool
	closed   bool
	sids     uint64
	dropped  uint64
}

// Received is a message that was delivered to a Local. Its bytes are its own: whoever handles it may keep them.
type Received struct {
	Account *Account
	Subject string
	Reply   string // empty: no answer is wanted
	Header  []byte // the block from "NATS/1.0" to its blank line; nil: none
	Payload []byte
	From    Sink // who published it
}

// work is what waits in the queue: a message with its handler, or a function.
type work struct {
	handle  func(*Received)
	message *Received
	run     func()
}

func (w *work) bytes() int {
	const overhead = 256
	if w.message == nil {
		return overhead
	}
	return overhead + len(w.message.Subject) + len(w.message.Reply) + len(w.message.Header) + len(w.message.Payload)
}

// NewLocal returns an endpoint and starts its goroutine.
func NewLocal(o LocalOptions) *Local {
	l := &Local{publisher: NewPublisher(), options: o.withDefaults(), handlers: map[*Subscription]func(*Received){}}
	l.ready.L = &l.mu
	l.done.Go(l.loop)
	return l
}

// Kind is Inside.
func (l *Local) Kind() Kind { return Inside }

// Subscribe makes handle be called for each message on subject, a pattern, in a. An empty queue is no queue group. The
// function that it returns ends the subscription: what is queued by then is still handled.
func (l *Local) Subscribe(a *Account, subject, queue string, handle func(*Received)) (end func()) {
	l.mu.Lock()
	l.sids++
	sub := NewSubscription(l, []byte(subject), []byte(queue), strconv.AppendUint(nil, l.sids, 10), false)
	l.handlers[sub] = handle
	l.mu.Unlock()
	a.Subscribe(sub)
	return func() {
		a.Unsubscribe(sub)
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.handlers, sub)
	}
}

// Publish sends a message to all who listen to subject in a. A nil header means none.
func (l *Local) Publish(a *Account, subject, reply string, header, payload []byte) {
	l.publisher.publish(l, a, subject, reply, header, payload)
}

// Answer publishes where m wants its answer to go; it does nothing if m wants none.
func (l *Local) Answer(m *Received, header, payload []byte) {
	if m.Reply != "" {
		l.Publish(m.Account, m.Reply, "", header, payload)
	}
}

// Post makes the goroutine run f when it has handled what is queued. It reports false, and f never runs, when the queue
// is full or the endpoint closed.
func (l *Local) Post(f func()) bool { return l.push(work{run: f}) }

// Deliver queues copies of the messages, as Sink.
func (l *Local) Deliver(sub *Subscription, run *Run) int {
	l.mu.Lock()
	handle := l.handlers[sub]
	l.mu.Unlock()
	if handle == nil {
		return 0
	}
	granted, _ := sub.Take(len(run.Messages))
	if run.Trace != nil && run.Trace.Only {
		return granted
	}
	subject := string(run.Subject)
	for i := range run.Messages[:granted] {
		m := &run.Messages[i]
		received := &Received{
			Account: run.Account, Subject: subject, Reply: string(m.Reply()), Header: bytes.Clone(m.Header()),
			Payload: bytes.Clone(m.Payload()), From: run.From,
		}
		if !l.push(work{handle: handle, message: received}) {
			return i
		}
	}
	return granted
}

func (l *Local) push(w work) bool {
	size := w.bytes()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	// A message that is larger than the whole queue may wait in it alone.
	if waiting := len(l.queue) - l.next; waiting >= l.options.Messages || (waiting > 0 && l.bytes+size > l.options.Bytes) {
		l.dropped++
		return false
	}
	l.queue = append(l.queue, w)
	l.bytes += size
	l.ready.Signal()
	return true
}

func (l *Local) loop() {
	for {
		w, ok := l.pop()
		if !ok {
			return
		}
		if w.run != nil {
			w.run()
		} else {
			w.handle(w.message)
		}
	}
}

// pop waits for work. It reports false when the endpoint is closed.
func (l *Local) pop() (w work, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = false
	for l.next == len(l.queue) && !l.closed {
		l.queue, l.next = emptied(l.queue), 0
		l.ready.Wait()
	}
	if l.closed {
		return work{}, false
	}
	w, l.queue[l.next] = l.queue[l.next], work{}
	l.next++
	l.bytes -= w.bytes()
	l.busy = true
	if l.next > 64 && l.next > len(l.queue)/2 { // what is handled makes room at the end
		n := copy(l.queue, l.queue[l.next:])
		clear(l.queue[n:])
		l.queue, l.next = l.queue[:n], 0
	}
	return w, true
}

// emptied is a queue without elements, and without the memory of a large one.
func emptied(queue []work) []work {
	if cap(queue) > 256 {
		return nil
	}
	return queue[:0]
}

// LocalStats tells of a Local's queue.
type LocalStats struct {
	Pending int    // messages that wait
	Busy    bool   // one is being handled
	Dropped uint64 // messages so far, because the queue was full
}

// Stats counts.
func (l *Local) Stats() LocalStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return LocalStats{Pending: len(l.queue) - l.next, Busy: l.busy, Dropped: l.dropped}
}

// Close ends the endpoint: nothing is delivered to it any more, what waits is dropped, and it returns when the message
// that is being handled is done. It must not be called by a handler. Subscriptions stay in their accounts, without
// effect, unless they were ended.
func (l *Local) Close() {
	l.mu.Lock()
	l.closed = true
	clear(l.queue)
	l.queue, l.next, l.bytes = nil, 0, 0
	clear(l.handlers)
	l.ready.Broadcast()
	l.mu.Unlock()
	l.done.Wait()
}
