//go:build !linux

package vfs

import "os"

// Direct I/O and synchronous writes differ from system to system; where they are not known, each durable write is
// followed by a sync.
const (
	directFlag = 0
	syncFlag   = 0
)

func syncData(f *os.File) error { return f.Sync() }
