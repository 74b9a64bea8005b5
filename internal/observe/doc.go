// Package observe is the vocabulary in which the server's parts say what happens. The packages below it write logs,
// describe the server's state and answer over HTTP.
package observe
