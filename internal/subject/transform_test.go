package subject

import (
	"errors"
	"strings"
	"testing"
)

func zero(int) int { return 0 }

// TestTransformVectors: what the reference server made of these.
func TestTransformVectors(t *testing.T) {
	for _, test := range []struct{ source, dest, in, want string }{
		{"w.*.*", "o.{{wildcard(2)}}.{{wildcard(1)}}", "w.a.b", "o.b.a"},
		{"w.*.*", "o.$2.$1", "w.a.b", "o.b.a"},
		{"p.*", "o.{{partition(10,1)}}", "p.foo", "o.3"},
		{"p.*", "o.{{partition(10,1)}}", "p.bar", "o.2"},
		{"p.*", "o.{{partition(10,1)}}", "p.hello", "o.3"},
		{"p.*", "o.{{partition(10,1)}}", "p.1", "o.4"},
		{"p.*", "o.{{partition(10,1)}}", "p.2", "o.1"},
		{"p.*", "o.{{partition(10,1)}}", "p.3", "o.2"},
		{"p.*.*", "o.{{partition(5,1,2)}}", "p.a.b", "o.1"},
		{"p.*.*", "o.{{partition(5,1,2)}}", "p.b.a", "o.3"},
		{"q.*.*", "bar.{{partition(7,2,1)}}.$2", "q.a.b", "bar.6.b"},
		{"pz.*", "o.{{partition(3)}}", "pz.foo", "o.1"},
		{"pz.*", "o.{{partition(3)}}", "pz.bar", "o.1"},
		{"ff.*", "bar.{{partition(4)}}", "ff.abc", "bar.3"},
		{"e.*", "bar.{{partition(5,0)}}", "e.abcdef", "bar.4"},
		{"f.*", "bar.{{partition(0,1)}}", "f.abcdef", "bar.0"},
		{"s.*", "o.{{split(1,-)}}", "s.a-b-c", "o.a.b.c"},
		{"s.*", "o.{{split(1,-)}}", "s.-a--b", "o.a.b"},
		{"s.*", "o.{{split(1,-)}}", "s.abc", "o.abc"},
		{"w.*", "bar.{{split(1,--)}}", "w.a--b-c", "bar.a.b-c"},
		{"s.*", "o.{{splitFromLeft(1,2)}}", "s.abcde", "o.ab.cde"},
		{"s.*", "o.{{splitFromLeft(1,2)}}", "s.a", "o.a"},
		{"s.*", "o.{{splitFromLeft(1,0)}}", "s.abc", "o.abc"},
		{"s.*", "o.{{splitFromRight(1,2)}}", "s.abcde", "o.abc.de"},
		{"s.*", "o.{{splitFromRight(1,2)}}", "s.a--b-c", "o.a--b.-c"},
		{"s.*", "o.{{sliceFromLeft(1,3)}}", "s.abcdefgh", "o.abc.def.gh"},
		{"s.*", "o.{{sliceFromLeft(1,3)}}", "s.ab", "o.ab"},
		{"s.*", "o.{{sliceFromLeft(1,0)}}", "s.ab", "o.ab"},
		{"s.*", "o.{{sliceFromRight(1,3)}}", "s.abcdefgh", "o.ab.cde.fgh"},
		{"s.*", "o.{{sliceFromRight(1,3)}}", "s.abcdef", "o.abc.def"},
		{"s.*", "o.{{sliceFromRight(1,3)}}", "s.ab", "o.ab"},
		{"s.*", "o.{{left(1,2)}}", "s.abcd", "o.ab"},
		{"s.*", "o.{{right(1,2)}}", "s.abcd", "o.cd"},
		{"s.*", "o.{{right(1,2)}}", "s.a", "o.a"},
		{"s.*", "o.{{left(1,0)}}", "s.abcd", "o.abcd"},
		{"s.*", "o.{{left(1,-1)}}", "s.abcd", "o.abcd"},
		{"s.*", "o.{{random(1)}}", "s.a", "o.0"},
		{"s.*", "o.{{random(-1)}}", "s.a", "o.0"},
		{"s", "o.{{random(3)}}", "s", "o.0"},
		{"d.*", "bar.{{wildcard(0)}}", "d.abc", "bar.d"},
		{"v.*", "bar.$0", "v.abc", "bar.v"},
		{"l.*", "bar.{{ wildcard( 1 ) }}", "l.abc", "bar.abc"},
		{"l.*", "bar.{{Wildcard(1)}}", "l.abc", "bar.abc"},
		{"a.*", "bar.{{wildcard(1)}}x", "a.b", "bar.{{wildcard(1)}}x"},
		{"a.*", "bar.x{{wildcard(1)}}", "a.b", "bar.x{{wildcard(1)}}"},
		{"a.*", "bar.$1x", "a.b", "bar.$1x"},
		{"a.*", "bar.{{split(1,.)}}", "a.b", "bar.{{split(1,.)}}"},
		{"r.>", "s.>", "r.a.b", "s.a.b"},
		{"t.*.>", "u.{{wildcard(1)}}.>", "t.a.b.c", "u.a.b.c"},
		{">", "all.>", "a.b", "all.a.b"},
		{"a.*", "b.$1", "a.*", "b.*"},
		{"a.*", "b", "a.x", "b"},
	} {
		tr, err := NewTransform(test.source, test.dest)
		if err != nil {
			t.Errorf("%s -> %s: %v", test.source, test.dest, err)
			continue
		}
		if got, ok := tr.Apply(test.in, zero); !ok || got != test.want {
			t.Errorf("%s -> %s: %s became %s, want %s", test.source, test.dest, test.in, got, test.want)
		}
	}
}

func TestTransformLeavesOthersAlone(t *testing.T) {
	tr, err := NewTransform("a.*.>", "b.$1.>")
	if err != nil {
		t.Fatal(err)
	}
	for _, subj := range []string{"a", "a.b", "b.c.d", "a..c", ""} {
		if got, ok := tr.Apply(subj, zero); ok {
			t.Errorf("%q became %q", subj, got)
		}
	}
}

// TestTransformErrors: the texts are the reference server's.
func TestTransformErrors(t *testing.T) {
	const in = "invalid mapping destination: "
	for _, test := range []struct{ source, dest, want string }{
		{"foo", "bar.{{wildcard(1)}}", in + "wildcard index out of range in {{wildcard(1)}}"},
		{"foo.*", "bar.*", "invalid subject"},
		{"foo.>", "bar", "invalid subject"},
		{"foo", "bar.>", "invalid subject"},
		{"foo.*", "bar.{{nope(1)}}", in + "unknown function in {{nope(1)}}"},
		{"foo.*", "bar.{{wildcard(2)}}", in + "wildcard index out of range in {{wildcard(2)}}: [2]"},
		{"foo.*", "bar.{{wildcard()}}", in + "not enough arguments passed to the function in {{wildcard()}}"},
		{"foo.*", "bar.{{partition(x,1)}}", in + "function argument is invalid or in the wrong format in {{partition(x,1)}}"},
		{"foo.*", "bar.{{wildcard(1,2)}}", in + "too many arguments passed to the function in {{wildcard(1,2)}}"},
		{"foo.*", "bar.$2", in + "wildcard index out of range in $2: [2]"},
		{"foo.*", "bar..x", in + "invalid transform"},
		{"foo.*", "bar.{{split(1)}}", in + "not enough arguments passed to the function in {{split(1)}}"},
		{"foo", "bar.{{split(1,-)}}", in + "wildcard index out of range in {{split(1,-)}}"},
		{"foo.*", "bar.{{WILDCARD(1)}}", in + "unknown function in {{WILDCARD(1)}}"},
		{"foo.*", "bar.{{wildcard(1}}", in + "unknown function in {{wildcard(1}}"},
		{"foo.*", "bar.{{random()}}", in + "function argument is invalid or in the wrong format in {{random()}}"},
		{"foo.*", "bar.{{random(1,2)}}", in + "not enough arguments passed to the function in {{random(1,2)}}"},
		{"foo.*", "bar.{{partition()}}", in + "function argument is invalid or in the wrong format in {{partition()}}"},
		{"foo.*", "bar.{{partition(5,2)}}", in + "wildcard index out of range in {{partition(5,2)}}: [2]"},
		{"foo.*", "bar.{{wildcard(x)}}", in + "function argument is invalid or in the wrong format in {{wildcard(x)}}"},
		{"foo.*", "bar.{{slice-from-left(1,2)}}", in + "unknown function in {{slice-from-left(1,2)}}"},
	} {
		if _, err := NewTransform(test.source, test.dest); err == nil || err.Error() != test.want {
			t.Errorf("%s -> %s:\n got %v\nwant %s", test.source, test.dest, err, test.want)
		}
	}
}

func TestStrictTransforms(t *testing.T) {
	if _, err := NewStrictTransform("a.*.*", "b.$1"); !errors.Is(err, errNotAllWildcards) {
		t.Errorf("an unused wildcard: %v", err)
	}
	if _, err := NewStrictTransform("a.*", "b.{{left(1,2)}}"); !errors.Is(err, errOnlyWildcardAllowed) {
		t.Errorf("another function: %v", err)
	}
	if _, err := NewStrictTransform("a.*.*", "b.$2.$1"); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

func mapped(t *testing.T, m *Mappings, subj string, numbers ...int) string {
	t.Helper()
	got, ok := m.Map(subj, func(int) int {
		n := numbers[0]
		numbers = numbers[1:]
		return n
	})
	if !ok {
		return "lost"
	}
	return got
}

func TestMappings(t *testing.T) {
	m, err := NewMappings([]Mapping{
		{"a", []Destination{{"b", 100, ""}}},
		{"half", []Destination{{"one", 50, ""}}},
		{"drop", []Destination{{"one", 50, ""}, {"drop", 20, ""}}},
		{"none", []Destination{{"one", 0, ""}}},
		{"x.y", []Destination{{"literal", 100, ""}}},
		{"x.*", []Destination{{"wild", 100, ""}}},
		{"x.z", []Destination{{"late", 100, ""}}},
		{"c", []Destination{{"here", 100, "C1"}, {"there", 100, "C2"}, {"elsewhere", 100, ""}}},
	}, "C1")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		subj    string
		numbers []int
		want    string
	}{
		{"a", nil, "b"}, {"b", nil, "b"}, {"half", []int{49}, "one"}, {"half", []int{50}, "half"},
		{"drop", []int{49}, "one"}, {"drop", []int{50}, "drop"}, {"drop", []int{69}, "drop"}, {"drop", []int{70}, "lost"},
		{"none", []int{0}, "none"}, {"x.y", nil, "literal"}, {"x.z", nil, "wild"}, {"c", nil, "here"},
	} {
		if got := mapped(t, m, test.subj, test.numbers...); got != test.want {
			t.Errorf("%s with %v became %s, want %s", test.subj, test.numbers, got, test.want)
		}
	}
	if !m.Matches([]byte("x.q")) || m.Matches([]byte("q")) {
		t.Error("Matches is wrong")
	}
}

func TestMappingErrorsTellTheirPlace(t *testing.T) {
	_, err := NewMappings([]Mapping{
		{"ok", []Destination{{"a", 100, ""}}},
		{"foo", []Destination{{"a", 60, ""}, {"b", 60, ""}}},
	}, "")
	var at *MappingError
	if !errors.As(err, &at) || at.Mapping != 1 || at.Destination != 1 || !strings.Contains(err.Error(), `Error adding mapping for "foo" : total weight needs to be <= 100`) {
		t.Errorf("got %v", err)
	}
	_, err = NewMappings([]Mapping{{"a..b", nil}}, "")
	if !errors.As(err, &at) || at.Destination != -1 {
		t.Errorf("got %v", err)
	}
}

func FuzzTransform(f *testing.F) {
	f.Add("a.*", "b.{{split(1,-)}}", "a.x-y")
	f.Add("a.*.>", "$1.>", "a.b.c")
	f.Add("*", "{{sliceFromRight(1,2147483647)}}", "abc")
	f.Add("*", "{{partition(-3,1)}}", "abc")
	f.Fuzz(func(t *testing.T, source, dest, subj string) {
		tr, err := NewTransform(source, dest)
		if err != nil {
			return
		}
		if got, ok := tr.Apply(subj, zero); ok != Match(source, subj) {
			t.Errorf("%q -> %q: %q became %q, %v", source, dest, subj, got, ok)
		}
	})
}
