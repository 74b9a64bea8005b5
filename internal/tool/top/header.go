package top

import (
	"fmt"
	"strings"
	"time"
)

// header writes what is said about the server as a whole, in three lines. A long name leaves room for the rest of its line
// on a screen of a width; a negative one has no end.
func header(s *Server, place string, now time.Time, d display, width int, paint paint) []string {
	name := clean(s.Name)
	if most := max(width/3, 12); width >= 0 && textWidth(name) > most {
		name = fit(name, most, false)
	}
	slow := fmt.Sprintf("Slow consumers %d", s.SlowConsumers)
	if s.SlowConsumers > 0 {
		slow = paint.alarm(slow)
	}
	return []string{
		fmt.Sprintf("%s  %s  up %s  %s  %s", paint.strong(name), clean(s.Version), clean(s.Uptime),
			paint.faint(clean(place)), paint.faint(now.Format(time.TimeOnly))),
		fmt.Sprintf("CPU %.1f%%  Mem %s  Conns %d (%d so far)  Subs %d  %s",
			s.CPU, memory(s.Mem), s.Connections, s.TotalConnections, s.Subscriptions, slow),
		"In " + volume(s, d, true) + "   Out " + volume(s, d, false),
	}
}

// volume writes what a server took or sent: per second, or in all.
func volume(s *Server, d display, in bool) string {
	msgs, size := float64(s.OutMsgs), float64(s.OutBytes)
	per := ""
	if in {
		msgs, size = float64(s.InMsgs), float64(s.InBytes)
	}
	if !d.totals {
		if s.Rates == nil {
			return unknown + " msgs/s " + unknown + " B/s"
		}
		msgs, size, per = s.Rates.OutMsgs, s.Rates.OutBytes, "/s"
		if in {
			msgs, size = s.Rates.InMsgs, s.Rates.InBytes
		}
	}
	return fmt.Sprintf("%s msgs%s %sB%s", d.number(msgs), per, spaced(d.number(size)), per)
}

// spaced sets a number's unit apart from it: "12.3 K" of "12.3K".
func spaced(number string) string {
	if last := len(number) - 1; strings.ContainsRune("KMGTPE", rune(number[last])) {
		return number[:last] + " " + number[last:]
	}
	return number + " "
}
