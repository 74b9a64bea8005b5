package server

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
)

// advice is what to do about an error that ends the start, in a sentence; empty if we do not know. It stands apart from
// the error, whose text stays the reference server's, for scripts look for that.
func advice(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "Another process has this port, perhaps a server that runs already: stop it, or choose another port (-p for clients, -m for monitoring, --profile for profiles; -1 takes any free one)."
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "The address is none of this machine's: give one that is with -a or listen, or 0.0.0.0 for all."
	case strings.Contains(text, "bind: ") && errors.Is(err, fs.ErrPermission):
		return "Ports below 1024 need a privilege: choose a higher one, or grant CAP_NET_BIND_SERVICE."
	case errors.Is(err, fs.ErrPermission):
		return "The user that the server runs as may not do that: change the owner or the mode of the file, or the path."
	case errors.Is(err, fs.ErrNotExist) && strings.Contains(text, "error opening file"):
		return "Make the directory first: the server makes files, but no directories."
	case errors.Is(err, syscall.ENOSPC):
		return "The disk is full: make room, or put the file elsewhere."
	case strings.Contains(text, "no PEM data"), strings.Contains(text, "failed to find any PEM data"),
		strings.Contains(text, "private key does not match public key"):
		return "cert_file must hold a certificate and key_file its private key, both as PEM: see docs/security.md, and openssl x509 -noout -text -in FILE."
	}
	return ""
}
