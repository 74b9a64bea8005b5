package top

import "time"

const (
	// shortest is the shortest time to measure a rate over. Samples that follow each other faster, as when a key is
	// pressed, are compared with the one before.
	shortest = 400 * time.Millisecond
	// remembered is how long counters are kept of what is not on the page any more: a row that comes back has its rate
	// at once.
	remembered = 10 * time.Second
	// maxRemembered bounds how many counters are kept.
	maxRemembered = 2 * maxRows
)

// tracker turns counters into rates. K tells whose counters they are. It belongs to one goroutine.
type tracker[K comparable] struct {
	points map[K]track
	before time.Time // of the last sample
	now    time.Time // of this one
}

// track is what is known of one key: two samples that are at least shortest apart.
type track struct{ base, latest point }

type point struct {
	at   time.Time
	flow Flow
}

// begin starts a sample taken at now, by the server's clock.
func (t *tracker[K]) begin(now time.Time) {
	if t.points == nil {
		t.points = make(map[K]track)
	}
	t.before, t.now = t.now, now
	for key, track := range t.points {
		if now.Sub(track.latest.at) > remembered || now.Before(track.latest.at) {
			delete(t.points, key)
		}
	}
}

// rates notes the counters of key in this sample and returns how fast they grow, or nil if that is not known. started is
// when they were zero; if that was after the last sample their rate is known at once. It may be the zero time.
func (t *tracker[K]) rates(key K, started time.Time, flow Flow) *Rates {
	current := point{t.now, flow}
	track, known := t.points[key]
	if known && fell(track.latest.flow, flow) {
		known = false // somebody else has the key now
	}
	if !known {
		if t.before.IsZero() || started.Before(t.before) || !t.now.After(started) {
			t.note(key, current, current)
			return nil
		}
		track.base = point{at: t.before}
		track.latest = track.base
	}
	if t.now.Sub(track.latest.at) >= shortest {
		track.base = track.latest
		t.note(key, track.base, current)
	}
	return between(track.base, current)
}

func (t *tracker[K]) note(key K, base, latest point) {
	if _, known := t.points[key]; known || len(t.points) < maxRemembered {
		t.points[key] = track{base, latest}
	}
}

// fell tells whether a counter went back, which none does.
func fell(before, now Flow) bool {
	return now.InMsgs < before.InMsgs || now.OutMsgs < before.OutMsgs ||
		now.InBytes < before.InBytes || now.OutBytes < before.OutBytes
}

func between(from, to point) *Rates {
	seconds := to.at.Sub(from.at).Seconds()
	if seconds <= 0 {
		return nil
	}
	return &Rates{
		InMsgs:   float64(to.flow.InMsgs-from.flow.InMsgs) / seconds,
		OutMsgs:  float64(to.flow.OutMsgs-from.flow.OutMsgs) / seconds,
		InBytes:  float64(to.flow.InBytes-from.flow.InBytes) / seconds,
		OutBytes: float64(to.flow.OutBytes-from.flow.OutBytes) / seconds,
	}
}
