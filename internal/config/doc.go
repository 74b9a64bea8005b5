// Package config turns a configuration file and a command line into one typed, defaulted and validated
// value, and names what differs between two such values.
//
// The language itself is package lang; here its tree meets the table of known keys. Each problem is
// reported with file, line and column, and with the reference server's text where that has one. Keys of
// features this server does not have yet are refused by name, so that a file never means less than it says.
//
// Subjects are carried as text: whether they are valid is checked where they are used.
package config
