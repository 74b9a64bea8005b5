//go:build !race

package server_test

// raceEnabled: memory and speed say nothing under the race detector.
const raceEnabled = false
