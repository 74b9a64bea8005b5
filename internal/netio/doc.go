// Package netio moves bytes: it accepts connections, reads them, queues what goes out and gets rid of those that do not
// keep up. It knows nothing of NATS.
//
// A Worker runs a connection's callbacks to completion: a loop over epoll on Linux, elsewhere (and on request) a worker
// that the connection's goroutine borrows while there is something to handle. What a worker's callbacks send is staged
// per target and written at the end of the worker's turn, once for each target.
package netio
