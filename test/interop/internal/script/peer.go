package script

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sinew.dev/sinew/test/interop/internal/certs"
)

// errSilent says that the server sent nothing until the deadline.
var errSilent = errors.New("silent")

// frame is one thing the server said: a line, and for a message the bytes below it.
type frame struct {
	line    string
	payload []byte // header and payload of MSG and HMSG; nil for other lines
	header  int    // bytes of payload that are header
}

// peer is one client connection. It is owned by the script's runner.
type peer struct {
	conn      net.Conn
	reader    *bufio.Reader
	port      int    // local port, by which /connz knows the connection
	nonce     string // of the last INFO that had one
	server    string // its id
	cid       uint64 // the server's number of this connection
	showPings bool
	closed    bool
}

func dial(port int, showPings bool) (*peer, error) {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), patience)
	if err != nil {
		return nil, err
	}
	local := conn.LocalAddr().(*net.TCPAddr).Port
	return &peer{conn: conn, reader: bufio.NewReader(conn), port: local, showPings: showPings}, nil
}

// send writes data. A server that closed meanwhile is no error here: what it said last is still to be read.
func (p *peer) send(data []byte) error {
	if err := p.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := p.conn.Write(data)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// next reads one frame. It returns errSilent after wait, and io.EOF when the server closed in whatever way.
func (p *peer) next(wait time.Duration) (frame, error) {
	for {
		if err := p.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return frame{}, io.EOF
		}
		f, err := p.read()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return frame{}, errSilent
		case err != nil:
			p.closed = true
			return frame{}, io.EOF
		}
		if isPing(f.line) && !p.showPings {
			if err := p.send([]byte("PONG\r\n")); err != nil {
				return frame{}, err
			}
			continue
		}
		p.remember(f.line)
		return f, nil
	}
}

func isPing(line string) bool { return line == "PING" }

func (p *peer) read() (frame, error) {
	line, err := p.reader.ReadString('\n')
	if err != nil {
		return frame{}, err
	}
	f := frame{line: strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")}
	words := strings.Fields(f.line)
	if len(words) < 4 || words[0] != "MSG" && words[0] != "HMSG" {
		return f, nil
	}
	size, err := strconv.Atoi(words[len(words)-1])
	if err != nil {
		return f, nil
	}
	if words[0] == "HMSG" {
		f.header, _ = strconv.Atoi(words[len(words)-2])
	}
	f.payload = make([]byte, size+len("\r\n"))
	if _, err := io.ReadFull(p.reader, f.payload); err != nil {
		return f, err
	}
	if !bytes.HasSuffix(f.payload, []byte("\r\n")) {
		return f, fmt.Errorf("message does not end in CRLF")
	}
	f.payload = f.payload[:size]
	return f, nil
}

// remember keeps what an INFO line says of the connection.
func (p *peer) remember(line string) {
	text, ok := strings.CutPrefix(line, "INFO ")
	if !ok {
		return
	}
	var info struct {
		Nonce  string `json:"nonce"`
		Server string `json:"server_id"`
		CID    uint64 `json:"client_id"`
	}
	if json.Unmarshal([]byte(text), &info) != nil {
		return
	}
	p.server, p.cid = info.Server, info.CID
	if info.Nonce != "" {
		p.nonce = info.Nonce
	}
}

// startTLS makes the connection a TLS one. With an empty name no client certificate is offered.
func (p *peer) startTLS(dir certs.Dir, name string) error {
	config := &tls.Config{ServerName: "localhost", RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	authority, err := os.ReadFile(filepath.Join(dir.Path, "ca.pem"))
	if err != nil {
		return err
	}
	config.RootCAs.AppendCertsFromPEM(authority)
	if name != "" {
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir.Path, name+".pem"), filepath.Join(dir.Path, name+".key"))
		if err != nil {
			return err
		}
		// Always offered: a server that does not know its issuer must refuse it itself.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	secured := tls.Client(p.conn, config)
	if err := p.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if err := secured.Handshake(); err != nil {
		p.closed = true
		return err
	}
	p.conn, p.reader = secured, bufio.NewReader(secured)
	return nil
}
