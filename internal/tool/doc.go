// Package tool is Sinew's command line: publish, subscribe, request, reply and measure against any NATS server.
//
// What a command received goes to standard output; everything it says about its work goes to standard error, so
// that output can be piped.
package tool
