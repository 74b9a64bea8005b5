// Package examples holds one configuration for each use of Sinew; README.md lists them. Its code is the tests that run
// them.
package examples
