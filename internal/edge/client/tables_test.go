package client

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/observe/status"
)

func testSub(sid string) *broker.Subscription {
	return broker.NewSubscription(nil, []byte("x"), nil, []byte(sid), false)
}

func TestRemovingASubscriptionKeepsItsSuccessor(t *testing.T) {
	var table sidTable
	old, fresh := testSub("1"), testSub("1")
	table.add(fresh)
	table.remove(old)
	if table.find([]byte("1")) != fresh {
		t.Error("removing the old subscription took the one that has its sid now")
	}
}

func TestReplyGrants(t *testing.T) {
	now := time.Unix(1000, 0)
	g := newReplyGrants(2, time.Minute)
	if g.use("r", now) {
		t.Error("used without a grant")
	}
	g.allow("r", now)
	if !g.use("r", now) || !g.use("r", now.Add(time.Minute)) || g.use("r", now) {
		t.Error("a grant of two was not good for exactly two")
	}
	g.allow("r", now)
	if g.use("r", now.Add(time.Minute+1)) {
		t.Error("used after it expired")
	}
	forever := newReplyGrants(-1, -1)
	forever.allow("r", now)
	for range 100 {
		if !forever.use("r", now.Add(1000*time.Hour)) {
			t.Fatal("an unlimited grant ended")
		}
	}
}

func TestExpiredReplyGrantsAreForgotten(t *testing.T) {
	now := time.Unix(1000, 0)
	g := newReplyGrants(1, time.Second)
	for i := range 10 * sweepAbove {
		now = now.Add(time.Millisecond)
		g.allow(fmt.Sprint("r", i), now)
	}
	if n := len(g.grants); n > 2*sweepAbove+1000 {
		t.Errorf("%d grants are kept", n)
	}
}

func TestClosedConnectionsAreRemembered(t *testing.T) {
	var ring closedRing
	ring.resize(3)
	ids := func() (got string) {
		for _, row := range ring.all() {
			got += fmt.Sprint(row.ID, " ")
		}
		return got
	}
	for i := range 5 {
		ring.add(&Snapshot{ID: uint64(i)})
	}
	if got := ids(); got != "2 3 4 " {
		t.Errorf("got %s", got)
	}
	ring.resize(2)
	ring.add(&Snapshot{ID: 9})
	if got := ids(); got != "4 9 " {
		t.Errorf("after making it smaller: %s", got)
	}
	ring.resize(0)
	ring.add(&Snapshot{ID: 10})
	if got := ids(); got != "" {
		t.Errorf("a ring of none: %s", got)
	}
}

// TestClosedConnectionsForgetSubscriptionsOldestFirst gives the ring more than it may remember.
func TestClosedConnectionsForgetSubscriptionsOldestFirst(t *testing.T) {
	large := packedSubs(strings.Repeat("x", maxClosedSubs/3))
	var ring closedRing
	ring.resize(5)
	remembered := func() (got string) {
		sum := 0
		for _, row := range ring.all() {
			if sum += len(row.subs); row.subs != "" {
				got += fmt.Sprint(row.ID, " ")
			}
		}
		if sum != ring.subsBytes || sum > maxClosedSubs {
			t.Errorf("%d bytes are remembered, %d counted", sum, ring.subsBytes)
		}
		return got
	}
	for i := range 4 {
		ring.add(&Snapshot{ID: uint64(i), subs: large})
	}
	before := ring.all()[1]
	if got := remembered(); got != "1 2 3 " {
		t.Errorf("before it is full: %s", got)
	}
	for i := 4; i < 20; i++ {
		row := &Snapshot{ID: uint64(i), subs: large}
		if i%2 == 0 {
			row.subs = ""
		}
		ring.add(row)
	}
	if got := remembered(); got != "15 17 19 " {
		t.Errorf("when it is full: %s", got)
	}
	if before.subs != large {
		t.Error("a row that somebody may be reading was changed")
	}
	ring.resize(3)
	if got := remembered(); got != "17 19 " {
		t.Errorf("after making it smaller: %s", got)
	}
}

func TestSubscriptionsOfClosedConnectionsArePacked(t *testing.T) {
	var subs []*broker.Subscription
	var want []status.SubDetail
	for i, c := range []status.SubDetail{
		{Subject: "foo", SID: "1"},
		{Subject: "foo.*.>", SID: "abc", Queue: "q"},
		{Subject: strings.Repeat("x", 300), SID: strings.Repeat("9", 200), Queue: strings.Repeat("q", 129)},
	} {
		sub := broker.NewSubscription(nil, []byte(c.Subject), []byte(c.Queue), []byte(c.SID), false)
		sub.Take(i * 100)
		c.Msgs, c.Account, c.CID = sub.Delivered(), "A", 7
		subs, want = append(subs, sub), append(want, c)
	}
	if got := packSubs(subs).details("A", 7); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := packSubs(nil).details("A", 7); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
	var many []*broker.Subscription
	for i := range 2000 {
		many = append(many, broker.NewSubscription(nil, []byte(strings.Repeat("s", 1000)), nil, fmt.Append(nil, i), false))
	}
	packed := packSubs(many)
	if got := packed.details("A", 7); len(packed) > maxPackedSubs || len(got) < 1000 || got[999].SID != "999" {
		t.Errorf("of very many: %d bytes, %d subscriptions", len(packed), len(got))
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	for in, want := range map[string]string{
		`{"user":"joe","pass":"s3c\"ret","auth_token" : "tok","sig":"s","nkey":"U","jwt":"j","name":"pass"}`: `{"auth_token":"[REDACTED]","jwt":"[REDACTED]","name":"pass","nkey":"[REDACTED]","pass":"[REDACTED]","sig":"[REDACTED]","user":"joe"}`,
		`{"Pass":"s","pa\u0073s":1,"new":2,"name":{"pass":"s"},"lang":["s"],"verbose": true }`:               `{"Pass":"[REDACTED]","lang":"[REDACTED]","name":"[REDACTED]","new":"[REDACTED]","pass":"[REDACTED]","verbose":true}`,
		`{}`:              `{}`,
		`null`:            `{}`,
		`{"pass":"secret`: `[REDACTED: 15 bytes that are no JSON object]`,
		`"secret"`:        `[REDACTED: 8 bytes that are no JSON object]`,
		``:                `[REDACTED: 0 bytes that are no JSON object]`,
	} {
		if got := redacted([]byte(in)); got != want {
			t.Errorf("%s: got %s", in, got)
		}
	}
}
