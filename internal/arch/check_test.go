package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestChecks runs the checks on made-up modules. A file of testdata holds one module: each file of it under a
// line "-- name --", then a line "----", then the problems the checks have to report, one a line.
func TestChecks(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no modules in testdata (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source, want, ok := strings.Cut(string(text), "\n----\n")
			if !ok {
				t.Fatal("no line ----")
			}
			if got := checkAll(t, unpack(source)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// checkAll returns all problems of the module, one a line.
func checkAll(t *testing.T, fsys fstest.MapFS) string {
	t.Helper()
	module, err := readTree(fsys)
	if err != nil {
		return err.Error() + "\n"
	}
	rules, problems := parseLayers(string(fsys["layers.txt"].Data))
	problems = append(problems, checkLayers(module, rules)...)
	problems = append(problems, checkPure(module, rules)...)
	if len(problems) == 0 {
		return ""
	}
	return strings.Join(problems, "\n") + "\n"
}

// unpack makes files of text with lines "-- name --" between them. Text before the first is a comment.
func unpack(text string) fstest.MapFS {
	fsys := fstest.MapFS{}
	name := ""
	for line := range strings.Lines(text) {
		if s, ok := strings.CutPrefix(line, "-- "); ok {
			name = strings.TrimSuffix(strings.TrimSpace(s), " --")
			fsys[name] = &fstest.MapFile{}
			continue
		}
		if name != "" {
			fsys[name].Data = append(fsys[name].Data, line...)
		}
	}
	return fsys
}
