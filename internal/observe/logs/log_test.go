package logs_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/logs"
)

func TestLinesHaveTheReferencesForm(t *testing.T) {
	pid := fmt.Sprintf(`\[%d\] `, os.Getpid())
	const clock = `\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} `
	for _, c := range []struct {
		options logs.Options
		want    string
	}{
		{logs.Options{}, `\[INF\] a 1`},
		{logs.Options{PID: true}, pid + `\[INF\] a 1`},
		{logs.Options{PID: true, Time: true}, pid + clock + `\[INF\] a 1`},
		{logs.Options{Time: true, UTC: true, Colour: true}, clock + `\[\x1b\[32mINF\x1b\[0m\] a 1`},
	} {
		var out bytes.Buffer
		logs.New(&out, c.options).Infof("a %d", 1)
		if !regexp.MustCompile("^" + c.want + "\n$").MatchString(out.String()) {
			t.Errorf("%+v: %q, want %s", c.options, out.String(), c.want)
		}
	}
}

func TestTimesAreInUTCIfAsked(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = time.FixedZone("far", 12*3600)
	var out bytes.Buffer
	log := logs.New(&out, logs.Options{Time: true})
	for _, utc := range []bool{false, true} {
		log.SetOptions(logs.Options{Time: true, UTC: utc})
		out.Reset()
		log.Infof("x")
		zone := time.Local
		if utc {
			zone = time.UTC
		}
		written, err := time.ParseInLocation("2006/01/02 15:04:05.000000", out.String()[:26], zone)
		if err != nil || time.Since(written).Abs() > time.Minute {
			t.Errorf("utc %v: %q, %v", utc, out.String(), err)
		}
	}
}

func TestLevelsAreSwitchedAtRunTime(t *testing.T) {
	var out bytes.Buffer
	log := logs.New(&out, logs.Options{})
	all := func() string {
		out.Reset()
		log.Fatalf("f")
		log.Errorf("e")
		log.Warnf("w")
		log.Infof("i")
		log.Debugf("d")
		log.Tracef("t")
		return strings.ReplaceAll(out.String(), "\n", ";")
	}
	const always = "[FTL] f;[ERR] e;[WRN] w;[INF] i;"
	for _, c := range []struct {
		debug, trace bool
		want         string
	}{
		{false, false, always},
		{true, false, always + "[DBG] d;"},
		{false, true, always + "[TRC] t;"},
		{true, true, always + "[DBG] d;[TRC] t;"},
		{false, false, always},
	} {
		log.SetLevels(c.debug, c.trace)
		if got := all(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if o := log.Options(); o != (logs.Options{}) {
		t.Errorf("other options changed: %+v", o)
	}
}

func TestTextCannotForgeLinesOrSteerTheTerminal(t *testing.T) {
	var out bytes.Buffer
	logs.New(&out, logs.Options{}).Errorf("%s", "a\r\n[INF] b\x1b[31m\x7f\ttab é \x00")
	if want := `[ERR] a\r\n[INF] b\x1b[31m\x7f` + "\ttab é " + `\x00` + "\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestLinesOfManyWritersComeOutWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log, err := logs.Open(path, logs.FileOptions{MaxBytes: 2000}, logs.Options{Debug: true})
	if err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := range 200 {
				log.Debugf("writer %d line %d %s", w, i, strings.Repeat("x", i%50))
				switch i % 50 {
				case 10:
					log.SetLevels(true, i%2 == 0)
				case 20:
					if err := log.Reopen(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	writers.Wait()
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	whole := regexp.MustCompile(`^\[DBG\] (writer \d line \d+) x*$`)
	for name, text := range files(t, filepath.Dir(path)) {
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if match := whole.FindStringSubmatch(line); match != nil {
				seen[match[1]] = true
			} else if !strings.HasPrefix(line, "[INF] Rotated log") && line != "[INF] File log re-opened" {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
	if len(seen) != 8*200 {
		t.Errorf("%d lines are there", len(seen))
	}
}

// files returns what the files in a directory hold.
func files(t *testing.T, directory string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(directory, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(data)
	}
	return all
}

func TestFileIsRotatedBySize(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "a.log")
	others := []string{"a.log.old", "a.log.2020", "b.log.2020.01.01.00.00.00.000000000"}
	for _, name := range append(others, "a.log.2020.01.01.00.00.00.000000000") {
		if err := os.WriteFile(filepath.Join(directory, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, err := logs.Open(path, logs.FileOptions{MaxBytes: 200, MaxFiles: 3}, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		log.Infof("%s", strings.Repeat("x", 150))
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	all := files(t, directory)
	for _, name := range others {
		if _, ok := all[name]; !ok {
			t.Errorf("%s was removed", name)
		}
		delete(all, name)
	}
	var names []string
	for name, text := range all {
		names = append(names, name)
		if name != "a.log" && (len(text) <= 200 || len(text) > 200+160+250) {
			t.Errorf("%s: %d bytes", name, len(text))
		}
	}
	slices.Sort(names)
	form := regexp.MustCompile(`^a\.log\.\d{4}\.\d\d\.\d\d\.\d\d\.\d\d\.\d\d\.\d{9}$`)
	if len(names) != 3 || names[0] != "a.log" || !form.MatchString(names[1]) || !form.MatchString(names[2]) {
		t.Errorf("files %q", names)
	}
	if last := all["a.log"]; !strings.Contains(last, `[INF] Rotated log, backup saved as "`+filepath.Join(directory, names[2])) ||
		!strings.Contains(last, `[INF] Purged log file "a.log.`) {
		t.Errorf("new file says %q", last)
	}
	if mode := must(os.Stat(path)).Mode().Perm(); mode&0o007 != 0 {
		t.Errorf("others may read the log: %v", mode)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestAnExistingFileIsContinuedAndCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte(strings.Repeat("old\n", 50)), 0o600); err != nil {
		t.Fatal(err)
	}
	log := must(logs.Open(path, logs.FileOptions{MaxBytes: 202}, logs.Options{}))
	defer log.Close()
	log.Infof("new")
	for name, text := range files(t, filepath.Dir(path)) {
		if name != "a.log" && text != strings.Repeat("old\n", 50)+"[INF] new\n" {
			t.Errorf("%s: %q", name, text)
		}
		if name == "a.log" && strings.Contains(text, "new\n") {
			t.Errorf("not rotated: %q", text)
		}
	}
}

func TestReopenFollowsTheName(t *testing.T) {
	directory := t.TempDir()
	path, moved := filepath.Join(directory, "a.log"), filepath.Join(directory, "moved")
	log := must(logs.Open(path, logs.FileOptions{}, logs.Options{}))
	log.Infof("one")
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	log.Infof("two")
	if err := log.Reopen(); err != nil {
		t.Fatal(err)
	}
	log.Infof("three")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	log.Infof("dropped")
	all := files(t, directory)
	if all["moved"] != "[INF] one\n[INF] two\n" || all["a.log"] != "[INF] File log re-opened\n[INF] three\n" {
		t.Errorf("%q", all)
	}
}

func TestAFileThatCannotBeOpenedChangesNothing(t *testing.T) {
	var out bytes.Buffer
	log := logs.New(&out, logs.Options{})
	err := log.RedirectToFile(filepath.Join(t.TempDir(), "none", "a.log"), logs.FileOptions{})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	log.Infof("still here")
	if out.String() != "[INF] still here\n" {
		t.Errorf("%q", out.String())
	}
}

// TestLinesSurviveAFailedRotation takes the directory away: lines still go into the open file, which Reopen cannot find.
func TestLinesSurviveAFailedRotation(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	log := must(logs.Open(filepath.Join(directory, "a.log"), logs.FileOptions{MaxBytes: 1000}, logs.Options{}))
	moved := directory + "-moved"
	if err := os.Rename(directory, moved); err != nil {
		t.Fatal(err)
	}
	if err := log.Reopen(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reopen: %v", err)
	}
	log.Infof("%s", strings.Repeat("x", 1000))
	log.Infof("last")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	text := files(t, moved)["a.log"]
	if strings.Count(text, "[ERR] Unable to rotate log: ") != 1 || !strings.HasSuffix(text, "\n[INF] last\n") {
		t.Errorf("%q", text)
	}
}

func TestALevelThatIsOffCostsNothing(t *testing.T) {
	var out bytes.Buffer
	log := logs.New(&out, logs.Options{})
	if n := testing.AllocsPerRun(100, func() { log.Debugf("text"); log.Tracef("text") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if out.Len() != 0 {
		t.Errorf("%q", out.String())
	}
}
