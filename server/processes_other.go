//go:build unix && !linux

package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// runningServers lists the process ids of the servers on this machine, without our own.
func runningServers() ([]int, error) {
	out, err := exec.Command("ps", "-A", "-o", "pid=", "-o", "args=").Output()
	if err != nil {
		return nil, fmt.Errorf("run ps: %w", err)
	}
	var pids []int
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		pid, err := strconv.Atoi(fields[0])
		if err == nil && pid != os.Getpid() && isServer(filepath.Base(fields[1]), fields[1:]) {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids, nil
}
