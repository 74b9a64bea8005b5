//go:build linux

package main

import (
	"io"
	"math"
	"math/rand/v2"
	"sync/atomic"
)

const (
	blockBytes  = 64 << 10 // of publishes in one write
	windowBytes = 8 << 20  // in flight to all subscribers of a workload together, see window
)

// block is some whole publishes, encoded once and written again and again. Immutable.
type block struct {
	bytes    []byte
	messages int64
}

// encodeBlocks publishes each subject equally often, in the order given, in blocks of about 64 KiB.
func encodeBlocks(m message, subjects []string) []block {
	size := len(m.appendPublish(nil, subjects[0]))
	rotations := max(1, (blockBytes/size+len(subjects)/2)/len(subjects))
	messages := rotations * len(subjects)
	count := max(1, (messages*size+blockBytes/2)/blockBytes)
	blocks := make([]block, count)
	for i := range blocks {
		first, last := i*messages/count, (i+1)*messages/count
		var b []byte
		for j := first; j < last; j++ {
			b = m.appendPublish(b, subjects[j%len(subjects)])
		}
		blocks[i] = block{bytes: b, messages: int64(last - first)}
	}
	return blocks
}

// shuffled puts subjects in an order that is random and always the same, so that neighbours in time are not
// neighbours in the server's memory.
func shuffled(subjects []string) []string {
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(subjects), func(i, j int) { subjects[i], subjects[j] = subjects[j], subjects[i] })
	return subjects
}

// window is how many messages a publisher may be ahead of its slowest subscriber, so that what the server holds
// stays far below its max_pending: 8 MiB over all connections of the workload, but at least four blocks, below
// which a server would wait for the generator.
func window(lanes, deliveriesEach, arrivingBytes int, blocks []block) int64 {
	share := int64(windowBytes / (lanes * deliveriesEach * arrivingBytes))
	var largest int64
	for _, b := range blocks {
		largest = max(largest, b.messages)
	}
	return max(share, 4*largest)
}

// subscriber is one receiving connection. Its counter belongs to the goroutine that reads the connection; the
// atomics are for the others.
type subscriber struct {
	conn    io.ReadWriteCloser
	counter counter

	received atomic.Int64 // messages
	ponged   atomic.Int64
	stalled  atomic.Bool // it has stopped reading, and nobody waits for it

	_ [64]byte // a cache line between the counts of two subscribers
}

// take counts what was read.
func (s *subscriber) take(b []byte) error {
	err := s.counter.feed(b)
	s.received.Store(s.counter.messages)
	s.ponged.Store(s.counter.pongs)
	return err
}

// lane is one publisher and those who receive from it, with the window between them. The publisher runs
// admit and publish; the readers of the subscribers call progressed.
type lane struct {
	publisher   io.ReadWriteCloser
	blocks      []block
	subscribers []*subscriber
	queue       bool  // the subscribers are one queue group: each message goes to one of them
	window      int64 // messages

	sent atomic.Int64  // messages
	need atomic.Int64  // the progress the publisher waits for, or zero
	wake chan struct{} // has room for one
}

// progress is how many of the lane's messages every subscriber has, or with a queue group the group has.
func (l *lane) progress() int64 {
	if l.queue {
		return l.received()
	}
	least := int64(math.MaxInt64)
	for _, s := range l.subscribers {
		if !s.stalled.Load() {
			least = min(least, s.received.Load())
		}
	}
	return least
}

// received is how many messages the subscribers that read have received together.
func (l *lane) received() int64 {
	var sum int64
	for _, s := range l.subscribers {
		if !s.stalled.Load() {
			sum += s.received.Load()
		}
	}
	return sum
}

// due is what received will be once everything sent has arrived.
func (l *lane) due() int64 {
	if l.queue {
		return l.sent.Load()
	}
	var reading int64
	for _, s := range l.subscribers {
		if !s.stalled.Load() {
			reading++
		}
	}
	return reading * l.sent.Load()
}

// admit waits until messages more fit the window; it reports false when done is closed first. Once it has to
// wait it lets half the window drain, so that it is not woken for every block.
func (l *lane) admit(messages int64, done <-chan struct{}) bool {
	for {
		sent := l.sent.Load()
		need := sent + messages - l.window
		if need <= 0 || l.progress() >= need {
			return true
		}
		need = min(sent, need+l.window/2)
		l.need.Store(need)
		if l.progress() < need {
			select {
			case <-l.wake:
			case <-done:
				return false
			}
		}
		l.need.Store(0)
	}
}

// progressed wakes the publisher when what it waits for has come.
func (l *lane) progressed() {
	need := l.need.Load()
	if need == 0 || l.progress() < need || !l.need.CompareAndSwap(need, 0) {
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// publish writes the blocks in rotation until done is closed.
func (l *lane) publish(done <-chan struct{}) error {
	for i := 0; ; i++ {
		b := &l.blocks[i%len(l.blocks)]
		if !l.admit(b.messages, done) {
			return nil
		}
		select {
		case <-done:
			return nil
		default:
		}
		if _, err := l.publisher.Write(b.bytes); err != nil {
			return err
		}
		l.sent.Add(b.messages)
	}
}
