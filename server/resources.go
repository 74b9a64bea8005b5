package server

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"

	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/container"
)

// resources is what the process may use of the machine.
type resources struct {
	memory int64  // bytes that the container allows; 0: no limit
	target int64  // bytes that Go's memory shall stay below; 0: no limit
	own    bool   // target comes from the container rather than from GOMEMLIMIT
	loops  int    // event loops
	files  uint64 // descriptors that may be open; 0: not known
}

// memoryShare is how much of a container's memory, in per cent, Go's may take: the rest is for threads' stacks and what the
// kernel counts.
const memoryShare = 90

// takeResources fits the Go runtime to the machine and the container. GOMEMLIMIT and GOMAXPROCS of the environment come
// first. The runtime itself knows a container's share of the processors and raises the limit of descriptors to the hard one.
func takeResources() resources {
	r := resources{loops: runtime.GOMAXPROCS(0), files: fileLimit()}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(r.loops + extraThreads)
	}
	r.memory, _ = container.MemoryLimit(os.DirFS("/"))
	if os.Getenv("GOMEMLIMIT") == "" && r.memory > 0 {
		r.own = true
		debug.SetMemoryLimit(r.memory / 100 * memoryShare)
	}
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		r.target = limit
	}
	return r
}

// String is the line of the log.
func (r *resources) String() string {
	text := fmt.Sprintf("Resources: %d cores, %d event loops (GOMAXPROCS %d)", runtime.NumCPU(), r.loops, runtime.GOMAXPROCS(0))
	switch {
	case r.own:
		text += fmt.Sprintf(", memory %s (%d%% of the container's %s)", binary(r.target), memoryShare, binary(r.memory))
	case r.target > 0:
		text += fmt.Sprintf(", memory %s (GOMEMLIMIT)", binary(r.target))
	default:
		text += ", memory without a limit"
	}
	if r.files > 0 {
		text += fmt.Sprintf(", %d file descriptors", r.files)
	}
	return text
}

// binary is a number of bytes for people.
func binary(n int64) string {
	const units = "KMGTPE"
	size, unit := float64(n), -1
	for size >= 1024 && unit < len(units)-1 {
		size, unit = size/1024, unit+1
	}
	if unit < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %ciB", size, units[unit])
}

// spareFiles is how many descriptors the server needs besides its clients' connections.
const spareFiles = 64

// advice warns of connections that the configuration allows and the system does not.
func (r *resources) advice(c *config.Config) string {
	room := int64(r.files) - spareFiles
	if r.files == 0 || int64(c.Limits.MaxConnections) <= room {
		return ""
	}
	return fmt.Sprintf("max_connections is %d, but there are file descriptors for %d: raise their limit (ulimit -n, LimitNOFILE= of systemd), or lower max_connections",
		c.Limits.MaxConnections, max(room, 0))
}
