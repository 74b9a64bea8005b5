// Package store keeps the messages of one stream, by sequence and by subject.
//
// A store does not know why a message comes or goes: limits, retention and time are the stream's business. Both kinds of
// store, in memory and in files, pass the same tests.
package store
