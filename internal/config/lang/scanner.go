package lang

import "unicode/utf8"

// scanner is a cursor over one text that knows its line.
type scanner struct {
	file    string
	text    string
	at      int // offset of the next byte
	line    int
	newline int // offset of the last newline, 0 on the first line
}

func newScanner(file string, text []byte) *scanner {
	return &scanner{file: file, text: string(text), line: 1}
}

// position is that of the next byte. The column is the distance to the last newline, so it counts from 0 on
// the first line and from 1 on others: what the reference server prints.
func (s *scanner) position() Position {
	return Position{File: s.file, Line: s.line, Column: s.at - s.newline}
}

func (s *scanner) done() bool { return s.at >= len(s.text) }

// peek is the next byte, or 0 at the end. A text holds no 0 of its own: see parseText.
func (s *scanner) peek() byte {
	if s.done() {
		return 0
	}
	return s.text[s.at]
}

// char is the next character for an error message.
func (s *scanner) char() string {
	if s.done() {
		return "end of file"
	}
	_, n := utf8.DecodeRuneInString(s.text[s.at:])
	return s.text[s.at : s.at+n]
}

// step moves past one byte.
func (s *scanner) step() {
	if s.text[s.at] == '\n' {
		s.line++
		s.newline = s.at
	}
	s.at++
}

// blanks skips spaces within the line.
func (s *scanner) blanks() {
	for !s.done() && isBlank(s.text[s.at]) {
		s.at++
	}
}

// space skips blanks and newlines.
func (s *scanner) space() {
	for !s.done() && isSpace(s.text[s.at]) {
		s.step()
	}
}

// filler skips blanks, newlines and comments: what may stand before a key or a list's item.
func (s *scanner) filler() {
	for s.space(); s.comment(); s.space() {
	}
}

// comment skips to the end of the line if a comment begins here.
func (s *scanner) comment() bool {
	if s.peek() != '#' && !s.has("//") {
		return false
	}
	for !s.done() && !isNewline(s.text[s.at]) {
		s.at++
	}
	return true
}

func (s *scanner) has(prefix string) bool {
	return len(s.text)-s.at >= len(prefix) && s.text[s.at:s.at+len(prefix)] == prefix
}

// until takes bytes of one line up to the first that stop names. Newlines always stop.
func (s *scanner) until(stop func(byte) bool) string {
	start := s.at
	for !s.done() && !isNewline(s.text[s.at]) && !stop(s.text[s.at]) {
		s.at++
	}
	return s.text[start:s.at]
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
func isSpace(c byte) bool { return isBlank(c) || isNewline(c) }

// isNewline reports whether c ends a line; only a line feed counts as one in positions.
func isNewline(c byte) bool { return c == '\n' || c == '\r' }

// endsKey reports whether an unquoted key ends before c.
func endsKey(c byte) bool { return isSpace(c) || c == ':' || c == '=' }

// endsWord reports whether an unquoted value ends before c.
func endsWord(c byte) bool {
	return isSpace(c) || c == ',' || c == ';' || c == '}' || c == ']'
}
