// Package subject says what a NATS subject is: when it is valid, what a wildcard matches, and what a mapping
// makes of it.
//
// A subject is tokens joined by dots. A pattern is a subject in which the token "*" stands for exactly one
// token and a last token ">" for one or more. Only whole tokens are wildcards: in "a.b*" the star is a letter.
// A literal is a subject without wildcard tokens.
//
// Everything here is a value: nothing starts a goroutine, reads the clock or holds state between calls. Chance
// comes from the caller, as a function, so that what was random can be replayed.
package subject
