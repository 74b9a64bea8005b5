// Package server builds a Sinew server out of its parts and runs it: it reads the configuration, starts floor by floor,
// reloads, and stops from the top down. It is the one public package, for those who embed a server.
package server
