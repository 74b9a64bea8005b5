//go:build !unix

package server

import (
	"errors"
	"io"
)

// sendSignal is --signal, which needs signals.
func sendSignal(_ string, stderr io.Writer) int {
	return fail(stderr, errors.New("--signal needs the signals of Unix. On this system stop a server with Ctrl-C or taskkill; "+
		"a configuration is loaded again by starting it anew. Services are not supported yet"))
}
