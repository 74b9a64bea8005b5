// Package systemd tells the service manager that started this process how it is doing: the protocol of sd_notify(3), a
// datagram of lines to the socket that NOTIFY_SOCKET names.
//
// It is our own few lines because a message must not make the server wait: each has a deadline, which the known library
// does not give.
package systemd
