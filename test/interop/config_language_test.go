package interop

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// languageFile holds what the reference server says of generated texts.
const languageFile = "testdata/config/language.jsonl"

var (
	beside = flag.String("beside", "", "compare new texts of the configuration language with the reference at this `path`")
	seed   = flag.Uint64("seed", 1, "of the generated texts of the configuration language")
	texts  = flag.Int("texts", 400, "how many texts of the configuration language are generated")
)

// TestConfigurationLanguage judges generated files: whether they are valid, and the digest of those that are, which tells
// how they were understood. The texts of the first seed were shown to the reference once. With -beside the server judges
// the texts of any seed beside the reference.
func TestConfigurationLanguage(t *testing.T) {
	dir := t.TempDir()
	if err := writeLanguageFiles(dir); err != nil {
		t.Fatal(err)
	}
	for name, value := range languageEnv {
		t.Setenv(name, value)
	}
	g := &generator{rand: rand.New(rand.NewPCG(*seed, 0))}
	var asked []asking
	for range *texts {
		asked = append(asked, asking{text: g.file()})
	}
	got := askAll(t, serverBinary(t), dir, asked)
	if *record {
		writeVerdicts(t, languageFile, asked, got)
		return
	}
	want := make(map[string]verdict)
	if *beside == "" {
		want = readVerdicts(t, languageFile)
	} else {
		for i, v := range askAll(t, *beside, dir, asked) {
			want[asked[i].text] = v
		}
	}
	valid := 0
	for i, a := range asked {
		verdict, known := want[a.text]
		switch {
		case !known:
			t.Fatalf("%q is not in %s: record it, or compare with -beside", a.text, languageFile)
		case verdict.Code == 0 && got[i] == verdict:
			valid++
		case (verdict.Code != got[i].Code || verdict.Code == 0) && !meant(got[i], verdict):
			t.Errorf("%q:\n  here         %d %s\n  on reference %d %s", a.text, got[i].Code, got[i].Said, verdict.Code, verdict.Said)
		}
	}
	t.Logf("%d valid and %d invalid texts as on the reference", valid, len(asked)-valid)
	if valid < len(asked)/4 || valid == len(asked) {
		t.Errorf("of %d texts %d are valid: the generator is of no use", len(asked), valid)
	}
}

// languageEnv are the variables of the environment that texts refer to.
var languageEnv = map[string]string{
	"WALK_INT": "5", "WALK_WORD": "word", "WALK_MAP": "{a: 1, b: [x, y]}", "WALK_SIZE": "2kb", "WALK_QUOTED": `"two words"`, "WALK_INNER": "$WALK_INT",
}

func writeLanguageFiles(dir string) error {
	for i := range askers {
		folder := filepath.Join(dir, fmt.Sprint(i), "sub")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		for name, text := range map[string]string{
			"../one.conf": "# keys\nin_one: 1\nk1: from one\n", "two.conf": "include \"../one.conf\"\nin_two { deep: yes }\n",
		} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// generator makes texts of the language, most of them right.
type generator struct {
	rand  *rand.Rand
	depth int
}

func (g *generator) pick(choices ...string) string { return choices[g.rand.IntN(len(choices))] }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.rand.IntN(n) == 0 }

// file is a text whose keys are all known: variables refer to those that are not, and the last value of a key counts.
func (g *generator) file() string {
	var b strings.Builder
	var keys []string
	for i := range 1 + g.rand.IntN(3) {
		key := fmt.Sprintf("k%d", i)
		keys = append(keys, key)
		b.WriteString(g.filler() + g.entry(key) + g.end())
	}
	if g.chance(8) {
		b.WriteString(g.pick("include one.conf", "include 'sub/two.conf'", `include "sub/two.conf"`, "include one.conf;", "INCLUDE one.conf") + "\n")
		keys = append(keys, g.pick("in_one", "k1"))
		for _, key := range []string{"in_one", "in_two", "k1"} {
			b.WriteString("port: $" + key + "\n")
		}
	}
	for _, key := range keys {
		b.WriteString("port: $" + key + g.pick("\n", "\n\n", " # last\n"))
	}
	b.WriteString("port: 4444" + g.pick("", "\n"))
	if g.chance(12) {
		return "{" + b.String() + "\n}"
	}
	if g.chance(10) {
		return g.damaged(b.String())
	}
	return b.String()
}

func (g *generator) entry(key string) string {
	key = g.pick(key, key, key, `"`+key+`"`, "'"+key+"'")
	value := g.value()
	switch g.rand.IntN(6) {
	case 0:
		return key + " " + value
	case 1:
		return key + "=" + value
	case 2:
		return key + " = " + value
	case 3:
		return key + ":" + value
	}
	return key + ": " + value
}

func (g *generator) end() string {
	return g.pick("\n", "\n", "\n", ",\n", ";\n", " # why\n", " // why\n", "\r\n", "  \n", "\r")
}

func (g *generator) filler() string {
	return g.pick("", "", "", "\n", "# comment\n", "// comment\n", "  ", "\t")
}

func (g *generator) value() string {
	if g.depth < 4 && g.chance(3) {
		g.depth++
		defer func() { g.depth-- }()
		if g.chance(2) {
			return g.list()
		}
		return g.object()
	}
	return g.scalar()
}

func (g *generator) object() string {
	var b strings.Builder
	b.WriteString("{" + g.pick("", " ", "\n"))
	n := g.rand.IntN(4)
	for i := range n {
		b.WriteString(g.entry(g.pick("a", "b", "c", "D", "key.with.dots", "k-1", "port", "über")))
		if i < n-1 {
			b.WriteString(g.pick(", ", ",\n", "\n", ";", "\n\n", " # c\n"))
		}
	}
	return b.String() + g.pick("\n}", " }", "\n  }", ",\n}")
}

func (g *generator) list() string {
	var b strings.Builder
	b.WriteString("[" + g.pick("", " ", "\n"))
	n := g.rand.IntN(4)
	for i := range n {
		b.WriteString(g.value())
		if i < n-1 {
			b.WriteString(g.pick(", ", ",\n", "\n", " ,", ",\n  ", " # c\n"))
		}
	}
	return b.String() + g.pick("\n]", "\n  ]", ",\n]", "\n# last\n]")
}

// scalars are words of all types, and such as look like another type.
var scalars = []string{
	"word", "two.words", "127.0.0.1:4222", "3xyz", "nats://a:b@c:4222", "0.0.0.0", "1.2.3", "a_b-c", "*.txt", "foo.>", "ünï",
	"true", "FALSE", "yes", "No", "on", "OFF", "truee", "yes1", "0", "5", "-5", "007", "42", "1k", "1K", "2kb", "2KiB", "3mi", "1g", "-4mb", "9tb", "1.5", "-0.25", "10.0",
	"1e3", "5s", "10m", "1h30m", "2026-11-24T10:00:00Z", "'raw \\n $x'", "''", `""`, `"quoted"`, `"esc \t \n \" \\ \x41"`, `"$k0"`, `"a#b"`, `'#'`, "a#b", "a//b", "http://x",
	"$2a$11$abcdefghijklmnopqrstuv", "$WALK_INT", "$WALK_WORD", "$WALK_MAP", "$WALK_SIZE", "$WALK_QUOTED", "$WALK_INNER", "$k0",
	"(\nblock\n  text # here\n)\n", "(one line\n)\n", "ABC", "$", "-", "+5", ".5", "5.", "1kk", "a=b", "a:b", "5:6", `back\tslash\\\x41`, `\"`, `C:\\log`, `5\t`, `a\q`, "9223372036854775807", "9223372036854775808",
}

func (g *generator) scalar() string { return scalars[g.rand.IntN(len(scalars))] }

// damaged is a text with one byte changed, lost or doubled.
func (g *generator) damaged(text string) string {
	at := g.rand.IntN(len(text))
	switch g.rand.IntN(3) {
	case 0:
		return text[:at] + text[at+1:]
	case 1:
		return text[:at] + text[at:at+1] + text[at:]
	}
	return text[:at] + g.pick("{", "}", "[", "]", `"`, "'", ",", "\n", " ", ":", "(", ")", "#", "\\", "$") + text[at+1:]
}
