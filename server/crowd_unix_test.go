//go:build unix

package server_test

import "golang.org/x/sys/unix"

// crowdSize is how many connections a process may have here, and 10000 at most.
func crowdSize() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 500
	}
	return int(max(100, min(int64(limit.Cur)-500, 10_000)))
}
