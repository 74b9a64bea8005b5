// Command sinew is the Sinew messaging server and its command-line tool.
package main

import (
	"os"

	"sinew.dev/sinew/server"
)

func main() { os.Exit(server.Main(os.Args[1:], os.Stdout, os.Stderr)) }
