package subject_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/subject"
)

// TestTransformVectors replays what the reference server 2.15.2 delivered, by source, destination and
// published subject.
func TestTransformVectors(t *testing.T) {
	for _, tc := range []struct{ src, dest, in, want string }{
		{"w.*.*", "o.{{wildcard(2)}}.{{wildcard(1)}}", "w.a.b", "o.b.a"},
		{"w.*.*", "o.$2.$1", "w.a.b", "o.b.a"},
		{"w.*", "$1.{{Wildcard(1)}}", "w.a", "a.a"},
		{"w.*.*", "o.{{wildcard(1)}}", "w.a.b", "o.a"},
		{"w.*", "o", "w.a", "o"},
		{"w", "o", "w", "o"},
		{"*", "$1", "w", "w"},
		{"w.*", "o.$01", "w.a", "o.a"},
		{"w.*", "o.$+1", "w.a", "o.a"},
		{"w.*", "o.{{ wildcard( 1 ) }}", "w.a", "o.a"},
		{"w.*", "o.{{wildcard (+1)}}", "w.a", "o.a"},

		// An index below 1 is the first token.
		{"w.*", "o.{{wildcard(0)}}", "w.a", "o.w"},
		{"w.*", "o.{{wildcard(-1)}}", "w.a", "o.w"},
		{"w.*", "o.$0", "w.a", "o.w"},
		{"w.*", "o.$-1", "w.a", "o.w"},
		{"t42.*", "o.{{left(0,2)}}", "t42.a", "o.t4"},
		{"t61.*", "o.{{split(0,-)}}", "t61.a-b", "o.t61"},
		{">", "$0.>", "a.b", "a.a.b"},

		// What only resembles a function is text.
		{"w.*", "o.{{}}", "w.a", "o.{{}}"},
		{"w.*", "o.{{wildcard(1)}", "w.a", "o.{{wildcard(1)}"},
		{"w.*", "o.{{wildcard(1)}}x", "w.a", "o.{{wildcard(1)}}x"},
		{"w.*", "o.x{{wildcard(1)}}", "w.a", "o.x{{wildcard(1)}}"},
		{"w.*", "o.{{split(1,.)}}", "w.a", "o.{{split(1,.)}}"},
		{"w.*", "o.$x.$.$1x.x$1", "w.a", "o.$x.$.$1x.x$1"},
		{"w.*", "o.$99999999999999999999", "w.a", "o.$99999999999999999999"},
		{"w.*", "x{{y}}z", "w.a", "x{{y}}z"},
		{"w.*", "o.x>.y*", "w.a", "o.x>.y*"},
		// Text around the braces of a function is not.
		{"w.*", "o.{{left(1,2)}}x}}", "w.abc", "o.ab"},
		{"w.*", "o.{{{left(1,2)}}", "w.abc", "o.ab"},

		{"w.>", "o.>", "w.a.b", "o.a.b"},
		{"w.>", "o.>", "w.a", "o.a"},
		{"w.*.>", "o.$1.>", "w.a.b.c", "o.a.b.c"},
		{">", ">", "a.b", "a.b"},
		{"w.>", "o.>", "w.", "o."},
		{"w.>", "o.>", "w.a..b", "o.a..b"},
		{"w.>", "o.>", "w.>", "o.>"},
		{"w.*", "o.$1", "w.*", "o.*"},
		{"w.*", "o.$1", "w.>>", "o.>>"},

		{"w.*", "o.{{partition(10,1)}}", "w.foo", "o.3"},
		{"w.*", "o.{{partition(10,1)}}", "w.bar", "o.2"},
		{"w.*", "o.{{partition(10,1)}}", "w.hello", "o.3"},
		{"w.*", "o.{{partition(10,1)}}", "w.1", "o.4"},
		{"w.*", "o.{{partition(10,1)}}", "w.2", "o.1"},
		{"w.*", "o.{{partition(10,1)}}", "w.3", "o.2"},
		{"w.*", "o.{{Partition(10 , 1 )}}", "w.foo", "o.3"},
		{"w.*.*", "o.{{partition(10,1)}}", "w.foo.b", "o.3"},
		{"w.*.*", "o.{{partition(5,1,2)}}", "w.a.b", "o.1"},
		{"w.*.*", "o.{{partition(5,1,2)}}", "w.b.a", "o.3"},
		{"w.*", "o.{{partition(10,1,1)}}", "w.a", "o.7"},
		{"w.*", "o.{{partition(10,1,1)}}", "w.b", "o.5"},
		{"t20.*", "o.{{partition(10,0)}}", "t20.a", "o.9"},
		{"t21.*", "o.{{partition(10,-1)}}", "t21.a", "o.0"},
		{"pz.*", "o.{{partition(3)}}", "pz.foo", "o.1"},
		{"pz.*", "o.{{partition(3)}}", "pz.bar", "o.1"},
		{"t28.>", "o.{{partition(3)}}.>", "t28.foo", "o.2.foo"},
		{"t28.>", "o.{{partition(3)}}.>", "t28.bar.baz", "o.2.bar.baz"},
		{"t25", "o.{{partition(10,1)}}", "t25", "o.6"},
		{"t26", "o.{{partition(10)}}", "t26", "o.7"},
		{"w.*", "o.{{partition(0)}}", "w.a", "o.0"},
		{"w.*", "o.{{partition(0,1)}}", "w.a", "o.0"},
		{"t17.*", "o.{{partition(-1)}}", "t17.a", "o.3368182962"},
		{"w.*", "o.{{partition(-5,1)}}", "w.a", "o.3826002220"},

		{"w.*", "o.{{random(1)}}", "w.a", "o.0"},
		{"w", "o.{{Random( 1 )}}", "w", "o.0"},
		{"w.*", "o.{{random(0)}}", "w.a", "o.0"},
		{"w.*", "o.{{random(-1)}}", "w.a", "o.0"},
		{"w.*", "a.{{random(1)}}.{{partition(2,1)}}", "w.b", "a.0.1"},

		{"w.*", "o.{{split(1,-)}}", "w.a-b-c", "o.a.b.c"},
		{"w.*", "o.{{split(1,-)}}", "w.-a--b", "o.a.b"},
		{"w.*", "o.{{split(1,-)}}", "w.abc", "o.abc"},
		{"w.*", "o.{{split(1,-)}}.x", "w.a-", "o.a.x"},
		{"w.*", "o.{{split(1,-)}}", "w.*-a", "o.*.a"},
		{"w.*", "o.{{split(1,-)}}", "w.>-a", "o.>.a"},
		{"w.*", "o.{{split(1,-)}}", "w.-", "o."},
		{"w.*", "{{split(1,-)}}", "w.-", ""},
		{"w.*", "{{split(1,-)}}.a.b", "w.---", ".a.b"},
		{"w.*", "{{wildcard(1)}}.{{split(1,-)}}.c", "w.-", "-..c"},
		{"w.*", "o.{{split(1,--)}}", "w.a-b---c", "o.a-b.-c"},
		{"w.*", "o.{{split(1,a)}}", "w.banana", "o.b.n.n"},
		{"w.*", "o.{{split( 1 , b)}}", "w.abc", "o.a.c"},
		{"w.*", "o.{{split(1, )}}", "w.a-b", "o.a.-.b"},
		{"w.*", "o.{{split(1,)}}", "w.éab", "o.é.a.b"},
		{"w.*", "o.{{split(1,{{)}}", "w.a{{b", "o.a.b"},
		{"w.*", "o.{{split(1,})}}", "w.a}b", "o.a.b"},
		{"w.*", "o.{{split(1,))}}", "w.a)b", "o.a.b"},
		{"w.*", "o.{{split(1,()}}", "w.a(b", "o.a.b"},

		{"w.*", "o.{{splitFromLeft(1,2)}}", "w.abcde", "o.ab.cde"},
		{"w.*", "o.{{splitFromLeft(1,2)}}", "w.ab", "o.ab"},
		{"w.*", "o.{{splitFromLeft(1,2)}}", "w.a", "o.a"},
		{"w.*", "o.{{splitFromLeft(1,0)}}", "w.abc", "o.abc"},
		{"w.*", "o.{{splitFromLeft(1,-3)}}", "w.abc", "o.abc"},
		{"w.*", "o.{{splitfromleft(1,2)}}", "w.abc", "o.ab.c"},
		{"w.*", "o.{{SplitFromRight(1,2)}}", "w.abcde", "o.abc.de"},
		{"w.*", "o.{{splitFromRight(1,3)}}", "w.abc", "o.abc"},
		{"w.*", "o.{{splitFromRight(1,3)}}", "w.abcd", "o.a.bcd"},
		{"w.*", "o.{{splitFromRight(1,-3)}}", "w.abc", "o.abc"},

		{"w.*", "o.{{sliceFromLeft(1,3)}}", "w.abcdefgh", "o.abc.def.gh"},
		{"w.*", "o.{{sliceFromLeft(1,3)}}", "w.abc", "o.abc"},
		{"w.*", "o.{{sliceFromLeft(1,3)}}", "w.ab", "o.ab"},
		{"w.*", "o.{{sliceFromLeft(1,2)}}", "w.abcdefgh", "o.ab.cd.ef.gh"},
		{"w.*", "o.{{sliceFromLeft(1,1)}}", "w.abc", "o.a.b.c"},
		{"w.*", "o.{{sliceFromLeft(1,0)}}", "w.abc", "o.abc"},
		{"w.*", "o.{{sliceFromRight(1,3)}}", "w.abcdefgh", "o.ab.cde.fgh"},
		{"w.*", "o.{{sliceFromRight(1,3)}}", "w.abcdef", "o.abc.def"},
		{"w.*", "o.{{sliceFromRight(1,2)}}", "w.abc", "o.a.bc"},
		{"w.*", "o.{{sliceFromRight(1,-1)}}", "w.abc", "o.abc"},

		{"w.*", "o.{{left(1,2)}}", "w.abcd", "o.ab"},
		{"w.*", "o.{{left(1,2)}}", "w.a", "o.a"},
		{"w.*", "o.{{left(1,0)}}", "w.ab", "o.ab"},
		{"w.*", "o.{{left(1,2)}}", "w.éab", "o.é"},
		{"w.*", "o.{{Right(1,2)}}", "w.abcd", "o.cd"},
		{"w.*", "o.{{right(1,2)}}", "w.a", "o.a"},
		{"w.*", "o.{{right(1,-1)}}", "w.ab", "o.ab"},
	} {
		tr, err := subject.NewTransform(tc.src, tc.dest)
		if err != nil {
			t.Errorf("%q to %q: %v", tc.src, tc.dest, err)
			continue
		}
		got, ok := tr.Apply(tc.in, noChance)
		if !ok || got != tc.want {
			t.Errorf("%q to %q: %q becomes %q, %v; want %q", tc.src, tc.dest, tc.in, got, ok, tc.want)
		}
	}
}

func noChance(int) int { return 0 }

func TestTransformLeavesOtherSubjectsAlone(t *testing.T) {
	for _, tc := range []struct{ src, dest, in string }{
		{"w", "o", "x"},
		{"w.*", "o.$1", "w"},
		{"w.*", "o.$1", "w."},
		{"w.*", "o.$1", "w.a.b"},
		{"w.*", "o.$1", "w.>"},
		{"w.*.b", "o.$1", "w.>.b"},
		{"w.>", "o.>", "w"},
		{"w.>", "o.>", ""},
	} {
		tr, err := subject.NewTransform(tc.src, tc.dest)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := tr.Apply(tc.in, noChance); ok || got != "" {
			t.Errorf("%q to %q: %q becomes %q, %v", tc.src, tc.dest, tc.in, got, ok)
		}
	}
}

func TestRandomStaysBelowItsBound(t *testing.T) {
	tr, err := subject.NewTransform("w", "o.{{random(3)}}")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	for range 200 {
		got, _ := tr.Apply("w", rng.IntN)
		seen[got]++
	}
	for _, want := range []string{"o.0", "o.1", "o.2"} {
		if seen[want] == 0 {
			t.Errorf("%s was never drawn", want)
		}
	}
	if len(seen) != 3 {
		t.Errorf("drawn: %v", seen)
	}
}

const invalidDest = "invalid mapping destination: "

// TestTransformErrors holds the texts of the reference server 2.15.2.
func TestTransformErrors(t *testing.T) {
	const (
		index   = invalidDest + "wildcard index out of range in "
		few     = invalidDest + "not enough arguments passed to the function in "
		many    = invalidDest + "too many arguments passed to the function in "
		arg     = invalidDest + "function argument is invalid or in the wrong format in "
		unknown = invalidDest + "unknown function in "
		invalid = invalidDest + "invalid transform"
	)
	for _, tc := range []struct{ src, dest, want string }{
		{"f.*", "{{wildcard(2)}}", index + "{{wildcard(2)}}: [2]"},
		{"f.*", "$2", index + "$2: [2]"},
		{"f.*", "$2147483648", index + "$2147483648: [2147483648]"},
		{"f.*", "{{partition(10,2)}}", index + "{{partition(10,2)}}: [2]"},
		{"f.*.*", "{{partition(10,1,4,3)}}", index + "{{partition(10,1,4,3)}}: [4]"},
		{"f.*", "{{left(2,2)}}", index + "{{left(2,2)}}: [2]"},
		{"f.*", "{{left(99999999999,1)}}", index + "{{left(99999999999,1)}}: [99999999999]"},
		{"f.>", "$1.>", index + "$1: [1]"},
		{"f.>", "{{partition(3,1)}}.>", index + "{{partition(3,1)}}: [1]"},
		{"f", "bar.{{wildcard(1)}}", index + "{{wildcard(1)}}"},
		{"f", "{{wildcard(0)}}", index + "{{wildcard(0)}}"},
		{"f", "$0", index + "$0"},
		{"f", "{{split(1,-)}}", index + "{{split(1,-)}}"},
		{"f", "{{left(1,2)}}", index + "{{left(1,2)}}"},

		{"f.*", "{{wildcard()}}", few + "{{wildcard()}}"},
		{"f.*", "{{split()}}", few + "{{split()}}"},
		{"f.*", "{{split(1)}}", few + "{{split(1)}}"},
		{"f.*", "{{left(1)}}", few + "{{left(1)}}"},
		{"f.*", "{{left( )}}", few + "{{left( )}}"},
		{"f.*", "{{random(10,1)}}", few + "{{random(10,1)}}"},
		{"f", "{{split(1)}}", few + "{{split(1)}}"},
		{"f.*", "{{wildcard(1,2)}}", many + "{{wildcard(1,2)}}"},
		{"f.*", "{{wildcard(,)}}", many + "{{wildcard(,)}}"},
		{"f.*", "{{split(1,-,-)}}", many + "{{split(1,-,-)}}"},
		{"f.*", "{{left(1,2,3)}}", many + "{{left(1,2,3)}}"},

		{"f.*", "{{wildcard(x)}}", arg + "{{wildcard(x)}}"},
		{"f.*", "{{wildcard( )}}", arg + "{{wildcard( )}}"},
		{"f.*", "{{wildcard(0x1)}}", arg + "{{wildcard(0x1)}}"},
		{"f.*", "{{wildcard(99999999999999999999)}}", arg + "{{wildcard(99999999999999999999)}}"},
		{"f.*", "{{partition()}}", arg + "{{partition()}}"},
		{"f.*", "{{partition(x,1)}}", arg + "{{partition(x,1)}}"},
		{"f.*", "{{partition(10,x)}}", arg + "{{partition(10,x)}}"},
		{"f.*", "{{partition(10,)}}", arg + "{{partition(10,)}}"},
		{"f.*", "{{partition(2147483648,1)}}", arg + "{{partition(2147483648,1)}}"},
		{"f.*", "{{random()}}", arg + "{{random()}}"},
		{"f.*", "{{random(x)}}", arg + "{{random(x)}}"},
		{"f.*", "{{random(2147483648)}}", arg + "{{random(2147483648)}}"},
		{"f.*", "{{split(x,-)}}", arg + "{{split(x,-)}}"},
		{"f.*", "{{split(1,a b)}}", arg + "{{split(1,a b)}}"},
		{"f.*", "{{split(1,a )}}", arg + "{{split(1,a )}}"},
		{"f.*", "{{left(1,x)}}", arg + "{{left(1,x)}}"},
		{"f.*", "{{left(x,1)}}", arg + "{{left(x,1)}}"},
		{"f.*", "{{left(1,99999999999)}}", arg + "{{left(1,99999999999)}}"},
		{"f.*", "{{left(1,2))}}", arg + "{{left(1,2))}}"},
		{"f", "{{split(x,-)}}", arg + "{{split(x,-)}}"},

		{"f.*", "{{y(1)}}", unknown + "{{y(1)}}"},
		{"f.*", "{{x}}", unknown + "{{x}}"},
		{"f.*", "{{wildcard}}", unknown + "{{wildcard}}"},
		{"f.*", "{{WILDCARD(1)}}", unknown + "{{WILDCARD(1)}}"},
		{"f.*", "{{WildCard(1)}}", unknown + "{{WildCard(1)}}"},
		{"f.*", "{{PartiTion(2,1)}}", unknown + "{{PartiTion(2,1)}}"},
		{"f.*", "{{splitFROMright(1,2)}}", unknown + "{{splitFROMright(1,2)}}"},
		{"f.*", "{{left(1,2) x}}", unknown + "{{left(1,2) x}}"},
		{"f.*", "{{a b}}", unknown + "{{a b}}"},
		{"f.*", "{{wildcard(\t1\n)}}", unknown + "{{wildcard(\t1\n)}}"},

		{"f.*", "bar..x", invalid},
		{"f.*", ".a", invalid},
		{"f.*", "a.", invalid},
		{"f.*", "", invalid},
		{"f.*", "a b", invalid},
		{"f.*", "{{split(1, .)}}", invalid},
		{"f.*", "{{a b}} ", invalid},
		{"f.*", ">.", invalid},
		{"f.*", ">.x", invalid + " in x"},
		{"f.*", ">.a b", invalid + " in a b"},
		{"f.*", ">.{{y()}}", invalid + " in {{y()}}"},
		{"f.>", ">.>", invalid + " in >"},

		{"f.*", "bar.*", "invalid subject"},
		{"f.*", "bar.>", "invalid subject"},
		{"f.>", "bar", "invalid subject"},
		{"f.*.>", "bar.$1", "invalid subject"},
		{"f", "x.*.y", "invalid subject"},
		{"", "x", "invalid subject"},
		{"f..x", "x", "invalid subject"},
		{"f.>.x", "x", "invalid subject"},

		// Which of several mistakes is named: unknown functions and bad form, then the subjects' shape, then
		// arguments and indices from left to right.
		{"f.*", "$2.{{split(1)}}", index + "$2: [2]"},
		{"f.*", "{{split(1)}}.$2", few + "{{split(1)}}"},
		{"f.*", "{{split(1)}}.{{y}}", unknown + "{{y}}"},
		{"f.*", "*.{{split(1)}}", "invalid subject"},
		{"f.*", "*.{{y(1)}}", unknown + "{{y(1)}}"},
		{"f.*", "a..{{y}}", invalid},
		{"f.*", "{{y(1)}}..x", unknown + "{{y(1)}}"},
		{"f.*", "$2.>", "invalid subject"},
	} {
		tr, err := subject.NewTransform(tc.src, tc.dest)
		if err == nil || tr != nil || err.Error() != tc.want {
			t.Errorf("%q to %q:\ngot  %v\nwant %v", tc.src, tc.dest, err, tc.want)
		}
		if strings.HasPrefix(tc.want, invalidDest) && !errors.Is(err, subject.ErrInvalidDestination) {
			t.Errorf("%q to %q: %v is not ErrInvalidDestination", tc.src, tc.dest, err)
		}
	}
}

func TestStrictTransform(t *testing.T) {
	const (
		only   = invalidDest + "the only mapping function allowed for import transforms is {{Wildcard()}} in "
		unused = invalidDest + "not using all of the token wildcard(s) in "
	)
	for _, tc := range []struct{ src, dest, want string }{
		{"a.*.*", "b.$1.$2", ""},
		{"a.*.*", "b.$2.{{wildcard(1)}}", ""},
		{"a.*.*", "b.$1.$1", ""}, // the reference server only counts
		{"a.*", "b.$0", ""},
		{"a.>", "b.>", ""},
		{"a.*.>", "b.$1.>", ""},
		{"a", "b", ""},
		{"a.*.*", "b.$1", unused + "b.$1"},
		{"a.*", "b", unused + "b"},
		{"a.*.>", "b.>", unused + "b.>"},
		{"a.*", "b.{{split(1,-)}}", only + "{{split(1,-)}}"},
		{"a.*", "b.{{partition(3)}}.$1", only + "{{partition(3)}}"},
		{"a.*", "b.{{random(2)}}", only + "{{random(2)}}"},
		{"a.*.*", "b.{{left(9,2)}}", only + "{{left(9,2)}}"},
		{"a.*.*", "b.{{left(1)}}", invalidDest + "not enough arguments passed to the function in {{left(1)}}"},
		{"a.*.*", "b.$9.{{left(1,1)}}", invalidDest + "wildcard index out of range in $9: [9]"},
		{"a.*", "b.{{x}}", invalidDest + "unknown function in {{x}}"},
		{"a.>", "b", "invalid subject"},
	} {
		got := ""
		if _, err := subject.NewStrictTransform(tc.src, tc.dest); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%q to %q:\ngot  %v\nwant %v", tc.src, tc.dest, got, tc.want)
		}
	}
}

func TestManyTokens(t *testing.T) {
	const n = 100
	src, dest := strings.Repeat("*.", n)+">", ""
	for i := n; i > 0; i-- {
		dest += fmt.Sprintf("{{wildcard(%d)}}.", i)
	}
	in, want := "", ""
	for i := range n {
		in += fmt.Sprintf("t%d.", i)
		want += fmt.Sprintf("t%d.", n-1-i)
	}
	tr, err := subject.NewTransform(src, dest+">")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := tr.Apply(in+"x.y", noChance); !ok || got != want+"x.y" {
		t.Errorf("got %q, %v", got, ok)
	}
}
