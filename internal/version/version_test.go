package version

import (
	"regexp"
	"runtime/debug"
	"testing"
)

func TestVersionsAreSemantic(t *testing.T) {
	semantic := regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$`)
	for _, v := range []string{Version(), Speaks} {
		if !semantic.MatchString(v) {
			t.Errorf("%q is not a semantic version", v)
		}
	}
}

func TestCommit(t *testing.T) {
	set := func(pairs ...string) (settings []debug.BuildSetting) {
		for i := 0; i < len(pairs); i += 2 {
			settings = append(settings, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return settings
	}
	tests := []struct {
		name     string
		settings []debug.BuildSetting
		want     string
	}{
		{"no settings", nil, ""},
		{"no revision", set("vcs.modified", "true"), ""},
		{"clean", set("vcs.revision", "0123456789abcdef", "vcs.modified", "false"), "0123456"},
		{"changed", set("vcs.modified", "true", "vcs.revision", "0123456789abcdef"), "0123456+dirty"},
		{"short revision", set("vcs.revision", "01"), "01"},
	}
	for _, test := range tests {
		if got := commit(test.settings); got != test.want {
			t.Errorf("%s: commit is %q, want %q", test.name, got, test.want)
		}
	}
}
