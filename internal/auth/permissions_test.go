package auth

import (
	"testing"
	"time"
)

func mustPermissions(t testing.TB, o PermissionOptions) *Permissions {
	t.Helper()
	p, err := NewPermissions(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPublish replays what the reference server answered.
func TestPublish(t *testing.T) {
	for _, c := range []struct {
		name    string
		options PermissionOptions
		allowed []string
		denied  []string
	}{
		{
			name:    "the recorded example",
			options: PermissionOptions{PublishAllow: []string{"ok.>"}, PublishDeny: []string{"ok.no"}},
			allowed: []string{"ok.1"}, denied: []string{"ok.no", "zz", "ok", "ok."},
		},
		{
			name:    "wildcards in the subject are literal tokens",
			options: PermissionOptions{PublishAllow: []string{"foo.*", "a.>"}},
			allowed: []string{"foo.a", "foo.*", "foo.>", "a.>", "a.*"},
			denied:  []string{"foo", "a", "foo..b", "foo.", ".foo", "a..b", "a.", ">", "*", ""},
		},
		{
			name:    "empty tokens match no deny entry",
			options: PermissionOptions{PublishDeny: []string{"foo.*", "lit"}},
			allowed: []string{"foo", "foo.", "foo.a.", "*", ">", "l*"},
			denied:  []string{"foo.a", "foo.*", "foo.>", "lit"},
		},
		{
			name:    "everything is everything well formed",
			options: PermissionOptions{PublishAllow: []string{">"}},
			allowed: []string{"a", ">", "a.>.b"}, denied: []string{"a..b", ".", "a."},
		},
		{
			name:    "literals",
			options: PermissionOptions{PublishAllow: []string{"foo", "b.c"}},
			allowed: []string{"foo", "b.c"}, denied: []string{"*", "b.*", "b.>"},
		},
		{name: "nothing said", allowed: []string{"a", "a..b", ""}},
		{name: "only answers", options: PermissionOptions{Responses: &ResponseOptions{}}, denied: []string{"a", "_INBOX.x"}},
		{
			name:    "answers and a deny list",
			options: PermissionOptions{Responses: &ResponseOptions{}, PublishDeny: []string{"x"}},
			denied:  []string{"a", "x"},
		},
		{
			name:    "answers and an allow list",
			options: PermissionOptions{Responses: &ResponseOptions{}, PublishAllow: []string{"x"}},
			allowed: []string{"x"}, denied: []string{"a"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mustPermissions(t, c.options)
			for _, s := range c.allowed {
				if !p.CanPublish([]byte(s)) {
					t.Errorf("%q is denied", s)
				}
			}
			for _, s := range c.denied {
				if p.CanPublish([]byte(s)) {
					t.Errorf("%q is allowed", s)
				}
			}
		})
	}
}

// subscription is one SUB and what the reference server did with it.
type subscription struct {
	subject, queue string
	denied         bool
	received       string // subjects separated by blanks
	filtered       string
}

// TestSubscribe replays what the reference server answered and delivered. It differs in one thing: there a subscription
// wider than its allow entry gets all that it matches.
func TestSubscribe(t *testing.T) {
	for _, c := range []struct {
		name          string
		allow, deny   []string
		subscriptions []subscription
	}{
		{
			name:  "the recorded example",
			allow: []string{"s.>", "q.1 g1", "q.2 *.dev"}, deny: []string{"s.no"},
			subscriptions: []subscription{
				{subject: "s.no", denied: true},
				{subject: "zz", denied: true},
				{subject: ">", denied: true},
				{subject: "s.*", received: "s.x", filtered: "s.no"},
				{subject: "s.>", queue: "g", received: "s.x s.no.x", filtered: "s.no"},
				{subject: "q.1", denied: true},
				{subject: "q.1", queue: "g1"},
				{subject: "q.1", queue: "g2", denied: true},
				{subject: "q.2", queue: "x.dev"},
				{subject: "q.2", queue: "dev", denied: true},
			},
		},
		{
			name:  "allow",
			allow: []string{"foo.*", "a.>", "q", "r r1", "t t1", "t", "w w.*", "v >", "ww a.>"},
			subscriptions: []subscription{
				{subject: "foo.a", received: "foo.a"},
				{subject: "foo.*", received: "foo.a"},
				{subject: "foo.a", queue: "g"},
				{subject: "a.>", received: "a.b"},
				{subject: "a.*.c", received: "a.b.c"},
				{subject: ">", denied: true},
				{subject: "*", denied: true},
				{subject: "q", queue: "g"},
				{subject: "r", denied: true},
				{subject: "r", queue: "r1"},
				{subject: "r", queue: "r2", denied: true},
				{subject: "r", queue: ">", denied: true},
				{subject: "t"},
				{subject: "t", queue: "t1"},
				{subject: "t", queue: "t2", denied: true},
				{subject: "w", queue: "w.x"},
				{subject: "w", queue: "w", denied: true},
				{subject: "w", queue: "w.*"},
				{subject: "w", queue: "w.>", denied: true},
				{subject: "w", queue: "*", denied: true},
				{subject: "w", queue: "w..x", denied: true},
				{subject: "w", queue: "w.x.y", denied: true},
				{subject: "w", queue: "w.", denied: true},
				{subject: "v", queue: "q"},
				{subject: "v", denied: true},
				{subject: "v", queue: "a.b"},
				{subject: "v", queue: ">"},
				{subject: "v", queue: ".."},
				{subject: "v", queue: "."},
				{subject: "ww", queue: "a."},
				{subject: "ww", queue: "a.."},
				{subject: "ww", queue: "a", denied: true},
				{subject: "foo..b", denied: true},
				{subject: "foo.", denied: true},
				{subject: "a.", denied: true},
				{subject: "foo.a", queue: "b*c"},
			},
		},
		{
			name:  "a subscription wider than its entry gets what the entry has",
			allow: []string{"foo.*", "*"},
			subscriptions: []subscription{
				{subject: "foo.>", received: "foo.a", filtered: "foo.a.b"},
				{subject: "*.a", denied: true},
				{subject: ">", received: "a foo.a", filtered: "a.b foo.a.b"},
			},
		},
		{
			name:  "entries with queues bind members of groups",
			allow: []string{"t.>", "t.x q1"},
			subscriptions: []subscription{
				{subject: "t.x", queue: "q2", denied: true},
				{subject: "t.x", queue: "q1"},
				{subject: "t.*", queue: "q2", received: "t.x t.y"},
				{subject: "t.>", queue: "q2", received: "t.x"},
				{subject: "t.x", received: "t.x"},
			},
		},
		{
			name: "deny",
			deny: []string{"foo.*", "a.b", "q q1", "r r.*", "p.* p1", "x.>", "w.l >"},
			subscriptions: []subscription{
				{subject: "foo.a", denied: true},
				{subject: "foo.*", denied: true},
				{subject: "foo.>", denied: true},
				{subject: ">", received: "q zz p.x w.l r", filtered: "foo.a a.b"},
				{subject: ">", queue: "g", received: "q zz p.x", filtered: "foo.a a.b w.l"},
				{subject: ">", queue: "q1", received: "zz p.x", filtered: "foo.a q w.l"},
				{subject: ">", queue: "p1", received: "q", filtered: "p.x w.l"},
				{subject: "a.*", received: "a.c", filtered: "a.b"},
				{subject: "a.*", queue: "g", received: "a.c", filtered: "a.b"},
				{subject: "q", received: "q"},
				{subject: "q", queue: "q1", denied: true},
				{subject: "q", queue: "q2", received: "q"},
				{subject: "r", queue: "r.a", denied: true},
				{subject: "r", received: "r"},
				{subject: "*", queue: "r.a", received: "q foo", filtered: "r"},
				{subject: "p.a", queue: "p1", denied: true},
				{subject: "p.a", queue: "p2", received: "p.a"},
				{subject: "p.*", queue: "p1", denied: true},
				{subject: "p.*", received: "p.a"},
				{subject: "p.>", queue: "p1", denied: true},
				{subject: "*.*", queue: "p1", received: "z.x", filtered: "p.x"},
				{subject: "x.>", denied: true},
				{subject: "x", received: "x"},
				{subject: "x.a", denied: true},
				{subject: "*.a", received: "y.a", filtered: "x.a foo.a"},
				{subject: "w.l", received: "w.l"},
				{subject: "w.l", queue: "g", denied: true},
				{subject: "w.*", queue: "g", filtered: "w.l"},
				{subject: "w.*", received: "w.l"},
				{subject: "q", queue: "q*", received: "q"},
				{subject: "q", queue: ">", received: "q"},
				{subject: "q", queue: "*", received: "q"},
				{subject: "r", queue: "r.*", denied: true},
				{subject: "r", queue: "r.>", received: "r"},
				{subject: "foo.a.b", received: "foo.a.b"},
				{subject: "a.b", queue: "g", denied: true},
			},
		},
		{
			name: "a deny entry without a queue is about all",
			deny: []string{"t.>", "t.x q1"},
			subscriptions: []subscription{
				{subject: "t.x", denied: true},
				{subject: "t.x", queue: "q1", denied: true},
				{subject: "t.x", queue: "q2", denied: true},
				{subject: "t.y", queue: "q2", denied: true},
				{subject: ">", queue: "q2", received: "z", filtered: "t.x"},
			},
		},
		{
			name: "odd queues denied",
			deny: []string{"t t.*", "u >", "w a.>"},
			subscriptions: []subscription{
				{subject: "t", queue: "t."},
				{subject: "t", queue: "t.*", denied: true},
				{subject: "t", queue: "t.>"},
				{subject: "u", queue: ".", denied: true},
				{subject: "u", queue: "a..b", denied: true},
				{subject: "w", queue: "a.", denied: true},
				{subject: "w", queue: "a..", denied: true},
				{subject: ">", queue: "a.", received: "t", filtered: "w u"},
				{subject: ">", queue: "t.", received: "t"},
				{subject: ">", queue: "a.>", filtered: "w"},
				{subject: ">", queue: "t.*", filtered: "t"},
				{subject: ">", queue: "t.>", received: "t"},
			},
		},
		{
			name:  "allow and deny",
			allow: []string{"a.>", "b g1", "c.* *.dev"}, deny: []string{"a.no", "a.q q1", "c.no x.dev"},
			subscriptions: []subscription{
				{subject: "a.>", received: "a.q a.x", filtered: "a.no"},
				{subject: "a.>", queue: "q1", received: "a.x", filtered: "a.no a.q"},
				{subject: "a.*", filtered: "a.no"},
				{subject: "a.q", queue: "q1", denied: true},
				{subject: "a.q", queue: "q2", received: "a.q"},
				{subject: "b", denied: true},
				{subject: "b", queue: "g1"},
				{subject: "c.*", queue: "x.dev", received: "c.a", filtered: "c.no"},
				{subject: "c.a", queue: "y.dev", received: "c.a"},
				{subject: "c.no", queue: "y.dev", received: "c.no"},
				{subject: "c.no", queue: "x.dev", denied: true},
				{subject: "c.*", denied: true},
			},
		},
		{name: "nothing said", subscriptions: []subscription{{subject: "a.>", received: "a.b"}, {subject: "a..b"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mustPermissions(t, PermissionOptions{SubscribeAllow: c.allow, SubscribeDeny: c.deny})
			for _, s := range c.subscriptions {
				s.check(t, p)
			}
		})
	}
}

func (s subscription) check(t *testing.T, p *Permissions) {
	t.Helper()
	allowed, filtered := p.CanSubscribe(s.subject, s.queue)
	if allowed == s.denied {
		t.Errorf("SUB %s %s: allowed %v", s.subject, s.queue, allowed)
	}
	for _, subj := range words(s.received) {
		if filtered && !p.CanReceive([]byte(subj), s.queue) {
			t.Errorf("SUB %s %s: %s is filtered", s.subject, s.queue, subj)
		}
	}
	for _, subj := range words(s.filtered) {
		if !filtered || p.CanReceive([]byte(subj), s.queue) {
			t.Errorf("SUB %s %s: %s is delivered", s.subject, s.queue, subj)
		}
	}
}

func TestFilteredOnlyWhereNeeded(t *testing.T) {
	p := mustPermissions(t, PermissionOptions{
		SubscribeAllow: []string{"a.>", "b", "c.*"}, SubscribeDeny: []string{"a.no.*", "c.x q.*"},
	})
	for _, c := range []struct {
		subject, queue string
		filtered       bool
	}{
		{"a.>", "", true},
		{"a.*", "", false},
		{"a.yes.*", "", false},
		{"a.*.b", "", true},
		{"b", "", false},
		{"c.*", "", false},
		{"c.*", "z", false},
		{"c.*", "q.1", true},
		{"c.>", "", true},
	} {
		if allowed, filtered := p.CanSubscribe(c.subject, c.queue); !allowed || filtered != c.filtered {
			t.Errorf("SUB %s %s: allowed %v, filtered %v", c.subject, c.queue, allowed, filtered)
		}
	}
}

func TestResponses(t *testing.T) {
	for _, c := range []struct {
		options *ResponseOptions
		max     int
		expires time.Duration
		ok      bool
	}{
		{},
		{&ResponseOptions{}, 1, 2 * time.Minute, true},
		{&ResponseOptions{Max: 3, Expires: time.Second}, 3, time.Second, true},
		{&ResponseOptions{Max: -1, Expires: -1}, -1, -1, true},
	} {
		p := mustPermissions(t, PermissionOptions{Responses: c.options})
		if limit, expires, ok := p.Responses(); limit != c.max || expires != c.expires || ok != c.ok {
			t.Errorf("%+v: %d, %v, %v", c.options, limit, expires, ok)
		}
	}
}

func TestInvalidEntries(t *testing.T) {
	for _, c := range []struct {
		options PermissionOptions
		want    string
	}{
		{PermissionOptions{PublishAllow: []string{"foo..bar"}}, `subject "foo..bar" is not a valid subject`},
		{PermissionOptions{PublishAllow: []string{"foo bar"}}, `subject "foo bar" is not a valid subject`},
		{PermissionOptions{PublishDeny: []string{"a..b"}}, `subject "a..b" is not a valid subject`},
		{PermissionOptions{PublishAllow: []string{" foo "}}, `subject " foo " is not a valid subject`},
		{PermissionOptions{PublishAllow: []string{"foo\tbar"}}, `subject "foo\tbar" is not a valid subject`},
		{PermissionOptions{SubscribeAllow: []string{"ok", "foo bar baz"}}, `subject "foo bar baz" is not a valid subject`},
		{PermissionOptions{SubscribeAllow: []string{"foo bar..baz"}}, `queue "bar..baz" is not a valid queue`},
		{PermissionOptions{SubscribeAllow: []string{"foo >.baz"}}, `queue ">.baz" is not a valid queue`},
		{PermissionOptions{SubscribeAllow: []string{">.foo"}}, `subject ">.foo" is not a valid subject`},
		{PermissionOptions{SubscribeAllow: []string{""}}, `subject "" is not a valid subject`},
		{PermissionOptions{SubscribeAllow: []string{"  "}}, `subject "  " is not a valid subject`},
		{PermissionOptions{SubscribeAllow: []string{" foo "}}, `subject " foo " is not a valid subject`},
		{PermissionOptions{SubscribeDeny: []string{"a..b q"}}, `subject "a..b" is not a valid subject`},
	} {
		if _, err := NewPermissions(c.options); err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v", c.options, err)
		}
	}
	mustPermissions(t, PermissionOptions{SubscribeAllow: []string{"  foo   bar  ", "a*b", "c>.d"}, PublishAllow: []string{"a.*.>"}})
}
