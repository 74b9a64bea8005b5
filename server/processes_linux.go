package server

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// runningServers lists the process ids of the servers on this machine, without our own.
func runningServers() ([]int, error) { return findServers(os.DirFS("/proc"), os.Getpid()) }

// findServers looks through a /proc for servers other than self.
func findServers(proc fs.FS, self int) ([]int, error) {
	entries, err := fs.ReadDir(proc, ".")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == self {
			continue
		}
		// What cannot be read has ended, or is hidden from us; what has no arguments is dead, or the kernel's.
		name, _ := fs.ReadFile(proc, path.Join(e.Name(), "comm"))
		line, err := fs.ReadFile(proc, path.Join(e.Name(), "cmdline"))
		if err != nil || len(line) == 0 {
			continue
		}
		if isServer(strings.TrimSuffix(string(name), "\n"), strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")) {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids, nil
}
