package subject_test

import (
	"errors"
	"testing"

	"sinew.dev/sinew/internal/subject"
)

func to(dest string) []subject.Destination {
	return []subject.Destination{{Subject: dest, Weight: 100}}
}

func mustMap(t *testing.T, defs ...subject.Mapping) *subject.Mappings {
	t.Helper()
	m, err := subject.NewMappings(defs)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shares maps subj once for every number from 0 to 99 and counts the results; lost messages under "lost".
func shares(m *subject.Mappings, subj string) map[string]int {
	got := map[string]int{}
	for n := range 100 {
		dest, ok := m.Map(subj, func(int) int { return n })
		if !ok {
			dest = "lost"
		}
		got[dest]++
	}
	return got
}

func sameShares(a, b map[string]int) bool {
	if len(a) != len(b) {
		return false
	}
	for k := range a {
		if a[k] != b[k] {
			return false
		}
	}
	return true
}

func TestFirstMappingInOrderWins(t *testing.T) {
	m := mustMap(t,
		subject.Mapping{Source: "a.b", Destinations: to("first")},
		subject.Mapping{Source: "a.*", Destinations: to("star.$1")},
		subject.Mapping{Source: "a.c", Destinations: to("never")},
		subject.Mapping{Source: "a.>", Destinations: to("rest.>")},
		subject.Mapping{Source: "z", Destinations: to("zed")},
	)
	for subj, want := range map[string]string{
		"a.b": "first", "a.c": "star.c", "a.b.c": "rest.b.c", "z": "zed",
		"a": "", "b": "", "z.z": "",
		// A published wildcard is mapped where the source covers all it stands for.
		"a.*": "star.*", "a.>": "rest.>", "a.b.>": "rest.b.>",
		// What comes out is not mapped again.
		"star.x": "",
	} {
		matches := m.Matches([]byte(subj))
		got, ok := m.Map(subj, noChance)
		if matches != (want != "") {
			t.Errorf("Matches(%q) = %v", subj, matches)
		}
		if want == "" {
			want = subj
		}
		if !ok || got != want {
			t.Errorf("Map(%q) = %q, %v; want %q", subj, got, ok, want)
		}
	}
}

func TestLaterDefinitionReplacesEarlier(t *testing.T) {
	m := mustMap(t,
		subject.Mapping{Source: "a", Destinations: to("one")},
		subject.Mapping{Source: "*", Destinations: to("star")},
		subject.Mapping{Source: "a", Destinations: to("two")},
	)
	if got, _ := m.Map("a", noChance); got != "two" {
		t.Errorf("a becomes %q", got)
	}
}

func TestNoMappings(t *testing.T) {
	for name, m := range map[string]*subject.Mappings{"nil": nil, "empty": mustMap(t)} {
		if m.Matches([]byte("a")) {
			t.Errorf("%s: Matches", name)
		}
		if got, ok := m.ForCluster("A").Map("a", noChance); !ok || got != "a" {
			t.Errorf("%s: Map gives %q, %v", name, got, ok)
		}
	}
}

// TestWeights holds what the reference server did with many messages, the cluster being the server's own.
func TestWeights(t *testing.T) {
	type dests = []subject.Destination
	for _, tc := range []struct {
		source, in, cluster string
		dests               dests
		want                map[string]int
	}{
		{"f", "f", "", dests{{"b", 20, ""}, {"c", 30, ""}}, map[string]int{"b": 20, "c": 30, "f": 50}},
		{"f", "f", "", dests{{"b", 50, ""}, {"c", 50, ""}}, map[string]int{"b": 50, "c": 50}},
		{"f", "f", "", dests{{"b", 20, ""}}, map[string]int{"b": 20, "f": 80}},
		{"f", "f", "", dests{{"b", 0, ""}}, map[string]int{"f": 100}},
		{"f", "f", "", nil, map[string]int{"f": 100}},
		{"f", "f", "", dests{{"f", 100, ""}}, map[string]int{"f": 100}},

		{"f", "f", "", dests{{"b", 20, ""}, {"f", 30, ""}}, map[string]int{"b": 20, "f": 30, "lost": 50}},
		{"f", "f", "", dests{{"f", 20, ""}}, map[string]int{"f": 20, "lost": 80}},
		{"f.>", "f.a", "", dests{{"b.>", 30, ""}, {"f.>", 30, ""}}, map[string]int{"b.a": 30, "f.a": 30, "lost": 40}},
		// A destination that maps onto the subject does not list the source.
		{"f.*", "f.a", "", dests{{"f.$1", 20, ""}, {"b.$1", 30, ""}}, map[string]int{"f.a": 70, "b.a": 30}},

		{"f", "f", "", dests{{"b", 100, "A"}, {"c", 40, ""}}, map[string]int{"c": 40, "f": 60}},
		{"f", "f", "A", dests{{"b", 100, "A"}, {"c", 40, ""}}, map[string]int{"b": 100}},
		{"f", "f", "A", dests{{"b", 50, "A"}, {"c", 40, ""}}, map[string]int{"b": 50, "f": 50}},
		{"f", "f", "A", dests{{"b", 60, "B"}, {"c", 60, "A"}}, map[string]int{"c": 60, "f": 40}},
		{"f", "f", "A", dests{{"b", 100, "B"}}, map[string]int{"f": 100}},
		{"f", "f", "", dests{{"b", 100, "B"}}, map[string]int{"f": 100}},
		{"f", "f", "A", dests{{"b", 100, "B"}, {"c", 100, ""}}, map[string]int{"c": 100}},
		{"f", "f", "A", dests{{"b", 50, "A"}, {"f", 40, "A"}}, map[string]int{"b": 50, "f": 40, "lost": 10}},
		// The source listed for any cluster takes the remainder from all.
		{"f", "f", "A", dests{{"b", 50, "A"}, {"f", 40, ""}}, map[string]int{"b": 50, "lost": 50}},
		{"f", "f", "A", dests{{"b", 50, "B"}, {"f", 40, "B"}}, map[string]int{"lost": 100}},
		{"f", "f", "A", dests{{"b", 50, "B"}, {"f", 40, "B"}, {"c", 40, ""}}, map[string]int{"c": 40, "lost": 60}},
	} {
		m := mustMap(t, subject.Mapping{Source: tc.source, Destinations: tc.dests}).ForCluster(tc.cluster)
		if got := shares(m, tc.in); !sameShares(got, tc.want) {
			t.Errorf("%q to %v in cluster %q: got %v, want %v", tc.source, tc.dests, tc.cluster, got, tc.want)
		}
		if !m.Matches([]byte(tc.in)) {
			t.Errorf("%q does not match %q", tc.source, tc.in)
		}
	}
}

func TestForClusterLeavesTheReceiverAlone(t *testing.T) {
	m := mustMap(t, subject.Mapping{Source: "f", Destinations: []subject.Destination{
		{Subject: "b", Weight: 100, Cluster: "A"}, {Subject: "c", Weight: 100},
	}})
	inA := m.ForCluster("A")
	for want, view := range map[string]*subject.Mappings{"c": m, "b": inA} {
		if got, _ := view.Map("f", noChance); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, _ := inA.ForCluster("B").Map("f", noChance); got != "c" {
		t.Errorf("for another cluster: got %q", got)
	}
}

func TestMappingErrors(t *testing.T) {
	type dests = []subject.Destination
	for _, tc := range []struct {
		source string
		dests  dests
		want   string
	}{
		{"f", dests{{"b", 60, ""}, {"c", 60, ""}}, "total weight needs to be <= 100"},
		{"f", dests{{"b", 60, ""}, {"f", 60, ""}}, "total weight needs to be <= 100"},
		{"f", dests{{"b", 60, "A"}, {"c", 60, "A"}}, "total weight needs to be <= 100"},
		{"f", dests{{"b", 60, ""}, {"b", 60, ""}}, `duplicate entry for "b"`},
		{"f", dests{{"b", 60, "A"}, {"b", 60, "B"}}, `duplicate entry for "b"`},
		{"f", dests{{"b", 101, ""}}, "weight needs to be from 0 to 100: 101"},
		{"f", dests{{"b", -1, ""}}, "weight needs to be from 0 to 100: -1"},
		{"f", dests{{"x.*", 60, ""}}, "invalid subject"},
		{"f", dests{{"b", 60, ""}, {"x.$1", 20, ""}}, "invalid mapping destination: wildcard index out of range in $1"},
		{"f", dests{{"b", 60, ""}, {"$1", 60, ""}}, "total weight needs to be <= 100"},
		{"f", dests{{"", 20, ""}}, "invalid mapping destination: invalid transform"},
		{"f..x", nil, "invalid subject"},
		{"", nil, "invalid subject"},
	} {
		_, err := subject.NewMappings([]subject.Mapping{
			{Source: "fine", Destinations: to("x")}, {Source: tc.source, Destinations: tc.dests},
		})
		var mapping *subject.MappingError
		if !errors.As(err, &mapping) || mapping.Source != tc.source || mapping.Err.Error() != tc.want {
			t.Errorf("%q to %v: got %v, want %v", tc.source, tc.dests, err, tc.want)
		}
	}
}
