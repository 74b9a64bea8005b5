package monitor

import (
	"log"
	"net/http"
	"strings"
	"time"
)

// NewServer returns an HTTP server for h that bounds how long a client may take for each step and how much it may send.
// The caller gives it a listener, with TLS or without, and shuts it down. What goes wrong with a connection, such as a
// TLS handshake, is told to warn, which may be called from many goroutines.
func NewServer(h http.Handler, warn func(text string)) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second, // a body is of no use here
		WriteTimeout:      60 * time.Second, // includes the wait for a turn
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(lines(warn), "", 0),
	}
}

// lines passes what is written, a line a call, to a function.
type lines func(text string)

func (l lines) Write(b []byte) (int, error) {
	l(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}
