package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	// The go command serves a cached pass unless something that a test depends on changed; it cannot see that a test
	// builds the binary. Importing what cmd/sinew imports tells it, and build reads cmd/sinew itself.
	_ "sinew.dev/sinew/internal/tool"
	_ "sinew.dev/sinew/server"
)

// Binary returns the path of the binary under test: SINEW_BIN, or one built from this tree once for each process.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("SINEW_BIN"); path != "" {
		return filepath.Abs(path)
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	if _, err := os.ReadFile(filepath.Join(root, "cmd", "sinew", "main.go")); err != nil {
		return "", err
	}
	return build(root)
})

// Root returns the module's root: the folder with go.mod, at or above the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("there is no go.mod at or above %s", dir)
		}
		dir = parent
	}
}

// build writes the binary into a folder of this process. It stays when the process ends abruptly, and then the system's
// cleaning of temporary files has it; Cleanup removes it in the ordinary case.
func build(root string) (string, error) {
	dir, err := os.MkdirTemp("", "sinew-binary-")
	if err != nil {
		return "", err
	}
	built = dir
	name := "sinew"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/sinew")
	// As the image and the releases are built, so that one build cache serves all of them.
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build ./cmd/sinew: %w\n%s", err, output)
	}
	// Other users run it in the tests of images and units.
	return path, os.Chmod(dir, 0o755)
}

// built is the folder that Binary made, if it did.
var built string

// Cleanup removes what Binary built. TestMain calls it after the tests.
func Cleanup() {
	if built != "" {
		os.RemoveAll(built)
	}
}
