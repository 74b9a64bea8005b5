package tool

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/nats-io/nats.go"
)

// maxEnvBody is the longest body we also put into the environment, in bytes; systems refuse to start a command with
// more than about 128 KiB in one variable.
const maxEnvBody = 64 << 10

// runCommand runs a shell command for a request and returns its standard output. Nothing of the request becomes part
// of the command line: who may send a request must not thereby run what they like.
func runCommand(ctx context.Context, line string, request *nats.Msg, stderr io.Writer) ([]byte, error) {
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	var output limited
	command := exec.CommandContext(ctx, shell, flag, line)
	command.Stdin = bytes.NewReader(request.Data)
	command.Stdout = &output
	command.Stderr = stderr
	command.Env = append(os.Environ(), "NATS_REQUEST_SUBJECT="+request.Subject)
	if body := string(request.Data); len(body) <= maxEnvBody && !strings.ContainsRune(body, 0) {
		command.Env = append(command.Env, "NATS_REQUEST_BODY="+body)
	}
	if err := command.Run(); err != nil {
		return nil, err
	}
	return output.buf.Bytes(), nil
}

// limited keeps what is written to it, up to maxBody bytes.
type limited struct{ buf bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.buf.Len()+len(p) > maxBody {
		return 0, fmt.Errorf("the output is over %d bytes", maxBody)
	}
	return l.buf.Write(p)
}
