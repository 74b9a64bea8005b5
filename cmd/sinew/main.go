// Command sinew is the Sinew messaging server and its command-line tool.
package main

func main() {}
