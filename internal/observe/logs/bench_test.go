package logs_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"sinew.dev/sinew/internal/observe"
	"sinew.dev/sinew/internal/observe/logs"
)

// BenchmarkLine is one line of a connection's trace.
func BenchmarkLine(b *testing.B) {
	joe := peer{observe.Label{Remote: "127.0.0.1:1", CID: 7, Client: "v1:go:x", Account: "A", User: "user:joe"}}
	o := logs.Options{PID: true, Time: true, Trace: true}
	asJSON := o
	asJSON.JSON = true
	run := func(name string, log *logs.Log) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				log.Tracef("%s - <<- [PUB %s %d]", joe, "orders.new", 128)
			}
			b.ReportMetric(float64(log.Lost())/float64(b.N), "lost/op")
		})
		_ = log.Close()
	}
	run("text", logs.New(io.Discard, o))
	run("json", logs.New(io.Discard, asJSON))
	file, err := logs.Open(filepath.Join(b.TempDir(), "log"), logs.FileOptions{}, o)
	if err != nil {
		b.Fatal(err)
	}
	run("file", file)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	stream := logs.New(io.Discard, o)
	if err := stream.RedirectToStream(null); err != nil {
		b.Fatal(err)
	}
	run("stream", stream)
}
