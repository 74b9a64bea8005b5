package server_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"sinew.dev/sinew/server"
)

// TestReloadMovesFiles changes where the pid file and the ports file are.
func TestReloadMovesFiles(t *testing.T) {
	dir := t.TempDir()
	before, after := filepath.Join(dir, "before"), filepath.Join(dir, "after")
	for _, folder := range []string{before, after} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "sinew.conf")
	configure := func(folder string) {
		t.Helper()
		text := "listen: \"127.0.0.1:-1\"\nlog_file: " + strconv.Quote(filepath.Join(dir, "log")) +
			"\npid_file: " + strconv.Quote(filepath.Join(folder, "pid")) + "\nports_file_dir: " + strconv.Quote(folder)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure(before)
	s, err := server.New(server.Options{Args: []string{"-c", file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	wantFiles(t, before, 2)
	configure(after)
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, before, 0)
	wantFiles(t, after, 2)
	pid, err := os.ReadFile(filepath.Join(after, "pid"))
	if err != nil || string(pid) != strconv.Itoa(os.Getpid()) {
		t.Errorf("the pid file has %q, %v", pid, err)
	}
	s.Shutdown()
	wantFiles(t, after, 0)
}

func wantFiles(t *testing.T, folder string, want int) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != want {
		t.Errorf("%s has %d files, want %d: %v", filepath.Base(folder), len(entries), want, err)
	}
}
