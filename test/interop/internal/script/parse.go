package script

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// separator ends the header.
const separator = "----"

// Script is a parsed transcript. It is immutable after Parse.
type Script struct {
	Config    string   // configuration file, not yet expanded; empty for none
	Flags     []string // not yet expanded
	ShowPings bool
	MaskSIDs  bool
	MaskMsgs  bool
	Needs     []string // features without which the script says nothing
	ByHand    string   // why the results were written by hand; empty for recorded ones

	text   string // the file as it was read
	header string // everything through the separator
	steps  []step
}

// step is one thing to do. A comment or blank line is a step without verb.
type step struct {
	line int    // 1-based, for messages
	raw  string // as written, to be written again
	verb string // "send", "sendraw" or a word of the language
	peer int    // connection number, or 0
	args []string
	body string // text to send, or the indented lines
}

// Load reads and parses a file.
func Load(path string) (*Script, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := Parse(string(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Parse reads a script. Results in it are kept only as text.
func Parse(text string) (*Script, error) {
	header, body, found := strings.Cut(text, "\n"+separator+"\n")
	if !found {
		return nil, fmt.Errorf("no line %q", separator)
	}
	s := &Script{text: text, header: header + "\n" + separator + "\n"}
	if err := s.parseHeader(header); err != nil {
		return nil, err
	}
	first := strings.Count(s.header, "\n") + 1
	for i, line := range strings.Split(strings.TrimSuffix(body, "\n"), "\n") {
		if err := s.parseLine(first+i, line); err != nil {
			return nil, fmt.Errorf("line %d: %w", first+i, err)
		}
	}
	return s, nil
}

func (s *Script) parseHeader(header string) error {
	for _, line := range strings.Split(header, "\n") {
		if config, ok := strings.CutPrefix(line, "\t"); ok {
			s.Config += config + "\n"
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "config":
		case "flags":
			s.Flags = strings.Fields(value)
		case "needs":
			s.Needs = strings.Fields(value)
		case "byhand":
			s.ByHand = strings.TrimSpace(value)
		case "pings":
			s.ShowPings = true
		case "mask":
			s.MaskSIDs, s.MaskMsgs = strings.Contains(value, "sid"), strings.Contains(value, "msgs")
		default:
			return fmt.Errorf("unknown header %q", line)
		}
	}
	return nil
}

func (s *Script) parseLine(number int, line string) error {
	switch {
	case isResult(line):
		return nil
	case strings.HasPrefix(line, "\t"):
		if len(s.steps) == 0 {
			return fmt.Errorf("indented line without step")
		}
		last := &s.steps[len(s.steps)-1]
		last.raw += "\n" + line
		last.body += line[1:] + "\n"
		return nil
	}
	next, err := parseStep(line)
	next.line = number
	s.steps = append(s.steps, next)
	return err
}

func isResult(line string) bool {
	if strings.HasPrefix(line, "=") {
		return true
	}
	return len(line) >= 3 && line[0] == 'S' && line[1] >= '1' && line[1] <= '9' && line[2] == ':'
}

func parseStep(line string) (step, error) {
	next := step{raw: line}
	if line == "" || line[0] == '#' {
		return next, nil
	}
	if len(line) >= 3 && line[0] == 'C' && line[1] >= '1' && line[1] <= '9' && (line[2] == ':' || line[2] == '>') {
		next.verb, next.peer = "send", int(line[1]-'0')
		if line[2] == '>' {
			next.verb = "sendraw"
		}
		next.body = strings.TrimPrefix(line[3:], " ")
		return next, nil
	}
	words := strings.Fields(line)
	next.verb, next.args = words[0], words[1:]
	if _, known := verbs[next.verb]; !known {
		return next, fmt.Errorf("unknown step %q", line)
	}
	if len(next.args) > 0 {
		if n, err := strconv.Atoi(next.args[0]); err == nil {
			next.peer, next.args = n, next.args[1:]
		}
	}
	return next, nil
}

// Text returns the script as it was read.
func (s *Script) Text() string { return s.text }
