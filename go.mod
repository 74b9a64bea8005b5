module sinew.dev/sinew

go 1.26.0

require (
	github.com/klauspost/compress v1.20.0
	go.uber.org/goleak v1.3.0
	golang.org/x/sys v0.50.0
)

require (
	github.com/nats-io/nkeys v0.4.17 // indirect
	golang.org/x/crypto v0.59.0 // indirect
)
