// Package logs writes the server's log: to a file that is rotated by size, to a stream such as standard error, or to a
// syslog daemon, here or elsewhere.
//
// A line reads
//
//	[pid] 2006/01/02 15:04:05.000000 [INF] text
//
// where the level is one of FTL, ERR, WRN, INF, DBG and TRC. It may be a JSON object instead, with the fields time, level,
// pid and msg, and for what belongs to a connection also remote, cid, client, account and user.
//
// Whoever logs never waits for whoever reads: lines for a terminal, a pipe or a syslog daemon stand in a bounded queue, and
// what does not fit there, or into a full disk, is counted and told of when lines get through again. Lines for regular
// files are written before the call returns, so that they are there after a crash.
package logs
