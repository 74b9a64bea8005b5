package top

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"
)

// TestRatesOfARealServer compares rates with what was really sent between two samples.
func TestRatesOfARealServer(t *testing.T) {
	s := startServer(t, "")
	receiver, sender := s.client(t, "receiver"), s.client(t, "sender")
	subscribe(t, receiver, "x", "")
	flood(t, sender, "x", 70, 10)
	sampler := NewSampler(s.source(t))
	for _, view := range []View{Connections, Subscriptions, Subjects} {
		if _, err := sampler.Sample(testContext(t), Query{View: view, Limit: 10}); err != nil {
			t.Fatal(err)
		}
	}
	newcomer := s.client(t, "newcomer")
	flood(t, sender, "x", 1000, 10)
	flood(t, newcomer, "y", 50, 10)
	if err := receiver.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	snapshot := sampleRates(t, sampler, Connections)
	for _, c := range snapshot.Connections {
		if c.Rates == nil {
			t.Errorf("the rates of %s are not known", c.Name)
			continue
		}
		if c.Name == "receiver" && (c.Rates.OutMsgs <= 0 || c.Rates.InMsgs != 0 || !near(c.Rates.OutBytes, 10*c.Rates.OutMsgs)) {
			t.Errorf("the receiver's rates are %+v", c.Rates)
		}
		if c.Name == "sender" && (c.Rates.InMsgs <= 0 || c.Rates.OutMsgs != 0) {
			t.Errorf("the sender's rates are %+v", c.Rates)
		}
		if c.Name == "newcomer" && (c.Rates.InMsgs <= 0 || c.InMsgs != 50) {
			t.Errorf("the newcomer's rates are %+v", c.Rates)
		}
	}
	if r := snapshot.Server.Rates; r == nil || r.InMsgs <= 0 || r.OutMsgs <= 0 {
		t.Errorf("the server's rates are %+v", r)
	}
	subs := sampleRates(t, sampler, Subscriptions).Subscriptions
	if len(subs) != 1 || subs[0].Rate == nil || *subs[0].Rate <= 0 {
		t.Errorf("subscriptions are %+v", subs)
	}
}

func sampleRates(t *testing.T, sampler *Sampler, view View) Snapshot {
	t.Helper()
	snapshot, err := sampler.Sample(testContext(t), Query{View: view, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

func near(a, b float64) bool { return a-b < 1e-6*(a+b) && b-a < 1e-6*(a+b) }

func TestServerThatStartedAgainHasNoRatesAtFirst(t *testing.T) {
	s := startServer(t, "")
	flood(t, s.client(t, "sender"), "x", 10, 10)
	sampler := NewSampler(s.source(t))
	sampleRates(t, sampler, Connections)
	first := sampleRates(t, sampler, Connections)
	s.stop()
	if _, err := sampler.Sample(testContext(t), Query{Limit: 10}); err == nil {
		t.Error("a server that is away answers")
	}
	s.start(t, "")
	s.client(t, "another")
	again := sampleRates(t, sampler, Connections)
	if first.Server.Rates == nil || again.Server.Rates != nil || again.Server.ID == first.Server.ID {
		t.Errorf("before it started again the rates were %+v, then %+v", first.Server.Rates, again.Server.Rates)
	}
	for _, c := range again.Connections {
		if c.Rates != nil {
			t.Errorf("%s has the rates of another connection: %+v", c.Name, c.Rates)
		}
	}
}

func TestPrintTables(t *testing.T) {
	s := startServer(t, "server_name: n1")
	subscribe(t, s.client(t, "日本 worker"), "jobs.*", "group")
	var out bytes.Buffer
	o := Options{Source: s.source(t), Interval: MinInterval, Sort: "name"}
	if err := Print(testContext(t), o, Output{Out: &out, Notes: io.Discard, Count: 2}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	want := []string{"n1  ", "CPU ", "In 0 msgs/s 0 B/s", "", "CID  NAME ▲", "日本 worker", ""}
	if len(lines) != 2*len(want) {
		t.Fatalf("it prints\n%s", out.String())
	}
	for i, line := range lines[:len(lines)-1] {
		part := want[i%len(want)]
		if !strings.Contains(line, part) || (part == "" && line != "") || strings.ContainsAny(line, "\x1b") {
			t.Errorf("line %d is %q, want %q", i, line, part)
		}
	}
}

func TestPrintJSON(t *testing.T) {
	s := startServer(t, "server_name: n1")
	worker := s.client(t, "worker")
	subscribe(t, worker, "jobs.*", "group")
	s.client(t, "other")
	for view, key := range viewNames {
		if View(view) == Accounts && !s.has(t, "/accstatz") {
			continue
		}
		var out bytes.Buffer
		o := Options{Source: s.source(t), Interval: MinInterval, View: View(view), Filter: "jobs"}
		if View(view) == Connections {
			o.Filter = "worker"
		}
		if err := Print(testContext(t), o, Output{Out: &out, Notes: io.Discard, Count: 1, JSON: true}); err != nil {
			t.Fatal(err)
		}
		var document map[string]json.RawMessage
		if err := json.Unmarshal(out.Bytes(), &document); err != nil || strings.Count(out.String(), "\n") != 1 {
			t.Fatalf("%s: %v\n%s", key, err, out.String())
		}
		var rows []map[string]any
		if err := json.Unmarshal(document[key], &rows); err != nil {
			t.Errorf("%s: %v in %s", key, err, out.String())
		}
		if View(view) != Accounts && len(rows) != 1 {
			t.Errorf("%s: the filter lets %d rows through: %s", key, len(rows), out.String())
		}
		for _, other := range viewNames {
			if other != key && document[other] != nil && other != "subscriptions" {
				t.Errorf("%s: there are %s as well", key, other)
			}
		}
	}
}

func TestPrintEnds(t *testing.T) {
	s := startServer(t, "")
	t.Run("when interrupted", func(t *testing.T) {
		ctx, cancel := context.WithCancel(testContext(t))
		out := &signalled{written: make(chan struct{}, 100)}
		ended := make(chan error, 1)
		go func() {
			ended <- Print(ctx, Options{Source: s.source(t), Interval: MinInterval}, Output{Out: out, Notes: io.Discard})
		}()
		<-out.written
		<-out.written
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Run("when the server stays away", func(t *testing.T) {
		out := &signalled{written: make(chan struct{}, 100)}
		var notes bytes.Buffer
		ended := make(chan error, 1)
		go func() {
			ended <- Print(testContext(t), Options{Source: s.source(t), Interval: MinInterval}, Output{Out: out, Notes: &notes, Count: 5})
		}()
		<-out.written
		s.stop()
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "is the server running") {
			t.Errorf("it ends with %v", err)
		}
		if !strings.Contains(notes.String(), "No answer: ") {
			t.Errorf("it notes %q", notes.String())
		}
	})
	if err := Print(testContext(t), Options{Source: s.source(t)}, Output{Out: io.Discard, Notes: io.Discard, Count: 1}); err == nil {
		t.Error("a server that is not there to begin with is no error")
	}
}

// signalled tells of each write.
type signalled struct{ written chan struct{} }

func (s *signalled) Write(p []byte) (int, error) {
	s.written <- struct{}{}
	return len(p), nil
}

func TestOptionsAreChecked(t *testing.T) {
	bad := []Options{
		{Sort: "nope"}, {Limit: -1}, {Limit: maxRows + 1}, {View: views}, {View: -1}, {Filter: "cid:x"}, {View: Accounts, Sort: "pending"},
	}
	for _, o := range bad {
		if o.Check() == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	for _, name := range []string{"connections", "con", "a", "subj", "subscr"} {
		if _, err := ParseView(name); err != nil {
			t.Errorf("view %q: %v", name, err)
		}
	}
	for _, name := range []string{"", "sub", "x"} {
		if v, err := ParseView(name); err == nil {
			t.Errorf("%q is view %v", name, v)
		}
	}
	if got := interval(Options{Interval: time.Millisecond}); got != MinInterval {
		t.Errorf("samples may come every %v", got)
	}
}
