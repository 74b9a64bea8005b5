package lang

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestValues(t *testing.T) {
	for text, want := range map[string]any{
		`v: word`:                   "word",
		`v: 'raw \n'`:               `raw \n`,
		`v: "a\tb\"\\\x41"`:         "a\tb\"\\A",
		"v: (\n two\n lines\n)\n":   "\n two\n lines\n",
		`v: 127.0.0.1:4222`:         "127.0.0.1:4222",
		`v: 3xyz`:                   "3xyz",
		`v: $2a$11$abc`:             "$2a$11$abc",
		`v: $2y$11$abc`:             "$2y$11$abc",
		`v: TRUE`:                   true,
		`v: off`:                    false,
		`v: 1k`:                     int64(1000),
		`v: 1KB`:                    int64(1024),
		`v: 2Mi`:                    int64(2 << 20),
		`v: 8eb`:                    nil, // out of range
		`v: 7eib`:                   int64(7 << 60),
		`v: -9223372036854775808`:   int64(-1 << 63),
		`v: 1.5`:                    1.5,
		`v: 2016-05-04T18:53:41Z`:   time.Date(2016, 5, 4, 18, 53, 41, 0, time.UTC),
		`v: 2016-13-04T18:53:41Z`:   nil,
		`v: [1, [a], {b: 2}]`:       []any{int64(1), []any{"a"}, map[string]any{"b": int64(2)}},
		`{"v": {"a": [], "b": {}}}`: map[string]any{"a": []any{}, "b": map[string]any{}},
		"a: 1\na: 2\nv: $a":         int64(2),
		"a: 1\nv { a: 2, b: $a }":   map[string]any{"a": int64(2), "b": int64(2)},
		"a: 1\nv { b: $a, a: 2 }":   map[string]any{"b": int64(1), "a": int64(2)},
		`v: "\u0041"`:               nil,
		`v: "x`:                     nil,
		"v: (\nx":                   nil,
		`v: $missing`:               nil,
		`v: a\tb\x41\\`:             "a\tbA\\", // unquoted, escapes count as well
		`v: C:\log`:                 nil,
		`v: 5\t`:                    `5\t`, // but not in what begins like a number
		"w: 1\rv: 2\r# c\rx: 3":     int64(2),
		`v: 1.`:                     nil,
		`v: 1.x`:                    nil,
		`v: 1.5.x`:                  "1.5.x",
		"v: 1 } w: 2":               int64(1),
		"v: 1\n}\n":                 int64(1),
		"v: 1\n}\nw: 2":             nil,
		"{v: 1\n} w: 2":             int64(1),
		"v: \x00":                   nil,
		`v`:                         nil,
	} {
		doc, err := Parse("t", []byte(text), Options{})
		if want == nil {
			if err == nil {
				t.Errorf("%q: got %v, want an error", text, doc.Root.Interface())
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := doc.Root.Interface()["v"]; !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %#v, want %#v", text, got, want)
		}
	}
}

func TestPositionsOfFaults(t *testing.T) {
	for text, want := range map[string]string{
		"a: b c":          `t:1:5: Expected a top-level value to end with a new line, comment or EOF, but got 'c' instead.`,
		"a: 1\n  b: $x":   `t:2:6: variable reference for 'x' on line 2 can not be found`,
		"a {\n b: c d }":  `t:2:7: Expected a map value terminator "," or a map terminator "}", but got 'd' instead.`,
		"a: [\n\n b c]":   `t:3:4: Expected an array value terminator "," or an array terminator "]", but got 'c' instead.`,
		"a: \"x\n\\q\"":   `t:2:2: Invalid escape character 'q'. Only the following escape characters are allowed: \xXX, \t, \n, \r, \", \\.`,
		"a {} }\n} b: 1":  `t:2:1: Unexpected '}': no map is open here`,
		"a: b\\;c":        `t:1:5: Invalid escape character ';'. Only the following escape characters are allowed: \xXX, \t, \n, \r, \", \\.`,
		"a {\n":           `t:2:1: Unexpected EOF processing map.`,
		"\n\n key":        `t:3:2: config is invalid: key "key" has no value`,
		"include nope":    `t:1:0: error parsing include file 'nope', files are not available`,
		"a: 1\nb: 2\x00":  `t:2:5: config is invalid: it holds a NUL byte`,
		"a: (\n) x\n":     `t:3:1: Unexpected EOF processing block.`,
		"a: 99999999999e": `t:1:3: integer is out of the range`,
	} {
		_, err := Parse("t", []byte(text), Options{})
		if err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestFaultsDoNotRepeatSecrets(t *testing.T) {
	for _, secret := range []string{"-hunter2", "99999999999999999999", "1." + strings.Repeat("9", 400) + "e", ".5hunter2", "12-hunter2"} {
		_, err := Parse("t", []byte("password: "+secret), Options{})
		if err != nil && strings.Contains(err.Error(), secret[1:]) {
			t.Errorf("%v", err)
		}
	}
}

func TestPositionsOfKeysAndValues(t *testing.T) {
	doc, err := Parse("t", []byte("a: 1\n  \"b\": {c: [x,\n y]}"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := doc.Root.Entries()[1]
	c := b.Value.Map.Entries()[0]
	for what, got := range map[string]Position{
		"2:4": b.KeyPos, "2:8": b.Value.Pos, "2:9": c.KeyPos, "2:13": c.Value.List[0].Pos, "3:2": c.Value.List[1].Pos,
	} {
		if got.String() != "t:"+what {
			t.Errorf("got %v, want %s", got, what)
		}
	}
}

func TestVariablesAreRecorded(t *testing.T) {
	doc, err := Parse("t", []byte("used: 1\nfree: 2\nport: $used"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range doc.Root.Entries() {
		if e.Variable != (e.Key == "used") {
			t.Errorf("%s: variable is %v", e.Key, e.Variable)
		}
	}
	if port := doc.Root.Get("port"); port.Pos.Line != 3 {
		t.Errorf("the value stands at %v, want the place of the reference", port.Pos)
	}
}

func TestIncludedFileIsNamedInFaults(t *testing.T) {
	v := verdict{Files: map[string]string{"d/a.conf": "x: 1\ninclude b.conf", "d/b.conf": "\n y {"}}
	_, err := Parse("d/c.conf", []byte("include a.conf"), v.options())
	const want = "d/b.conf:2:5: Unexpected EOF processing map."
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestBounds(t *testing.T) {
	self := verdict{
		Files: map[string]string{"self": "include self", "twice": "include twice\ninclude twice"},
		Env:   map[string]string{"A": "[$B,$B]", "B": "[$A]"},
	}
	bomb := "a0: [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 20 {
		was, is := string(rune('a'+i))+"0", string(rune('b'+i))+"0"
		bomb += is + ": [" + strings.Repeat("$"+was+",", 10) + "]\n"
	}
	for name, text := range map[string]string{
		"deep lists":     "a: " + strings.Repeat("[", 1<<16),
		"deep maps":      strings.Repeat("a {", 1<<16),
		"deep braces":    strings.Repeat("{", 1<<16),
		"self include":   "include self",
		"tree include":   "include twice",
		"variable bomb":  bomb,
		"environment":    "a: $A",
		"unclosed block": "a: (" + strings.Repeat("\n) ", 1<<16),
	} {
		_, err := Parse("c", []byte(text), self.options())
		var fault *Error
		if !errors.As(err, &fault) {
			t.Errorf("%s: got %v, want a fault", name, err)
		}
	}
	if _, err := Parse("c", make([]byte, MaxBytes+1), Options{}); !errors.Is(err, errTooLong) {
		t.Errorf("a huge text: got %v", err)
	}
}
