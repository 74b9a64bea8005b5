package status

import (
	"fmt"
	"time"
)

// Uptime writes a duration the way the documents do: whole seconds, the leading units that are zero left out, as in
// "1d2h3m4s". A year is 365 days. A negative duration, which a clock that was set back gives, reads "0s".
func Uptime(d time.Duration) string {
	seconds := max(int64(d/time.Second), 0)
	minutes, hours, days := seconds/60, seconds/3600, seconds/86400
	years := days / 365
	switch {
	case years > 0:
		return fmt.Sprintf("%dy%dd%dh%dm%ds", years, days%365, hours%24, minutes%60, seconds%60)
	case days > 0:
		return fmt.Sprintf("%dd%dh%dm%ds", days, hours%24, minutes%60, seconds%60)
	case hours > 0:
		return fmt.Sprintf("%dh%dm%ds", hours, minutes%60, seconds%60)
	case minutes > 0:
		return fmt.Sprintf("%dm%ds", minutes, seconds%60)
	}
	return fmt.Sprintf("%ds", seconds)
}

// roundTrip writes a round trip time: below a millisecond in whole microseconds, above it exactly.
func roundTrip(d time.Duration) string {
	if d < time.Millisecond {
		d = d.Truncate(time.Microsecond)
	}
	return d.String()
}
