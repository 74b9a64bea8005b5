// Package stream is one stream: what it may be configured to be.
package stream
