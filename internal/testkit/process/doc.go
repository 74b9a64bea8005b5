// Package process runs the server's binary as a child, the way a service manager, a container runtime or an operator
// does: a command line, an environment, a folder, signals and exit codes.
package process
