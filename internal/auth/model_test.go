package auth

import (
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/internal/subject"
)

var seed = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the random permissions")

func words(s string) []string { return strings.Fields(s) }

// model answers like Permissions, straight from the options: each entry is looked at, token by token.
type model struct{ PermissionOptions }

func tokensMatch(pattern, literal string) bool {
	p, l := strings.Split(pattern, "."), strings.Split(literal, ".")
	if slices.Contains(l, "") {
		return false
	}
	for i, token := range p {
		switch {
		case token == ">" && i == len(p)-1:
			return len(l) > i
		case i >= len(l), token != "*" && token != l[i]:
			return false
		}
	}
	return len(p) == len(l)
}

func (m model) publish(subj string) bool {
	match := func(e string) bool { return tokensMatch(e, subj) }
	if slices.ContainsFunc(m.PublishDeny, match) {
		return false
	}
	return (len(m.PublishAllow) == 0 && m.Responses == nil) || slices.ContainsFunc(m.PublishAllow, match)
}

// about reports whether a subscribe entry is about the subject, with or without its queue.
func about(e, subj, queue string) (plain, named, inQueue bool) {
	f := strings.Fields(e)
	if !tokensMatch(f[0], subj) {
		return false, false, false
	}
	if len(f) == 1 {
		return true, false, false
	}
	return false, true, queue != "" && tokensMatch(f[1], queue)
}

func (m model) subscribe(subj, queue string) bool {
	for _, e := range m.SubscribeDeny {
		if plain, _, in := about(e, subj, queue); plain || in {
			return false
		}
	}
	var plain, named, in bool
	for _, e := range m.SubscribeAllow {
		p, n, i := about(e, subj, queue)
		plain, named, in = plain || p, named || n, in || i
	}
	switch {
	case len(m.SubscribeAllow) == 0:
		return true
	case queue != "" && named:
		return in
	}
	return plain
}

func (m model) receive(subj, queue string) bool {
	covered := func(e string) bool {
		plain, _, in := about(e, subj, queue)
		return plain || in
	}
	return !slices.ContainsFunc(m.SubscribeDeny, covered) &&
		(len(m.SubscribeAllow) == 0 || slices.ContainsFunc(m.SubscribeAllow, covered))
}

func randomSubject(r *rand.Rand, wildcards bool) string {
	alphabet := []string{"a", "b", "c", "a", "b"}
	if wildcards {
		alphabet = append(alphabet, "*", "*")
	}
	tokens := make([]string, 1+r.IntN(3))
	for i := range tokens {
		tokens[i] = alphabet[r.IntN(len(alphabet))]
	}
	if wildcards && r.IntN(4) == 0 {
		tokens[len(tokens)-1] = ">"
	}
	return strings.Join(tokens, ".")
}

func randomEntries(r *rand.Rand, queues bool) []string {
	list := make([]string, r.IntN(5))
	for i := range list {
		list[i] = randomSubject(r, true)
		if queues && r.IntN(2) == 0 {
			list[i] += " " + randomSubject(r, true)
		}
	}
	return list
}

func TestPermissionsAgreeWithModel(t *testing.T) {
	t.Logf("-seed=%d", *seed)
	r := rand.New(rand.NewPCG(*seed, 1))
	for range 2000 {
		o := PermissionOptions{
			PublishAllow: randomEntries(r, false), PublishDeny: randomEntries(r, false),
			SubscribeAllow: randomEntries(r, true), SubscribeDeny: randomEntries(r, true),
		}
		p, m := mustPermissions(t, o), model{o}
		for range 30 {
			compare(t, p, m, randomSubject(r, r.IntN(2) == 0), randomQueue(r))
		}
	}
}

func randomQueue(r *rand.Rand) string {
	if r.IntN(3) == 0 {
		return ""
	}
	return randomSubject(r, false)
}

func compare(t *testing.T, p *Permissions, m model, subj, queue string) {
	t.Helper()
	if got := p.CanPublish([]byte(subj)); got != m.publish(subj) {
		t.Fatalf("%+v: PUB %s: %v", m, subj, got)
	}
	if got := p.CanReceive([]byte(subj), queue); got != m.receive(subj, queue) {
		t.Fatalf("%+v: MSG %s for queue %q: %v", m, subj, queue, got)
	}
	allowed, filtered := p.CanSubscribe(subj, queue)
	if allowed != m.subscribe(subj, queue) {
		t.Fatalf("%+v: SUB %s %s: %v", m, subj, queue, allowed)
	}
	if allowed && !filtered {
		checkUnfiltered(t, m, subj, queue)
	}
}

// checkUnfiltered looks for messages that an unfiltered subscription gets, and should not.
func checkUnfiltered(t *testing.T, m model, subj, queue string) {
	t.Helper()
	for _, tail := range []string{"", ".a", ".b.c"} {
		for _, a := range []string{"a", "b", "c", "z"} {
			for _, b := range []string{"", ".a", ".b", ".z"} {
				literal := a + b + tail
				if tokensMatch(subj, literal) && !m.receive(literal, queue) {
					t.Fatalf("%+v: SUB %s %s: not filtered, would get %s", m, subj, queue, literal)
				}
			}
		}
	}
}

func FuzzPermissions(f *testing.F) {
	f.Add("ok.>", "ok.no", "s.> q.*", "s.no q.1", "ok.1", "q.1")
	f.Add("*", ">", "a *", ". >", "..", "*.")
	f.Fuzz(func(t *testing.T, allow, deny, subAllow, subDeny, subj, queue string) {
		o := PermissionOptions{
			PublishAllow: strings.Split(allow, ","), PublishDeny: strings.Split(deny, ","),
			SubscribeAllow: strings.Split(subAllow, ","), SubscribeDeny: strings.Split(subDeny, ","),
		}
		p, err := NewPermissions(o)
		if err != nil {
			return
		}
		m := model{o}
		if got := p.CanPublish([]byte(subj)); got != m.publish(subj) {
			t.Fatalf("PUB %q: %v", subj, got)
		}
		allowed, filtered := p.CanSubscribe(subj, queue)
		received := p.CanReceive([]byte(subj), queue)
		if allowed && !filtered && subject.IsLiteral(subj) && subject.Valid(subj) && !received {
			t.Fatalf("SUB %q %q is not filtered, but gets nothing", subj, queue)
		}
	})
}

func TestDecisionsDoNotAllocate(t *testing.T) {
	p := mustPermissions(t, PermissionOptions{
		PublishAllow: []string{"orders.*.new", "lit", "metrics.>"}, PublishDeny: []string{"metrics.secret.*"},
		SubscribeAllow: []string{"orders.>", "x q.*"}, SubscribeDeny: []string{"orders.no", "orders.* q.*"},
	})
	subj := []byte("metrics.host.cpu")
	if n := testing.AllocsPerRun(100, func() { p.CanPublish(subj) }); n != 0 {
		t.Errorf("CanPublish allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { p.CanReceive(subj, "q.1") }); n != 0 {
		t.Errorf("CanReceive allocates %v times", n)
	}
}

func BenchmarkCanPublish(b *testing.B) {
	few := PermissionOptions{PublishAllow: []string{"orders.*.new", "metrics.>"}, PublishDeny: []string{"metrics.secret.*"}}
	many := PermissionOptions{PublishDeny: few.PublishDeny, PublishAllow: slices.Clone(few.PublishAllow)}
	for i := range 1000 {
		many.PublishAllow = append(many.PublishAllow, "device."+strings.Repeat("x", i%17)+string(rune('a'+i%26))+".in")
	}
	for _, c := range []struct {
		name    string
		options PermissionOptions
	}{{"few", few}, {"many", many}} {
		b.Run(c.name, func(b *testing.B) {
			p := mustPermissions(b, c.options)
			subj := []byte("metrics.host.cpu")
			for b.Loop() {
				p.CanPublish(subj)
			}
		})
	}
}

func BenchmarkCanReceive(b *testing.B) {
	p := mustPermissions(b, PermissionOptions{SubscribeDeny: []string{"metrics.secret.*", "orders.no", "metrics.* q.*"}})
	subj := []byte("metrics.host.cpu")
	for b.Loop() {
		p.CanReceive(subj, "q.1")
	}
}
