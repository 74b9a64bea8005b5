package top

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNumbers(t *testing.T) {
	tests := []struct {
		n    float64
		want string
	}{
		{0, "0"},
		{0.04, "0.0"},
		{0.5, "0.5"},
		{1, "1"},
		{9.94, "9.9"},
		{9.96, "10"},
		{12.3, "12"},
		{999.4, "999"},
		{999.5, "1.00K"},
		{1000, "1.00K"},
		{1234, "1.23K"},
		{9994, "9.99K"},
		{9996, "10.0K"},
		{99949, "99.9K"},
		{99951, "100K"},
		{999499, "999K"},
		{999500, "1.00M"},
		{1.5e9, "1.50G"},
		{math.MaxInt64, "9.22E"},
	}
	for _, test := range tests {
		if got := (units{}).number(test.n); got != test.want {
			t.Errorf("%v is written %s, want %s", test.n, got, test.want)
		}
	}
	if got := (units{full: true}).number(1234567.6); got != "1234568" {
		t.Errorf("in full it is %s", got)
	}
	for n, want := range map[int64]string{0: "0 B", 512: "512 B", 1024: "1.00 KiB", 15 << 20: "15.0 MiB"} {
		if got := memory(n); got != want {
			t.Errorf("%d bytes are written %s, want %s", n, got, want)
		}
	}
	for text, want := range map[string]string{"5.782848ms": "5.78ms", "123.456µs": "123µs", "": "", "1.5s": "1.5s", "x\x1b": "x\ufffd"} {
		if got := roundTrip(text); got != want {
			t.Errorf("round trip %q is written %q, want %q", text, got, want)
		}
	}
}

func TestCleanTakesAwayControl(t *testing.T) {
	tests := []struct{ text, want string }{
		{"orders", "orders"},
		{"grün 日本語", "grün 日本語"},
		{"a\x1b[2Jb", "a\ufffd[2Jb"},
		{"a\u009b31mb", "a\ufffd31mb"},
		{"tab\tline\n", "tab\ufffdline\ufffd"},
		{"\u202edesrever", "desrever"},
		{"👩\u200d💻", "👩💻"},
		{"👋🏽", "👋"},
		{"❤\ufe0f", "❤"},
		{"bad\xff", "bad\ufffd"},
		{"e" + strings.Repeat("\u0301", 1000), "e" + strings.Repeat("\u0301", maxText-1)},
	}
	for _, test := range tests {
		if got := clean(test.text); got != test.want {
			t.Errorf("%q becomes %q, want %q", test.text, got, test.want)
		}
	}
}

func TestFit(t *testing.T) {
	tests := []struct {
		text  string
		width int
		right bool
		want  string
	}{
		{"abc", 5, false, "abc  "},
		{"abc", 5, true, "  abc"},
		{"abcdef", 5, false, "abcd…"},
		{"日本語", 6, false, "日本語"},
		{"日本語", 5, false, "日本…"},
		{"日本語", 4, false, "日… "},
		{"日本", 1, false, "…"},
		{"abc", 0, false, ""},
	}
	for _, test := range tests {
		if got := fit(test.text, test.width, test.right); got != test.want {
			t.Errorf("%q in %d cells is %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

// FuzzFit: whatever a client calls itself, it takes exactly the cells it is given and controls nothing.
func FuzzFit(f *testing.F) {
	for _, text := range []string{"", "orders", "日本語", "a\x1b[31m", "👩\u200d💻", "🇩🇪🇩", "\u0301\u0301", "e\u0301", "\xff\xfe"} {
		f.Add(text, 7)
	}
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width < 0 || width > 1000 {
			return
		}
		cleaned := clean(text)
		if !utf8.ValidString(cleaned) || utf8.RuneCountInString(cleaned) > maxText || clean(cleaned) != cleaned {
			t.Errorf("clean makes %q", cleaned)
		}
		for _, r := range cleaned {
			if r < ' ' || (r >= 0x7f && r < 0xa0) {
				t.Errorf("%q keeps %U", cleaned, r)
			}
		}
		for _, right := range []bool{false, true} {
			if got := fit(cleaned, width, right); textWidth(got) != width {
				t.Errorf("fit(%q, %d) is %q, %d cells", cleaned, width, got, textWidth(got))
			}
		}
	})
}
