package bench

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// A payload begins with as much of this as it has room for: the run's identity and a time, 8 bytes each, then the sender
// and the number of its message, 4 bytes each.
const (
	stampBytes  = 16
	numberBytes = 24
)

// clock stamps payloads with times of one run. It is immutable after newClock.
type clock struct {
	run   uint64    // tells our messages from those of others on the subject
	start time.Time // times are counted from here, on the monotonic clock
}

// newClock begins a moment ago, so that no time is zero.
func newClock() clock { return clock{run: rand.Uint64(), start: time.Now().Add(-1)} }

// warmUp is the clock of messages that are not measured.
func (c clock) warmUp() clock { return clock{run: c.run + 1, start: c.start} }

// now is the time of the run.
func (c clock) now() time.Duration { return time.Since(c.start) }

// mark writes what is the same in all payloads of a sender.
func (c clock) mark(payload []byte, sender int) {
	if len(payload) >= stampBytes {
		binary.LittleEndian.PutUint64(payload, c.run)
	}
	if len(payload) >= numberBytes {
		binary.LittleEndian.PutUint32(payload[16:], uint32(sender))
	}
}

// stamp writes a message's number, and when it was due; zero leaves the time open. The payload has been marked.
func (c clock) stamp(payload []byte, number int, due time.Duration) {
	if len(payload) >= stampBytes {
		binary.LittleEndian.PutUint64(payload[8:], uint64(due))
	}
	if len(payload) >= numberBytes {
		binary.LittleEndian.PutUint32(payload[20:], uint32(number))
	}
}

// stamped is what a payload says. Parts that it has no room for are zero.
type stamped struct {
	run    uint64
	due    time.Duration
	sender int
	number uint32
}

func readStamp(payload []byte) stamped {
	var s stamped
	if len(payload) >= stampBytes {
		s.run = binary.LittleEndian.Uint64(payload)
		s.due = time.Duration(binary.LittleEndian.Uint64(payload[8:]))
	}
	if len(payload) >= numberBytes {
		s.sender = int(binary.LittleEndian.Uint32(payload[16:]))
		s.number = binary.LittleEndian.Uint32(payload[20:])
	}
	return s
}
