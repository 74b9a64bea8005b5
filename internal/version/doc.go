// Package version says which Sinew this is, and which NATS version it speaks.
package version
