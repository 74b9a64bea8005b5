// Command sinew is the Sinew messaging server and its command-line tool, in one binary.
//
// Without arguments, or with a flag first, it is the server and takes the flags of nats-server. With a command
// first (sinew pub, sinew sub, sinew help…) it is the tool. Started under the name nats-server, as through a
// symbolic link, it is always the server.
package main

import (
	"os"
	"path/filepath"
	"strings"

	"sinew.dev/sinew/internal/tool"
	"sinew.dev/sinew/server"
)

func main() {
	if isServer(os.Args) {
		os.Exit(server.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(tool.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// isServer tells whether a command line, the program's name first, starts the server.
func isServer(args []string) bool {
	if len(args) < 2 || strings.HasPrefix(args[1], "-") {
		return true
	}
	return strings.TrimSuffix(filepath.Base(args[0]), ".exe") == "nats-server"
}
