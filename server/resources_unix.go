//go:build unix

package server

import (
	"math"
	"syscall"
)

// fileLimit is how many file descriptors may be open.
func fileLimit() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(min(limit.Cur, math.MaxInt64)) // signed on some systems
}
