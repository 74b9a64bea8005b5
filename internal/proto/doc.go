// Package proto is the NATS client protocol as bytes: a pull parser, the scanner of the publish fast path, headers,
// and the encoders of what a server sends.
//
// Everything here is pure: no goroutine, no clock, no I/O. Slices in results point into the caller's buffer.
package proto
