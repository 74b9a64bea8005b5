package tool

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// maxBody is the largest body we read from standard input, 64 MiB: the most that a server can be configured to take.
const maxBody = 64 << 20

// bodySource is where the bodies of messages come from. Its zero value takes the argument after the subject, or all of
// standard input when that is absent or "-".
type bodySource struct {
	forceStdin bool
	sendOn     string
}

func (b *bodySource) register(flags *pflag.FlagSet) {
	flags.BoolVar(&b.forceStdin, "force-stdin", false, "read standard input, also when BODY is given or it is a terminal")
	flags.StringVar(&b.sendOn, "send-on", "eof", "send standard input at its end, `eof`, or each line: newline")
}

func (b *bodySource) check() error {
	if b.sendOn != "eof" && b.sendOn != "newline" {
		return errors.New("--send-on is eof or newline")
	}
	return nil
}

// each calls send with every body: one, or each line of standard input.
func (b *bodySource) each(cmd *cobra.Command, args []string, send func(body string) error) error {
	if b.sendOn == "newline" {
		return b.eachLine(cmd.Context(), cmd.InOrStdin(), send)
	}
	if b.forceStdin {
		args = []string{args[0], "-"}
	}
	body, err := readBody(cmd, args)
	if err != nil {
		return err
	}
	return send(body)
}

// eachLine calls send with each line, without its end. A terminal's line may take for ever to come; an interrupt ends it
// all the same, and the reading goroutine with the process.
func (b *bodySource) eachLine(ctx context.Context, in io.Reader, send func(body string) error) error {
	type line struct {
		text string
		err  error
	}
	lines := make(chan line)
	go func() {
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, maxBody)
		for scanner.Scan() {
			select {
			case lines <- line{text: scanner.Text()}:
			case <-ctx.Done():
				return
			}
		}
		select {
		case lines <- line{err: cmp.Or(scanner.Err(), io.EOF)}:
		case <-ctx.Done():
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return errors.New("interrupted")
		case one := <-lines:
			if errors.Is(one.err, io.EOF) {
				return nil
			}
			if one.err != nil {
				return fmt.Errorf("read the bodies from standard input: %w", one.err)
			}
			if err := send(one.text); err != nil {
				return err
			}
		}
	}
}

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
