package tool_test

import (
	"strings"
	"testing"

	"sinew.dev/sinew/internal/version"
)

func TestVersion(t *testing.T) {
	got := run(t, "version")
	if want := "sinew " + version.Version() + " (speaks NATS 2.15.2)\n"; got.code != 0 || !strings.HasPrefix(got.out, want) {
		t.Errorf("version gives %d, %q; want 0, %q…", got.code, got.out, want)
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	got := run(t, "help")
	if got.code != 0 {
		t.Errorf("exit code is %d", got.code)
	}
	for _, name := range []string{"pub", "sub", "request", "reply", "bench", "top", "version", "completion", "$NATS_URL"} {
		if !strings.Contains(got.out, name) {
			t.Errorf("help does not mention %s", name)
		}
	}
}

func TestHelpHidesSecretsOfTheEnvironment(t *testing.T) {
	t.Setenv("NATS_PASSWORD", "hunter2")
	if got := run(t, "help", "pub"); strings.Contains(got.out+got.err, "hunter2") {
		t.Error("help shows the password")
	}
}

func TestWrongCommandLines(t *testing.T) {
	tests := []struct{ line, want string }{
		{"bogus", `unknown command "bogus"; see "sinew help"`},
		{"pubb", `unknown command "pubb"; did you mean pub or sub?; see "sinew help"`},
		{"pub", `accepts between 1 and 2 arg(s), received 0; see "sinew help pub"`},
		{"pub a b c", `accepts between 1 and 2 arg(s), received 3; see "sinew help pub"`},
		{"pub a b --nope", `unknown flag: --nope; see "sinew help pub"`},
		{"pub a b --count 0", `--count must be at least 1; see "sinew help pub"`},
		{"pub a b -H novalue", `a header is written name:value; see "sinew help pub"`},
		{"sub", `requires at least 1 arg(s), only received 0; see "sinew help sub"`},
		{"sub a --raw --headers-only", `--raw and --headers-only exclude each other; see "sinew help sub"`},
		{"sub a --count -1", `--count must not be negative; see "sinew help sub"`},
		{"request a b --replies -1", `--replies must not be negative; see "sinew help request"`},
		{"reply a", `give one of BODY, --echo and --command; see "sinew help reply"`},
		{"reply a b --echo", `give one of BODY, --echo and --command; see "sinew help reply"`},
		{"bench --pub 1 --request 1", `--pub and --request exclude each other; see "sinew help bench"`},
		{"bench --pub 0 --sub 0", `give at least one of --pub, --sub and --request; see "sinew help bench"`},
		{"bench --msgs 0", `--msgs must be at least 1; see "sinew help bench"`},
		{"bench --size 1G", `--size "1G" is not a number of bytes`},
		{"bench --size ,", `--size "" is not a number of bytes`},
		{"bench --size 65M", `--size "65M" is not a number of bytes`},
		{"bench --duration 0s", `--duration must be positive; see "sinew help bench"`},
		{"bench --duration 1s --msgs 1", `--msgs and --duration exclude each other; see "sinew help bench"`},
		{"bench --warmup 5 --sub 1", `only those who send can warm up; see "sinew help bench"`},
		{"bench --multi-subject -1", `the number of subjects is not between 0 and 1000000; see "sinew help bench"`},
		{"bench pub foo", `sinew bench --pub N, --sub N or --request N, and one SUBJECT; see "sinew help bench"`},
		{"version now", `unknown command "now" for "sinew version"; see "sinew help version"`},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			got := run(t, strings.Fields(test.line)...)
			if got.code != 2 {
				t.Errorf("exit code is %d, want 2", got.code)
			}
			if !strings.Contains(got.err, test.want) {
				t.Errorf("standard error is %q, want %q in it", got.err, test.want)
			}
		})
	}
}
