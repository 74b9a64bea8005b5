// Package arch keeps the rules of ARCHITECTURE.md as tests: layers.txt says which package may import which,
// and which packages are pure. It has no code but tests.
package arch
