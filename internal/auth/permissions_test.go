package auth

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/internal/subject"
)

func permissions(t testing.TB, o PermissionOptions) *Permissions {
	t.Helper()
	p, err := NewPermissions(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRecordedPermissions: what the reference server answered a user with these permissions.
func TestRecordedPermissions(t *testing.T) {
	p := permissions(t, PermissionOptions{
		Publish:   &Rule{Allow: []string{"ok.>"}, Deny: []string{"ok.no"}},
		Subscribe: &Rule{Allow: []string{"s.>", "q.1 g1", "q.2 *.dev"}, Deny: []string{"s.no"}},
	})
	for subj, want := range map[string]bool{"ok.1": true, "ok.no": false, "zz": false} {
		if p.CanPublish([]byte(subj)) != want {
			t.Errorf("publish %s is not %v", subj, want)
		}
	}
	for _, test := range []struct {
		subj, queue       string
		allowed, filtered bool
	}{
		{"s.no", "", false, false}, {"zz", "", false, false}, {">", "", false, false}, {"s.*", "", true, true}, {"s.>", "g", true, true},
		{"s.yes", "", true, false}, {"q.1", "", false, false}, {"q.1", "g1", true, false}, {"q.1", "g2", false, false},
		{"q.2", "x.dev", true, false}, {"q.2", "dev", false, false},
	} {
		allowed, filtered := p.CanSubscribe(test.subj, test.queue)
		if allowed != test.allowed || filtered != test.filtered {
			t.Errorf("subscribe %s %s: %v, %v", test.subj, test.queue, allowed, filtered)
		}
	}
	if p.CanReceive([]byte("s.no"), "") || !p.CanReceive([]byte("s.yes"), "") {
		t.Error("deliveries are filtered wrongly")
	}
}

func TestQueueEntries(t *testing.T) {
	both := permissions(t, PermissionOptions{Subscribe: &Rule{Allow: []string{"foo", "foo v1"}}})
	plain := permissions(t, PermissionOptions{Subscribe: &Rule{Allow: []string{"foo"}}})
	deny := permissions(t, PermissionOptions{Subscribe: &Rule{Deny: []string{"foo v2"}}})
	for _, test := range []struct {
		name  string
		p     *Permissions
		queue string
		want  bool
	}{
		{"both", both, "", true}, {"both", both, "v1", true}, {"both", both, "v2", false},
		{"plain", plain, "", true}, {"plain", plain, "any", true},
		{"deny", deny, "", true}, {"deny", deny, "v1", true}, {"deny", deny, "v2", false},
	} {
		if allowed, _ := test.p.CanSubscribe("foo", test.queue); allowed != test.want {
			t.Errorf("%s: queue %q is not %v", test.name, test.queue, test.want)
		}
	}
	if _, filtered := deny.CanSubscribe("*", "v2"); !filtered || deny.CanReceive([]byte("foo"), "v2") || !deny.CanReceive([]byte("foo"), "v1") {
		t.Error("a denied queue is filtered wrongly")
	}
}

func TestResponses(t *testing.T) {
	p := permissions(t, PermissionOptions{Responses: &Responses{}})
	if limit, expires, ok := p.Responses(); limit != 1 || expires != 2*time.Minute || !ok {
		t.Errorf("defaults: %d, %v, %v", limit, expires, ok)
	}
	if p.CanPublish([]byte("x")) {
		t.Error("who may only answer may publish")
	}
	p = permissions(t, PermissionOptions{Publish: &Rule{Allow: []string{"x"}}, Responses: &Responses{-1, -1}})
	if limit, expires, _ := p.Responses(); limit >= 0 || expires >= 0 || !p.CanPublish([]byte("x")) {
		t.Error("unlimited responses beside an allowed subject")
	}
	if _, _, ok := permissions(t, PermissionOptions{}).Responses(); ok {
		t.Error("responses without being asked for")
	}
}

func TestEmptyRules(t *testing.T) {
	free := permissions(t, PermissionOptions{Publish: &Rule{}, Subscribe: &Rule{}})
	none := permissions(t, PermissionOptions{Publish: &Rule{Allow: []string{}}, Subscribe: &Rule{Allow: []string{}}})
	allowed, _ := free.CanSubscribe("x", "")
	refused, _ := none.CanSubscribe("x", "")
	if !free.CanPublish([]byte("x")) || !allowed || none.CanPublish([]byte("x")) || refused {
		t.Error("a list that is not there was taken for an empty one, or the other way round")
	}
}

func TestInvalidPermissions(t *testing.T) {
	for _, test := range []struct {
		o    PermissionOptions
		want string
	}{
		{PermissionOptions{Publish: &Rule{Allow: []string{"foo..bar"}}}, `subject "foo..bar" is not a valid subject`},
		{PermissionOptions{Publish: &Rule{Deny: []string{"foo q"}}}, `subject "foo q" is not a valid subject`},
		{PermissionOptions{Subscribe: &Rule{Deny: []string{"b..c q"}}}, `subject "b..c" is not a valid subject`},
		{PermissionOptions{Subscribe: &Rule{Allow: []string{"a q..x"}}}, `queue "q..x" is not a valid queue`},
		{PermissionOptions{Subscribe: &Rule{Allow: []string{"a b c"}}}, `subject "a" is not a valid subject`},
		{PermissionOptions{Subscribe: &Rule{Allow: []string{""}}}, `subject "" is not a valid subject`},
	} {
		if _, err := NewPermissions(test.o); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

// TestPermissionsAgreeWithTheirMeaning compares with a scan of the lists.
func TestPermissionsAgreeWithTheirMeaning(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	pattern := func() string {
		for {
			words := []string{"a", "b", "*", ">"}
			s := words[random.IntN(4)]
			for range random.IntN(3) {
				s += "." + words[random.IntN(4)]
			}
			if subject.Valid(s) {
				return s
			}
		}
	}
	list := func() (l []string) {
		for range random.IntN(4) {
			l = append(l, pattern())
		}
		return l
	}
	any := func(l []string, f func(p, s string) bool, s string) bool {
		for _, p := range l {
			if f(p, s) {
				return true
			}
		}
		return false
	}
	match := func(p, s string) bool { return subject.Match(p, s) }
	covers := func(p, s string) bool { return subject.IsSubset(s, p) }
	for range 20000 {
		r := &Rule{Allow: list(), Deny: list()}
		p := permissions(t, PermissionOptions{Publish: r, Subscribe: r})
		literal := strings.NewReplacer("*", "a", ">", "b").Replace(pattern())
		want := (r.Allow == nil || any(r.Allow, match, literal)) && !any(r.Deny, match, literal)
		if p.CanPublish([]byte(literal)) != want {
			t.Fatalf("seed %d: publish %s with %+v is not %v", seed, literal, r, want)
		}
		sub := pattern()
		want = (r.Allow == nil || any(r.Allow, covers, sub)) && !any(r.Deny, covers, sub)
		allowed, filtered := p.CanSubscribe(sub, "")
		if allowed != want || (allowed && filtered != any(r.Deny, subject.Overlap, sub)) {
			t.Fatalf("seed %d: subscribe %s with %+v: %v, %v", seed, sub, r, allowed, filtered)
		}
	}
}

func TestCheckingDoesNotAllocate(t *testing.T) {
	p := permissions(t, PermissionOptions{
		Publish:   &Rule{Allow: []string{"a.b", "x.*", "y.>"}, Deny: []string{"y.z"}},
		Subscribe: &Rule{Deny: []string{"q.*"}},
	})
	subj := []byte("y.a.b")
	if n := testing.AllocsPerRun(100, func() { p.CanPublish(subj); p.CanReceive(subj, "") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzPermissions(f *testing.F) {
	f.Add("a.> q", "a.b", "a.b", "q")
	f.Fuzz(func(t *testing.T, allow, deny, subj, queue string) {
		p, err := NewPermissions(PermissionOptions{Publish: &Rule{Allow: []string{allow}, Deny: []string{deny}}})
		if err == nil && p.CanPublish([]byte(subj)) && deny == subj && subject.Valid(subj) {
			t.Errorf("%q is denied and may be published", subj)
		}
		if p, err = NewPermissions(PermissionOptions{Subscribe: &Rule{Allow: []string{allow}, Deny: []string{deny}}}); err != nil || !subject.Valid(subj) {
			return
		}
		if allowed, filtered := p.CanSubscribe(subj, queue); allowed && !filtered && subject.ValidLiteral(subj) && !p.CanReceive([]byte(subj), queue) {
			t.Errorf("%q is allowed unfiltered and cannot be received", subj)
		}
	})
}

func BenchmarkCanPublish(b *testing.B) {
	p := permissions(b, PermissionOptions{Publish: &Rule{Allow: []string{"orders.*.created", "orders.*.changed", "audit.>"}}})
	subj := []byte("audit.orders.1234")
	for b.Loop() {
		p.CanPublish(subj)
	}
}
