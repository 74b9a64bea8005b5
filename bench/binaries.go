//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// referenceVersion is the release everything is compared with.
const referenceVersion = "v2.15.2"

// referenceModule is installed into a folder of its own; it never becomes a dependency of ours.
const referenceModule = "github.com/nats-io/nats-server/v2"

// buildFlags are the same for both, so that their sizes can be compared.
var buildFlags = []string{"-trimpath", "-ldflags", "-s -w"}

// buildOurs builds cmd/sinew of the module in the working directory into dir.
func buildOurs(ctx context.Context, dir string) (string, error) {
	root, err := run(ctx, "", nil, "go", "list", "-m", "-f", "{{.Dir}}", "sinew.dev/sinew")
	if err != nil {
		return "", fmt.Errorf("find our module: %w; run this inside the repository, or give -ours", err)
	}
	binary := filepath.Join(dir, "sinew")
	args := append(append([]string{"build"}, buildFlags...), "-o", binary, "./cmd/sinew")
	if _, err := run(ctx, root, nil, "go", args...); err != nil {
		return "", fmt.Errorf("build our server: %w; repair it, or give a binary with -ours", err)
	}
	return binary, nil
}

// installReference installs the reference server into the user's cache, unless it is there already.
func installReference(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for the reference server: %w; give a binary with -reference", err)
	}
	dir := filepath.Join(cache, "sinew-bench", referenceVersion)
	binary := filepath.Join(dir, "nats-server")
	if _, err := os.Stat(binary); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return binary, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make a folder for the reference server: %w", err)
	}
	progress("installing the reference server %s into %s", referenceVersion, dir)
	args := append(append([]string{"install"}, buildFlags...), referenceModule+"@"+referenceVersion)
	if _, err := run(ctx, dir, []string{"GOBIN=" + dir}, "go", args...); err != nil {
		return "", fmt.Errorf("install the reference server: %w; give a binary with -reference", err)
	}
	return binary, nil
}

// resolve makes a path given on the command line absolute, and fails when no program is there.
func resolve(path, option string) (string, error) {
	found, err := exec.LookPath(path)
	if err == nil {
		found, err = filepath.Abs(found)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w; give the path of a server's binary", option, err)
	}
	return found, nil
}

// versionOf is what a binary says of itself; one that says nothing is named by its file.
func versionOf(ctx context.Context, t target) string {
	text, err := run(ctx, "", nil, t.binary, "--version")
	line, _, _ := strings.Cut(text, "\n")
	if err != nil || line == "" {
		return filepath.Base(t.binary)
	}
	return line
}

// run runs a program and returns what it wrote to standard output, trimmed.
func run(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(complaint.Bytes()))
	}
	return strings.TrimSpace(out.String()), nil
}
