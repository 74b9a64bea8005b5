package packaging

import (
	"debug/elf"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"sinew.dev/sinew/internal/testkit/process"
)

// TestScratchImageHasNothingElse lists the image's files: an image from scratch has what we copy and no more.
func TestScratchImageHasNothingElse(t *testing.T) {
	root := scratchImage(t)
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		files = append(files, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(name string) bool { return name == "etc/ssl/certs/ca-certificates.crt" })
	if want := []string{"nats-server", "nats-server.conf", "sinew"}; !slices.Equal(files, want) {
		t.Errorf("files %q, want %q", files, want)
	}
	if target, err := os.Readlink(filepath.Join(root, "sinew")); err != nil || target != "nats-server" {
		t.Errorf("/sinew links to %q (%v), want nats-server", target, err)
	}
}

// TestImageBinaryIsStatic looks for what a dynamic program needs and an empty image does not have: a loader.
func TestImageBinaryIsStatic(t *testing.T) {
	file, err := elf.Open(filepath.Join(scratchImage(t), "nats-server"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, prog := range file.Progs {
		if prog.Type == elf.PT_INTERP || prog.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary has a %v segment", prog.Type)
		}
	}
}

// TestDockerfileRunsRootfs makes sure that the tests build what the Dockerfile builds.
func TestDockerfileRunsRootfs(t *testing.T) {
	run := stageNamed(t, "build").last(t, "RUN").rest
	if want := "GOOS=$TARGETOS GOARCH=$TARGETARCH GOARM=${TARGETVARIANT#v} packaging/docker/rootfs.sh /rootfs"; run != want {
		t.Errorf("the stage build runs %q, want %q", run, want)
	}
	copies := stageNamed(t, "scratch").all("COPY")
	if len(copies) != 1 || copies[0].rest != "/rootfs/ /" || !slices.Equal(copies[0].flags, []string{"--from=rootfs"}) {
		t.Errorf("the scratch image copies %v, want what rootfs.sh made and nothing else", copies)
	}
}

// TestVersionOfABuildArgument builds with VERSION and asks the binary.
func TestVersionOfABuildArgument(t *testing.T) {
	root := filepath.Join(t.TempDir(), "rootfs")
	if err := makeRootfs(root, "VERSION=9.8.7-test"); err != nil {
		t.Fatal(err)
	}
	output, code, err := process.Run(exec.Command(filepath.Join(root, "nats-server"), "--version"))
	if err != nil || code != 0 || !strings.Contains(output, "9.8.7-test") {
		t.Errorf("--version: %q, exit %d, %v", output, code, err)
	}
}

// scratchImage returns the root folder of the scratch image, made once for all tests.
func scratchImage(t testing.TB) string {
	t.Helper()
	root, err := sharedRootfs()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

var sharedRootfs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sinew-image-")
	if err != nil {
		return "", err
	}
	sharedDir = dir
	// Other users than the test's run the image.
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	root := filepath.Join(dir, "rootfs")
	return root, makeRootfs(root)
})

// makeRootfs runs the script of the stage build, in the repository as the stage does. With SINEW_BIN it runs it as the
// stage prebuilt does, so that the tests of this package can look at another binary.
func makeRootfs(root string, env ...string) error {
	cmd := exec.Command("packaging/docker/rootfs.sh", root)
	if path := os.Getenv("SINEW_BIN"); path != "" {
		cmd.Args = append(cmd.Args, path)
	}
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}
