// Package stree holds many subjects with a value each, and finds those that match one pattern: the subjects of a stream.
//
// It is a B+ tree whose leaves keep their subjects in one piece of text, without the prefix they share, so that a subject
// costs little more than what tells it from its neighbours. Subjects lie in the order of their bytes. A pattern is
// matched by jumping over what cannot match, from the order alone; whatever else keeps subjects in this order, such as
// an index on disk, can be searched with the same Cursor.
package stree
