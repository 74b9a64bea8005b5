package config

import (
	"fmt"
	"strings"
)

// Usage is the help text for a program of this name.
func Usage(program string) string {
	return strings.ReplaceAll(usage, "PROGRAM", program)
}

const usage = `
Usage: PROGRAM [options]

Server:
    -a, --addr, --net <host>         Address to listen on (127.0.0.1; with a configuration file 0.0.0.0)
    -p, --port <port>                Port for clients (4222; -1 is any free one)
    -n, --name
        --server_name <name>         Name of this server (its id)
    -P, --pid <file>                 Write the process id to this file
    -m, --http_port <port>           Port for monitoring over HTTP
    -ms,--https_port <port>          Port for monitoring over HTTPS
    -c, --config <file>              Configuration file
    -t                               Check the configuration file and exit
    -sl,--signal <signal>[=<pid>]    Send a signal to a running server: ldm, stop, quit, term, reopen, reload
                                     <pid> is a process id, a file that holds one, or the beginning of ids
                                     and "*"; without it the one server that runs here
        --client_advertise <host>    Address told to clients instead of the listener's
        --ports_file_dir <dir>       Write the ports in use to a file in this directory

Logging:
    -l, --log <file>                 Log to this file
    -T, --logtime                    Log with the time (true)
        --logtime_utc                Log with the time in UTC (false)
    -s, --syslog                     Log to this machine's syslog
    -r, --remote_syslog <url>        Log to a syslog server, for instance udp://localhost:514
        --log_format <format>        text, as nats-server, or json: an object a line (text)
    -D, --debug                      Log what helps to find errors
    -V, --trace                      Log the protocol
    -VV                              Log the protocol, the system account's too
    -DV                              -D and -V
    -DVV                             -D and -VV
        --log_size_limit <bytes>     Begin a new log file at this size
        --max_traced_msg_len <bytes> Show this much of a traced payload (all of it)

Authorization:
        --user <user>                The user clients must name
        --pass <password>            The password of that user
        --auth <token>               The token clients must show

TLS:
        --tls                        Use TLS without asking clients for certificates
        --tlscert <file>             Certificate of this server
        --tlskey <file>              Private key of that certificate
        --tlsverify                  Use TLS and verify the certificates of clients
        --tlscacert <file>           Certificate authority to verify them with

Profiling:
        --profile <port>             Port for Go profiles over HTTP

Common:
    -h, --help                       Show this text
    -v, --version                    Show the version
        --help_tls                   Show how TLS is configured

Not supported yet:
    -js, --jetstream; -sd, --store_dir; --routes; --cluster;
    --cluster_name; --no_advertise; --cluster_advertise; --connect_retries; --cluster_listen
`

// TLSUsage is the text of --help_tls.
func TLSUsage() string {
	var list strings.Builder
	for _, suite := range suiteNames() {
		fmt.Fprintf(&list, "    %s\n", suite)
	}
	return tlsUsage + list.String()
}

const tlsUsage = `
TLS is configured in the tls block of the configuration file:

    tls {
        cert_file:      "server-cert.pem"
        key_file:       "server-key.pem"
        ca_file:        "ca.pem"

        # Ask clients for a certificate, and take the user from it:
        verify:         true
        verify_and_map: true

        # "1.2" or "1.3"
        min_version:    "1.2"

        cipher_suites: [
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        ]
        curve_preferences: [
            "X25519"
            "CurveP256"
        ]
    }

Cipher suites:
`
