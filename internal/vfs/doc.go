// Package vfs is the file system as the store and the journal use it: the operating system's, or one in memory that
// loses power, tears writes and fails on demand.
//
// Both say the same about durability. What was written is on disk once Sync, or a write to a Durable file, returned nil;
// a new or renamed name is there once SyncDir returned nil. Anything else may be lost, in any part.
package vfs
