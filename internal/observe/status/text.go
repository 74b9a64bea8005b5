package status

import (
	"strconv"
	"time"
)

// Uptime writes a duration the way the documents do: whole seconds, the leading units that are zero left out, as in
// "1d2h3m4s". A year is 365 days. A negative duration, which a clock that was set back gives, reads "0s".
func Uptime(d time.Duration) string {
	seconds := max(int64(d/time.Second), 0)
	days := seconds / 86400
	var buf [32]byte
	text := buf[:0]
	for _, part := range [...]struct {
		count int64
		unit  byte
	}{{days / 365, 'y'}, {days % 365, 'd'}, {seconds / 3600 % 24, 'h'}, {seconds / 60 % 60, 'm'}, {seconds % 60, 's'}} {
		if part.count > 0 || len(text) > 0 || part.unit == 's' {
			text = append(strconv.AppendInt(text, part.count, 10), part.unit)
		}
	}
	return string(text)
}

// roundTrip writes a round trip time: below a millisecond in whole microseconds, above it exactly.
func roundTrip(d time.Duration) string {
	if d < time.Millisecond {
		d = d.Truncate(time.Microsecond)
	}
	return d.String()
}
