package bench

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// stampBytes is how much of a payload the stamp takes: the run's identity and a time, 8 bytes each.
const stampBytes = 16

// clock stamps payloads with times of one run. It is immutable after newClock.
type clock struct {
	run   uint64    // tells our messages from those of others on the subject
	start time.Time // times are counted from here, on the monotonic clock
}

func newClock() clock { return clock{run: rand.Uint64(), start: time.Now()} }

// stamp writes when into the payload, if there is room.
func (c clock) stamp(payload []byte, when time.Time) {
	if len(payload) < stampBytes {
		return
	}
	binary.LittleEndian.PutUint64(payload, c.run)
	binary.LittleEndian.PutUint64(payload[8:], uint64(when.Sub(c.start)))
}

// age returns how long before now a payload was stamped. It reports false for a payload without our stamp.
func (c clock) age(payload []byte, now time.Time) (time.Duration, bool) {
	if len(payload) < stampBytes || binary.LittleEndian.Uint64(payload) != c.run {
		return 0, false
	}
	sent := time.Duration(binary.LittleEndian.Uint64(payload[8:]))
	age := now.Sub(c.start) - sent
	return age, age >= 0
}
