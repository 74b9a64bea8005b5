//go:build !unix

package server

import "runtime"

// usage is the memory that the runtime has got from the system; the processor use is not known here.
func usage() (memory int64, percent float64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased), 0
}
