package tool

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestPlaceholders(t *testing.T) {
	now := time.Date(2026, 1, 2, 15, 4, 5, 6, time.UTC)
	fill := placeholders(7, now, map[string]string{"Request": "{{Count}}"})
	tests := []struct{ text, want string }{
		{"", ""},
		{"plain", "plain"},
		{"{{Count}}", "7"},
		{"{{ Count }}{{Count}}", "77"},
		{"a {{Count}} b {{Count}} c", "a 7 b 7 c"},
		{"{{Time}} {{TimeStamp}}", "3:04PM 2026-01-02T15:04:05Z"},
		{"{{Unix}} {{UnixNano}}", "1767366245 1767366245000000006"},
		{"{{Request}} {{.Request}}", "{{Count}} {{Count}}"}, // what is filled in is not filled in again
		{"{{Random 3 3}", "{{Random 3 3}"},
		{"{{Random 4 3}} {{Random 1}} {{Random a b}} {{Random -1 1}}", "{{Random 4 3}} {{Random 1}} {{Random a b}} {{Random -1 1}}"},
		{"{{Random 0 99999999999}}", "{{Random 0 99999999999}}"},
		{"{{Random 0 0}}", ""},
		{"{{Count 1}} {{Request 1}} {{Nope}} {{}} {{ }}", "{{Count 1}} {{Request 1}} {{Nope}} {{}} {{ }}"},
		{`{"a":{"b":{{Count}}}}`, `{"a":{"b":7}}`},
		{"{{{Count}}}", "{7}"},
		{"{{x {{Count}}", "{{x 7"},
		{"}}{{Count}}{{", "}}7{{"},
	}
	for _, test := range tests {
		if got := fill(test.text); got != test.want {
			t.Errorf("%q gives %q, want %q", test.text, got, test.want)
		}
	}
}

func TestRandomPlaceholders(t *testing.T) {
	for text, pattern := range map[string]string{
		"{{ID}}":            `^[0-9A-Za-z]{22}$`,
		"{{Random 10 20}}":  `^[0-9A-Za-z]{10,20}$`,
		"{{ Random 5 5 }}!": `^[0-9A-Za-z]{5}!$`,
	} {
		one, two := placeholders(1, time.Now(), nil)(text), placeholders(2, time.Now(), nil)(text)
		if !regexp.MustCompile(pattern).MatchString(one) {
			t.Errorf("%s gives %q", text, one)
		}
		if one == two {
			t.Errorf("%s gives %q twice", text, one)
		}
	}
}

func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"", "{{Count}}", "a{{", "}}", "{{{{x}}}}", "{{ x y }}{{"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		// Nothing known: nothing changes.
		if got := expand(text, func(string, []string) (string, bool) { return "", false }); got != text {
			t.Errorf("%q became %q", text, got)
		}
		// All known: a placeholder behind the text is still found.
		got := expand(text+"{{last}}", func(name string, _ []string) (string, bool) {
			return "<" + name + ">", true
		})
		if !strings.HasSuffix(got, "<last>") {
			t.Errorf("%q and a placeholder became %q", text, got)
		}
	})
}
