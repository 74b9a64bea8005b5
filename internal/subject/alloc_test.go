package subject_test

import (
	"fmt"
	"testing"

	"sinew.dev/sinew/internal/subject"
)

func TestPublishPathDoesNotAllocate(t *testing.T) {
	m := mustMap(t,
		subject.Mapping{Source: "orders.eu.new.of.a.length.that.no.small.buffer.holds", Destinations: to("x")},
		subject.Mapping{Source: "orders.*.>", Destinations: to("y.$1.>")},
	)
	subj := []byte("stock.eu.new.of.a.length.that.no.small.buffer.holds.at.all")
	text := string(subj)
	for name, f := range map[string]func(){
		"Match":        func() { subject.Match("stock.*.new.>", subj) },
		"Match string": func() { subject.Match("stock.*.new.>", text) },
		"ValidLiteral": func() { subject.ValidLiteral(subj) },
		"IsLiteral":    func() { subject.IsLiteral(subj) },
		"Matches":      func() { m.Matches(subj) },
		"IsSubset":     func() { subject.IsSubset(text, "stock.*.>") },
		"Overlap":      func() { subject.Overlap(text, "stock.*.>") },
		"Tokens":       func() { subject.Tokens(text) },
		"Map":          func() { _, _ = m.Map(text, noChance) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestApplyAllocatesTheResultOnly(t *testing.T) {
	tr, err := subject.NewTransform("w.*.*.>", "o.{{partition(10,1,2)}}.$2.{{sliceFromLeft(1,2)}}.>")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { tr.Apply("w.abcdef.ghi.j.k", noChance) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

var sink bool

func BenchmarkMatch(b *testing.B) {
	subj := []byte("orders.eu.12345.created")
	for _, pattern := range []string{"orders.eu.12345.created", "orders.*.*.created", "orders.>", "stock.>"} {
		b.Run(pattern, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink = subject.Match(pattern, subj)
			}
		})
	}
}

func BenchmarkValidLiteral(b *testing.B) {
	subj := []byte("orders.eu.12345.created")
	b.ReportAllocs()
	for b.Loop() {
		sink = subject.ValidLiteral(subj)
	}
}

func BenchmarkMatches(b *testing.B) {
	for _, wildcards := range []int{0, 1, 10} {
		defs := []subject.Mapping{{Source: "a.b", Destinations: to("c")}}
		for i := range wildcards {
			defs = append(defs, subject.Mapping{Source: fmt.Sprintf("orders.us%d.>", i), Destinations: to("d.>")})
		}
		m, err := subject.NewMappings(defs)
		if err != nil {
			b.Fatal(err)
		}
		subj := []byte("orders.eu.12345.created")
		b.Run(fmt.Sprint(wildcards), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink = m.Matches(subj)
			}
		})
	}
}

func BenchmarkApply(b *testing.B) {
	for _, dest := range []string{"o.$2.$1", "o.{{partition(10,1)}}.$2", "o.{{sliceFromLeft(2,2)}}"} {
		tr, err := subject.NewTransform("orders.*.*", dest)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(dest, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, sink = tr.Apply("orders.eu.12345", noChance)
			}
		})
	}
}
