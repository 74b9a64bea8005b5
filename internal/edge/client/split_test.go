package client_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// pipeline is a bit of everything that gives the same answer whenever it is asked.
func pipeline() string {
	large := strings.Repeat("0123456789", 5000)
	return "CONNECT {\"verbose\":true,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\n" +
		"SUB a.* 1\r\nsub  a.> \t 22\r\nSUB q.x group 3\r\n" +
		"PUB a.b 5\r\nhello\r\nPUB a.b reply 0\r\n\r\nHPUB a.c 17 19\r\nNATS/1.0\r\nK:v\r\n\r\nhi\r\n" +
		"CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\n" +
		"PING\r\nSUB a.* 1\r\nSUB a.> 22\r\nSUB q.x group 3\r\nSUB nobody.* 4\r\n" +
		strings.Repeat("PUB a.b 5\r\nhello\r\n", 20) +
		fmt.Sprintf("PUB a.large %d\r\n%s\r\n", len(large), large) +
		"PUB q.x 1\r\n1\r\nPUB q.x nobody.1 1\r\n2\r\nPUB none nobody.2 1\r\n3\r\n" +
		"UNSUB 22 3\r\nPUB a.b 1\r\n1\r\nPUB a.b 1\r\n2\r\nPUB a.b 1\r\n3\r\nPUB a.b 1\r\n4\r\n" +
		"UNSUB 1\r\nPUB a.b 1\r\n5\r\nHPUB q.x 12 12\r\nNATS/1.0\r\n\r\n\r\npub q.x 3\r\nend\r\n" +
		"PUB bad..subject 1\r\nx\r\nPING\r\nUNKNOWN\r\n"
}

// streams takes apart what a client gets: the messages of each subscription, and all other lines under an empty sid.
// Messages of different subscriptions may overtake each other, for several of one publisher travel together.
func streams(t testing.TB, output string) map[string]string {
	t.Helper()
	bySID := map[string]string{}
	for output != "" {
		line, rest, ok := strings.Cut(output, "\r\n")
		if !ok {
			t.Fatalf("ends in a line: %q", line)
		}
		fields := strings.Fields(line)
		sid, n := "", 0
		if fields[0] == "MSG" || fields[0] == "HMSG" {
			sid = fields[2]
			if n, ok = atoi(fields[len(fields)-1]); !ok || len(rest) < n+2 || rest[n:n+2] != "\r\n" {
				t.Fatalf("bad message after %q", line)
			}
			n += 2
		}
		bySID[sid] += line + "\r\n" + rest[:n]
		output = rest[n:]
	}
	return bySID
}

func atoi(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// difference shows where two texts part.
func difference(got, want string) string {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	part := func(s string) string { return s[max(0, at-40):min(len(s), at+40)] }
	return fmt.Sprintf("at %d got %q, want %q", at, part(got), part(want))
}

// TestAnySplitOfTheInputGivesTheSameOutput sends the same bytes in different pieces.
func TestAnySplitOfTheInputGivesTheSameOutput(t *testing.T) {
	e := newEdge(t, options())
	input := pipeline()
	whole := e.talk([]string{input})
	if !strings.Contains(whole, "MSG q.x 3 3\r\nend\r\n") || !strings.HasSuffix(whole, "PONG\r\n-ERR 'Unknown Protocol Operation'\r\n") {
		t.Fatalf("the whole input gives %d bytes, the last: %q", len(whole), whole[max(0, len(whole)-200):])
	}
	want := streams(t, whole)
	check := func(how string, pieces []string) {
		t.Helper()
		got := streams(t, e.talk(pieces))
		for sid := range want {
			if got[sid] != want[sid] {
				t.Fatalf("%s: subscription %q: %s", how, sid, difference(got[sid], want[sid]))
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d subscriptions got messages, want %d", how, len(got), len(want))
		}
	}
	step := 1
	if testing.Short() {
		step = 17
	}
	for at := 1; at < 700; at += step {
		check(fmt.Sprint("split at ", at), []string{input[:at], input[at:]})
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range 20 {
		var pieces []string
		for rest := input; rest != ""; {
			n := min(len(rest), 1+random.IntN(1<<random.IntN(12)))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		check(fmt.Sprint("seed ", seed, " round ", i), pieces)
	}
}

// talk sends pieces one after the other and returns all that comes after INFO until the server closes.
func (e *edge) talk(pieces []string) string {
	e.t.Helper()
	conn := e.dial()
	defer conn.Close()
	said := make(chan string)
	go func() {
		all, _ := io.ReadAll(conn) // what is missing shows in what was said
		said <- string(all)
	}()
	for _, piece := range pieces {
		if _, err := io.WriteString(conn, piece); err != nil {
			e.t.Errorf("sending: %v", err)
			break
		}
		runtime.Gosched() // the server reads in between, more often than not
	}
	_, rest, _ := strings.Cut(<-said, "\r\n")
	return rest
}
