// Package interop holds the tests that look at the server from outside, the way its users do.
//
// Four kinds of proof live here, and nothing in this module imports the server's code:
//
//   - testdata/transcripts: conversations with several connections, recorded against the reference server and
//     replayed on ours. Package script describes the language.
//   - testdata/cli: command lines with their output and exit code, recorded the same way.
//   - testdata/nats: what operators do with the nats command, recorded the same way. NATS_CLI names the command; without
//     it the tests let the go command build it.
//   - testdata/clients: programs written with released client libraries, run unmodified.
//
// SINEW_BIN names the server to test; without it the tests build ./cmd/sinew of the module above. To record
// anew, give the reference:
//
//	go test -run 'Transcripts|CommandLine|NatsCommand' -record -reference /path/to/nats-server
//
// Without -record, -reference runs the recordings against the reference itself, which must always pass.
package interop
