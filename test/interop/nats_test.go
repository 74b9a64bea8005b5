package interop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sinew.dev/sinew/test/interop/internal/process"
)

// natsVersion is the release of the nats command that the scripts of testdata/nats were recorded with.
const natsVersion = "v0.5.1"

// natsPatience bounds one command. Building the tool may take minutes, the first time.
const natsPatience = time.Minute

// natsCommand is the nats command: NATS_CLI, or one that the go command builds; it is a client, of no interest to the
// module's own dependencies.
var natsCommand = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("NATS_CLI"); path != "" {
		return filepath.Abs(path)
	}
	cmd := exec.Command("go", "install", "github.com/nats-io/natscli/nats@"+natsVersion)
	cmd.Env = append(os.Environ(), "GOBIN="+buildDir, "GOFLAGS=-trimpath")
	output, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, output)
	}
	return filepath.Join(buildDir, "nats"), nil
})

// TestNatsCommand plays the scripts of testdata/nats: what operators do with the nats command, and see. Their header is
// that of transcripts, their steps are:
//
//	# comment
//	client USER SUBJECT        connect, with the password that is the user's name, and subscribe
//	$ nats USER ARGS           run the command as this user; ${server} is the server's id, ${cid} the last client's
//	                           number, ${config} the configuration file
//	write                      replace the configuration file by the indented lines below
//	gone                       whether the last client is disconnected
//
// followed by "exit N" and the lines of "out:". Blanks and lines of tables are squeezed, what is measured is masked.
func TestNatsCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the nats command")
	}
	nats, err := natsCommand()
	if err != nil {
		t.Skipf("no nats command; NATS_CLI may name one of %s: %v", natsVersion, err)
	}
	binary := serverBinary(t)
	for _, path := range scripts(t, "nats") {
		t.Run(name(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r := natsRun{t: t, nats: nats, home: t.TempDir()}
			got, err := r.play(binary, string(text))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, path, string(text), got)
		})
	}
}

// natsRun plays one script.
type natsRun struct {
	t          *testing.T
	nats, home string
	server     *process.Server
	config     string // its path
	id         string // of the server
	cid        uint64
	client     net.Conn // the last one
	in         *bufio.Reader
	out        strings.Builder
}

func (r *natsRun) play(binary, text string) (string, error) {
	header, steps, found := strings.Cut(text, "\n----\n")
	if !found {
		return "", errors.New("no line ----")
	}
	dir := r.t.TempDir()
	r.config = filepath.Join(dir, "server.conf")
	server, err := process.Start(process.Options{Binary: binary, Dir: dir, Config: indented(header)})
	if err != nil {
		return "", err
	}
	r.server = server
	defer server.Stop()
	varz, err := server.Get("/varz")
	if err != nil {
		return "", err
	}
	r.id = regexp.MustCompile(`N[A-Z2-7]{55}`).FindString(string(varz))
	r.out.WriteString(header + "\n----\n")
	lines := strings.Split(strings.TrimSuffix(steps, "\n"), "\n")
	for i, line := range lines {
		if isCommandResult(line) {
			continue
		}
		r.out.WriteString(line + "\n")
		if err := r.step(line, lines[i+1:]); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", line, err, server.Output())
		}
	}
	if r.client != nil {
		_ = r.client.Close()
	}
	return r.out.String(), nil
}

// indented are the lines that begin with a tab, without it.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "\t"); ok {
			b.WriteString(rest + "\n")
		}
	}
	return b.String()
}

func (r *natsRun) step(line string, below []string) error {
	words := strings.Fields(line)
	switch {
	case len(words) == 0 || words[0] == "#" || line[0] == '\t':
		return nil
	case words[0] == "client":
		return r.connect(words[1], words[2])
	case words[0] == "gone":
		fmt.Fprintf(&r.out, "out: %v\n", r.gone())
		return nil
	case words[0] == "write":
		n := 0
		for n < len(below) && strings.HasPrefix(below[n], "\t") {
			n++
		}
		return os.WriteFile(r.config, []byte(indented(strings.Join(below[:n], "\n"))), 0o600)
	case words[0] == "$" && words[1] == "nats":
		return r.command(words[2], words[3:])
	}
	return errors.New("unknown step")
}

// connect makes a client that stays.
func (r *natsRun) connect(user, subject string) error {
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(r.server.Port)))
	if err != nil {
		return err
	}
	r.t.Cleanup(func() { _ = conn.Close() })
	r.client, r.in = conn, bufio.NewReader(conn)
	info, err := r.in.ReadString('\n')
	if err != nil {
		return err
	}
	number := regexp.MustCompile(`"client_id":(\d+)`).FindStringSubmatch(info)
	if number == nil {
		return fmt.Errorf("INFO has no client_id: %s", info)
	}
	if r.cid, err = strconv.ParseUint(number[1], 10, 64); err != nil {
		return err
	}
	fmt.Fprintf(conn, "CONNECT {\"user\":%q,\"pass\":%q,\"verbose\":false,\"name\":%q,\"lang\":\"go\",\"version\":\"1\"}\r\nSUB %s 1\r\nPING\r\n",
		user, user, user, subject)
	pong, err := r.in.ReadString('\n')
	if err != nil || pong != "PONG\r\n" {
		return fmt.Errorf("no PONG: %q %w", pong, err)
	}
	return nil
}

func (r *natsRun) gone() bool {
	if r.client.SetReadDeadline(time.Now().Add(process.Patience)) != nil {
		return true
	}
	for {
		if _, err := r.in.ReadString('\n'); err != nil {
			return !errors.Is(err, os.ErrDeadlineExceeded)
		}
	}
}

// command runs the tool and writes its results.
func (r *natsRun) command(user string, args []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), natsPatience)
	defer cancel()
	expand := strings.NewReplacer("${server}", r.id, "${cid}", strconv.FormatUint(r.cid, 10), "${config}", r.config)
	for i := range args {
		args[i] = expand.Replace(args[i])
	}
	url := fmt.Sprintf("nats://%s:%s@127.0.0.1:%d", user, user, r.server.Port)
	cmd := exec.CommandContext(ctx, r.nats, append([]string{"--no-context", "-s", url}, args...)...)
	cmd.Env = []string{"HOME=" + r.home, "XDG_CONFIG_HOME=" + r.home, "NO_COLOR=1", "PATH=" + os.Getenv("PATH"), "COLUMNS=200"}
	output, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return err
	}
	fmt.Fprintf(&r.out, "exit %d\n", cmd.ProcessState.ExitCode())
	for line := range strings.SplitSeq(string(output), "\n") {
		if line = squeeze(line); line != "" {
			r.out.WriteString("out: " + line + "\n")
		}
	}
	return nil
}

// measuredTexts are what differs between two runs, or between two servers that do the same.
var measuredTexts = []struct {
	shape *regexp.Regexp
	name  string
}{
	{regexp.MustCompile(`\bN[A-Z2-7]{55}\b`), "<server>"},
	{regexp.MustCompile(`sha256:[0-9a-f]{64}`), "<digest>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+\d\d:\d\d)?`), "<time>"},
	{regexp.MustCompile(`\b\d\d:\d\d:\d\d\b`), "<time>"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "<address>"},
	{regexp.MustCompile(`\b\d+(\.\d+)?\s?(ns|µs|ms|s)\b`), "<duration>"},
	{regexp.MustCompile(`\b\d+(\.\d+)? (B|KiB|MiB)\b`), "<bytes>"},
	{regexp.MustCompile(`\b\d+(\.\d+)? (B|KiB|MiB) in`), "<bytes> in"},
	{regexp.MustCompile(`(?i)(client id:|subscriptions[:=]|gomaxprocs:|git commit:|go version:) ?\S*`), "$1 <n>"},
	{regexp.MustCompile(`(cpu|mem|connections|time|rtt|uptime|connect_time|request_time)=[\d.]+(%|s)?`), "$1=<n>"},
	{regexp.MustCompile(`(CPU Cores:) .*`), "$1 <n>"},
	{regexp.MustCompile(`(Messages:) .*`), "$1 <n>"},
	{regexp.MustCompile(`\[\d+\] `), "[<n>] "},
	{regexp.MustCompile(`\b(uptime|mem|memory|cpu)\b[ :]+[\d.]+`), "$1 <n>"},
	// The columns of a server: subscriptions, memory, load; of a connection: its number.
	{regexp.MustCompile(`(│ (?:no|0) │ \d+ │) \d+ │`), "$1 <n> │"},
	{regexp.MustCompile(`│ [\d.]+ │ \d+ │ 0 │ <duration>`), "│ <n> │ <n> │ 0 │ <duration>"},
	{regexp.MustCompile(`^│ \d+ │ (\w+ │ one|NATS)`), "│ <n> │ $1"},
	{regexp.MustCompile(`(Subscriptions) [\d.]+`), "$1 <n>"},
	{regexp.MustCompile(`(max|min|avg): [\d.]+`), "$1: <n>"},
	{regexp.MustCompile(`"seq": \d+`), `"seq": <n>`},
	// Statistics of accounts: who asks counts while the answer is made.
	{regexp.MustCompile(`^(│ (?:127\.0\.0\.1|1) │ │[\d. │]* │ \d+ │)( \d+ │)? 0 │ <bytes> │ \d+ │ <bytes> │ \d+ │`), "$1 <n> │ 0 │ <bytes> │ <n> │ <bytes> │ <n> │"},
	{regexp.MustCompile(`"(seq|cid|port|mem|cpu|cores|gomaxprocs)":[\d.]+`), `"$1":<n>`},
}

var (
	blanks  = regexp.MustCompile(`[ \t]+`)
	borders = regexp.MustCompile(`[╭╮╰╯├┤┬┴┼─]+`)
)

// squeeze makes a line independent of how wide its table is.
func squeeze(line string) string {
	line = strings.TrimSpace(blanks.ReplaceAllString(borders.ReplaceAllString(line, ""), " "))
	for _, text := range measuredTexts {
		line = text.shape.ReplaceAllString(line, text.name)
	}
	return line
}
