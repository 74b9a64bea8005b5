// Package script runs transcripts: written conversations between clients and one server, which can be recorded
// against one server and compared with what another one says.
//
// A file has a header and, after a line "----", steps. Results stand below the step that waited for them, as
// "S1:" lines for what connection 1 received and "=" lines for everything else; running a script writes them anew,
// so a replay is right when the text does not change.
//
// Header:
//
//	# what the script shows
//	config:               lines indented by a tab below it are the server's configuration file
//	flags: -D             further command line flags
//	pings: show           PINGs of the server are results and go unanswered; else they are answered and hidden
//	mask: sid             subscription ids in MSG lines become "*": a random member of a queue group got it
//	mask: msgs            counters of messages in documents are not shown: the one who asks counts while it is answered
//	byhand: reason        results are written by hand, as the reference's own are not reproducible
//	needs: jetstream      feature without which the script is skipped
//
// Steps (connections are numbered and open at their first mention, which skips the server's INFO):
//
//	C1: text              send text and CRLF; "PING" then awaits the PONG
//	C1> text              send text as it is
//	open 1 [info|mute]    connect; info: the INFO is a result; mute: do not wait for it
//	tls 1 [cert=NAME]     start TLS, with a client certificate of package certs
//	ask 1 [header=K:V] SUBJECT [BODY]
//	                      publish a request, with the right size, and receive its answer; needs C1: SUB _INBOX.> N
//	tell 1 SUBJECT [BODY] the same without waiting for an answer
//	await 1 [N] PREFIX    receive until N (1) lines with the prefix arrived, or any lines with "any"; "closed" is
//	                      the end of the connection
//	await 1 N sorted MSG  the same for messages that may come in any order
//	silent 1 100ms        wait that nothing is received
//	hangup 1              close the connection
//	reason 1              why the server closed it, from /connz
//	refused 2             whether a new connection is refused
//	reload                replace the configuration by the indented lines below, send SIGHUP, wait until in force
//	signal TERM           send a signal
//	exit                  wait until the server ends; the exit code is a result
//	get PATH FIELD...     fields of a monitoring page
//
// Sent text, configurations and flags know the escapes \r \n \t \\ \xHH, and these values: ${certs} the folder of certificates,
// ${clientpin}, ${nkey:NAME} the public user key made from NAME, ${sig:NAME} and ${sigstd:NAME} its signature
// of the connection's nonce in raw URL and standard base64, ${repeat:TEXT:N}. What is sent also knows ${server}, the
// server's id, and ${cid:N}, the server's number of connection N.
//
// Ids, times, ports and nonces are replaced in results, the JSON of INFO, of message traces and of the system account's
// documents is sorted; of those numbers that no two runs share only the kind is shown. The INFO field "sinew" is dropped.
package script
