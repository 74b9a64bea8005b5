//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: this runs on Linux only, where it can use epoll and /proc; run it there, or in a container")
	os.Exit(1)
}
