// Package network gives the tests of one package a network of their own.
//
// Examples, images and charts name the ports 4222 and 8222. In a network namespace a test can use them as they are
// written, whatever else runs on the machine. It works on Linux as root, or where users may make namespaces; elsewhere
// the tests skip.
package network
