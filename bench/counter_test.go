package main

import (
	"math/rand/v2"
	"strings"
	"testing"
)

var small = message{payload: 5}

func newCounter() *counter { return &counter{shape: small.arriving("bench.", 3, "12")} }

// arrival is one message as newCounter expects it.
func arrival(token string) string { return "MSG bench." + token + " 12 5\r\nxxxxx\r\n" }

func TestCounterCountsMessagesAndControlLines(t *testing.T) {
	for name, c := range map[string]struct {
		input                  string
		messages, pings, pongs int64
	}{
		"nothing":              {"", 0, 0, 0},
		"one":                  {arrival("001"), 1, 0, 0},
		"many":                 {strings.Repeat(arrival("001"), 100), 100, 0, 0},
		"rotating":             {arrival("001") + arrival("002") + arrival("abc"), 3, 0, 0},
		"only control":         {"PING\r\nPONG\r\n+OK\r\nINFO {}\r\n", 0, 1, 1},
		"a PING in the middle": {strings.Repeat(arrival("001"), 9) + "PING\r\n" + strings.Repeat(arrival("002"), 7), 16, 1, 0},
		"PONG behind":          {strings.Repeat(arrival("001"), 3) + "PONG\r\n", 3, 0, 1},
		"half a message":       {arrival("001") + arrival("002")[:20], 1, 0, 0},
		"half a control line":  {arrival("001") + "PON", 1, 0, 0},
	} {
		for chunk := 1; chunk <= len(c.input)+1; chunk++ {
			counter := newCounter()
			for rest := c.input; rest != ""; {
				n := min(chunk, len(rest))
				if err := counter.feed([]byte(rest[:n])); err != nil {
					t.Fatalf("%s in pieces of %d: %v", name, chunk, err)
				}
				rest = rest[n:]
			}
			if counter.messages != c.messages || counter.pings != c.pings || counter.pongs != c.pongs {
				t.Errorf("%s in pieces of %d: %d messages, %d PINGs, %d PONGs; want %d, %d, %d", name, chunk,
					counter.messages, counter.pings, counter.pongs, c.messages, c.pings, c.pongs)
			}
		}
	}
}

func TestCounterRefusesWhatWasNotSent(t *testing.T) {
	good := arrival("001")
	for name, c := range map[string]struct{ input, want string }{
		"another subject":     {"MSG other.001 12 5\r\nxxxxx\r\n", "was due"},
		"another sid":         {"MSG bench.001 13 5\r\nxxxxx\r\n", "was due"},
		"another size":        {"MSG bench.001 12 6\r\nxxxxxx\r\n", "was due"},
		"another payload":     {"MSG bench.001 12 5\r\nxxyxx\r\n", "payload"},
		"later, another sid":  {good + good + "MSG bench.001 13 5\r\nxxxxx\r\n", "was due"},
		"later, a byte short": {good + good + "MSG bench.001 12 5\r\nxxxx\r\n" + good + good, "was due"},
		"an error":            {good + "-ERR 'Slow Consumer'\r\n", "-ERR 'Slow Consumer'"},
		"a strange verb":      {"HELLO\r\n", "HELLO"},
		"an endless line":     {"INFO " + strings.Repeat("x", maxLine), "a line of more than"},
	} {
		if err := newCounter().feed([]byte(c.input)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestCounterKnowsHeaders(t *testing.T) {
	m := message{payload: 4, headers: true}
	counter := &counter{shape: m.arriving("bench.0", 0, "7")}
	block := strings.TrimPrefix(string(m.appendPublish(nil, "bench.0")), "HPUB bench.0")
	if err := counter.feed([]byte(strings.Repeat("HMSG bench.0 7"+block, 4))); err != nil {
		t.Fatal(err)
	}
	if counter.messages != 4 {
		t.Errorf("%d messages, want 4", counter.messages)
	}
}

// Any split of any stream counts the same, and nothing makes the counter panic.
func FuzzCounterSplits(f *testing.F) {
	f.Add([]byte(arrival("001")+"PING\r\n"+arrival("002")+arrival("003")), uint64(1))
	f.Add([]byte("INFO {}\r\n"+arrival("001")+"-ERR 'no'\r\n"), uint64(2))
	f.Add([]byte("MSG bench."), uint64(3))
	f.Fuzz(func(t *testing.T, input []byte, seed uint64) {
		whole := newCounter()
		wholeErr := whole.feed(input)
		random := rand.New(rand.NewPCG(seed, 0))
		pieces := newCounter()
		var err error
		for rest := input; len(rest) > 0 && err == nil; {
			n := 1 + random.IntN(len(rest))
			err = pieces.feed(rest[:n])
			rest = rest[n:]
		}
		// A first message whose payload comes in pieces is not compared, and a leap looks at less than single
		// steps do; so errors may differ on a stream that is wrong, never on one that both accept.
		if err == nil && wholeErr == nil && (whole.messages != pieces.messages || whole.pings != pieces.pings) {
			t.Errorf("whole: %d messages and %d PINGs; in pieces: %d and %d", whole.messages, whole.pings, pieces.messages, pieces.pings)
		}
	})
}

func BenchmarkCounter(b *testing.B) {
	buf := []byte(strings.Repeat(arrival("001"), 10_000))
	counter := newCounter()
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if err := counter.feed(buf); err != nil {
			b.Fatal(err)
		}
	}
}
