// Package journal is the one durable log of a server: streams, consumers and Raft groups put what they have to keep into
// the same frames, and one write commits them all.
//
// Whoever has something to commit is a Source. It tells the journal that it is dirty; the journal asks it, when the disk is
// ready for more, for all it has by then (Gather), writes one frame for everybody, and tells each that it is done
// (Committed). There is no timer: while one frame is written the next one gathers.
//
// Frames lie in a ring of files of one size, which are filled with zeros once and used again when their content is
// elsewhere (Release): overwriting what a file has is twice as fast as making it longer. The format is drawn in
// docs/formats/journal.md.
//
// After a crash the frames are read back in order. A frame that is not whole ends the journal, for its commit was never
// confirmed, unless a later frame proves that it had been on disk: then it is damage, and is reported as such.
package journal
