// Package subject says what a subject is: which are valid, what a pattern matches, and how a mapping turns one subject
// into another.
//
// A subject is tokens separated by dots. In a pattern the token "*" stands for any one token and ">", as the last one,
// for one or more. Inside a longer token both are ordinary characters.
package subject
