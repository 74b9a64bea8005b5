package status

import (
	"testing"
	"time"
)

func TestUptimeLeavesOutLeadingZeros(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Hour:                    "0s",
		999 * time.Millisecond:        "0s",
		59 * time.Second:              "59s",
		time.Minute:                   "1m0s",
		3*time.Hour + 2*time.Second:   "3h0m2s",
		day + 2*time.Hour:             "1d2h0m0s",
		364*day + 23*time.Hour:        "364d23h0m0s",
		730*day + 5*day + time.Minute: "2y5d0h1m0s",
	} {
		if got := Uptime(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestRoundTripIsCutBelowAMillisecond(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:          "0s",
		567_891:    "567µs",
		1_179_232:  "1.179232ms",
		60_406_614: "60.406614ms",
	} {
		if got := roundTrip(d); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
}

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"foo", "foo", true},
		{"foo", "bar", false},
		{"foo", "foo.bar", false},
		{"*", "foo", true},
		{"*", "foo.bar", false},
		{"*.b", "a.*", true},
		{"*.b", "a.c", false},
		{"baz.>", "*.1", true},
		{"baz.>", "baz", false},
		{">", "a.b.c", true},
		{"x.*.y", "x.1.*", true},
		{"x.*.y", "x.>", true},
		{"x.*.y", "*.b", false},
		{"a.b.>", "*.b", false},
		{"*.*", "*", false},
		{"", "", true},
		{"", "a", false},
		{"a.", "a.*", true},
	} {
		if got := overlap(c.a, c.b); got != c.want {
			t.Errorf("%q, %q: %v", c.a, c.b, got)
		}
		if got := overlap(c.b, c.a); got != c.want {
			t.Errorf("%q, %q: %v", c.b, c.a, got)
		}
	}
}

func TestLiteralIsWhatCanBePublishedOn(t *testing.T) {
	for s, want := range map[string]bool{
		"foo": true, "foo.bar": true, "a*b.c>": true, " ": true,
		"": false, "*": false, ">": false, "foo.*": false, "foo.>": false, "foo..": false, ".a": false, "a..b": false,
	} {
		if literal(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
