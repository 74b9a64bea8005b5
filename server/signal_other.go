//go:build !unix

package server

import (
	"errors"
	"io"
)

// sendSignal is --signal, which needs signals.
func sendSignal(_ string, stderr io.Writer) int {
	return fail(stderr, errors.New("--signal is not supported on this system"))
}
