package packaging

import (
	"os"
	"path/filepath"
	"testing"

	"sinew.dev/sinew/internal/testkit/network"
	"sinew.dev/sinew/internal/testkit/process"
)

// sharedDir holds what tests share, if they made it; TestMain removes it.
var sharedDir string

func TestMain(m *testing.M) {
	code := network.Main(m)
	process.Cleanup()
	if sharedDir != "" {
		os.RemoveAll(sharedDir)
	}
	os.Exit(code)
}

// read returns a file of the repository.
func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
