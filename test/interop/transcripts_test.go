package interop

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sinew.dev/sinew/test/interop/internal/certs"
	"sinew.dev/sinew/test/interop/internal/script"
)

// features are what our server has: a script that needs another one is skipped until the server has it.
var features = []string{}

// TestTranscripts plays every transcript and compares what the server said with what the reference said.
func TestTranscripts(t *testing.T) {
	binary := serverBinary(t)
	dir, err := certs.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range scripts(t, "transcripts") {
		t.Run(name(path), func(t *testing.T) {
			t.Parallel()
			s, err := script.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			skipUnlessBuilt(t, s.Needs)
			if s.ByHand != "" && *reference != "" {
				t.Skip(s.ByHand)
			}
			got, err := s.Run(script.Options{Binary: binary, Dir: t.TempDir(), Values: script.Values{Certs: dir}})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, path, s.Text(), got)
		})
	}
}

// skipUnlessBuilt skips scripts about features our server does not have; the reference has them all.
func skipUnlessBuilt(t *testing.T, needs []string) {
	for _, feature := range needs {
		if *reference == "" && !slices.Contains(features, feature) {
			t.Skipf("the server has no %s yet", feature)
		}
	}
}

// compare reports a difference, or writes it into the file when recording.
func compare(t *testing.T, path, want, got string) {
	t.Helper()
	if *record {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := script.Diff(want, got); diff != "" {
		t.Errorf("%s differs (- recorded, + this server):\n%s", path, diff)
	}
}

// scripts lists a folder of testdata.
func scripts(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("no scripts in testdata/%s", folder)
	}
	return paths
}

func name(path string) string { return strings.TrimSuffix(filepath.Base(path), ".txt") }
