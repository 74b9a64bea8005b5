// Package logs writes the server's log: to a file that is rotated by size, or to any other writer.
//
// A line reads
//
//	[pid] 2006/01/02 15:04:05.000000 [INF] text
//
// where the level is one of FTL, ERR, WRN, INF, DBG and TRC.
package logs
