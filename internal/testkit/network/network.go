package network

import (
	"os"
	"testing"
)

// inside marks the environment of a process that runs in a network of its own; its value is the process that made it.
const inside = "SINEW_TEST_NETWORK"

// Main is for TestMain: os.Exit(network.Main(m)). It runs the tests in a process with a network of its own, or in
// this one where that cannot be had; then Need skips what depends on it.
func Main(m *testing.M) int {
	if os.Getenv(inside) != "" {
		if err := raiseLoopback(); err != nil {
			panic(err)
		}
		return m.Run()
	}
	if code, ok := runInside(); ok {
		return code
	}
	return m.Run()
}

// Need skips a test that would use the well-known ports of the machine's own network.
func Need(t testing.TB) {
	t.Helper()
	if os.Getenv(inside) == "" {
		t.Skip("this system lets us make no network for the tests, and they need the well-known ports")
	}
}
