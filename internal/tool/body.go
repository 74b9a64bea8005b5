package tool

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// maxBody is the largest body we read from standard input, 64 MiB: the most that a server can be configured to take.
const maxBody = 64 << 20

// readBody returns the body of a message: the argument after the subject, or standard input when that is absent or "-".
// A terminal is read only when asked for with "-", so that `sinew pub subject` sends an empty message.
func readBody(cmd *cobra.Command, args []string) (string, error) {
	if len(args) > 1 && args[1] != "-" {
		return args[1], nil
	}
	in := cmd.InOrStdin()
	if isTerminal(in) {
		if len(args) == 1 {
			return "", nil
		}
		fmt.Fprintln(cmd.ErrOrStderr(), "Reading the body from the terminal; end it with Ctrl-D")
	}
	body, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	if err != nil {
		return "", fmt.Errorf("read the body from standard input: %w", err)
	}
	if len(body) > maxBody {
		return "", fmt.Errorf("the body on standard input is over %d bytes", maxBody)
	}
	return string(body), nil
}

// isTerminal tells whether stream is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// headers is the value of repeated -H flags, in the order given.
type headers []struct{ key, value string }

// String implements pflag.Value.
func (h *headers) String() string { return "" }

// Type implements pflag.Value.
func (h *headers) Type() string { return "name:value" }

// Set implements pflag.Value: it adds one header.
func (h *headers) Set(text string) error {
	key, value, ok := strings.Cut(text, ":")
	key = strings.TrimSpace(key)
	if !ok || key == "" {
		return fmt.Errorf("a header is written name:value")
	}
	if strings.ContainsAny(text, "\r\n") {
		return fmt.Errorf("a header is one line")
	}
	*h = append(*h, struct{ key, value string }{key, strings.TrimSpace(value)})
	return nil
}

// message builds the message with these headers, after expanding the placeholders.
func (h headers) message(subject, body string, expand func(string) string) *nats.Msg {
	msg := nats.NewMsg(expand(subject))
	msg.Data = []byte(expand(body))
	for _, header := range h {
		msg.Header.Add(header.key, expand(header.value))
	}
	return msg
}
