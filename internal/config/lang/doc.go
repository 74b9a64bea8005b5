// Package lang reads the configuration language: text in, a tree of values with positions out.
//
// It is pure. Files and environment are reached only through Options, and every dimension an input may
// grow in (nesting, includes, size, variables) is bounded.
package lang
