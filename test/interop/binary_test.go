package interop

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var (
	record    = flag.Bool("record", false, "write the results of the reference into the scripts")
	reference = flag.String("reference", "", "run on this `path` instead of the server under test")
)

// serverBinary is the server the tests run on: the reference, SINEW_BIN, or one built from this repository.
func serverBinary(t *testing.T) string {
	t.Helper()
	if *record && *reference == "" {
		t.Fatal("-record needs -reference: results of our own server prove nothing")
	}
	if *reference != "" {
		return *reference
	}
	if path := os.Getenv("SINEW_BIN"); path != "" {
		absolute, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		return absolute
	}
	path, err := built()
	if err != nil {
		t.Fatalf("build the server: %v", err)
	}
	return path
}

// buildDir is where built puts the server; TestMain makes and removes it.
var buildDir string

// built builds ./cmd/sinew once for all tests.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "sinew")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/sinew")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Stderr = os.Stderr
	return path, cmd.Run()
})

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

// run lets the deferred removal happen before the process exits.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sinew-interop-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	buildDir = dir
	return m.Run()
}
