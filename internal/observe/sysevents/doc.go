// Package sysevents is the server's part of the system account: it publishes what happens on $SYS subjects, and answers
// the requests that operators' tools, and clients in their own accounts, send there.
package sysevents
