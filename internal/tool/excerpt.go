package tool

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// excerptWidth is how much of a line is quoted, in characters; a file may be one long line of JSON.
	excerptWidth = 100
	// tabWidth is what a tab is replaced by.
	tabWidth = "    "
)

// secretValue finds the values of keys that hold secrets, wherever they stand in a line, so that a quoted line shows none.
var secretValue = regexp.MustCompile(`(?i)((?:password|passwd|pass|token|secret|seed|key|ek|creds|credentials|jwt)(?:["']?\s*[:=]\s*|["']?\s+))("[^"]*"?|'[^']*'?|[^\s,;}\]"']+)`)

// quote writes a line of a file with its number, and marks what begins at an offset into it.
func quote(w io.Writer, number, offset int, line string) {
	line = strings.TrimRight(line, "\r")
	offset = min(max(offset, 0), len(line))
	width := len(wordAt(line, offset))
	before, marked, after := line[:offset], line[offset:offset+width], line[offset+width:]
	// Secrets keep their length, so that the mark stays below what it marks.
	hidden := hideSecrets(line)
	if len(hidden) == len(line) {
		before, marked, after = hidden[:offset], hidden[offset:offset+width], hidden[offset+width:]
	}
	before, marked, after = printable(before), printable(marked), printable(after)
	if n := utf8.RuneCountInString(before); n > excerptWidth/2 {
		before = "…" + string([]rune(before)[n-excerptWidth/2:])
	}
	if rest := []rune(after); len(rest) > excerptWidth/2 {
		after = string(rest[:excerptWidth/2]) + "…"
	}
	label := fmt.Sprintf("%5d | ", number)
	fmt.Fprintf(w, "%s%s%s%s\n", label, before, marked, after)
	fmt.Fprintf(w, "%s%s%s\n", strings.Repeat(" ", len(label)-2)+"| ", strings.Repeat(" ", utf8.RuneCountInString(before)),
		strings.Repeat("^", max(utf8.RuneCountInString(marked), 1)))
}

// wordAt is the word that begins at an offset: what an editor would select.
func wordAt(line string, offset int) string {
	rest := line[offset:]
	end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`:=,;{}[]()"'`, r) })
	switch {
	case end < 0:
		return rest
	case end == 0 && rest != "":
		_, n := utf8.DecodeRuneInString(rest)
		return rest[:n]
	}
	return rest[:end]
}

// hideSecrets replaces the values of keys that hold secrets by stars, one for each byte. Public keys are shown.
func hideSecrets(line string) string {
	return secretValue.ReplaceAllStringFunc(line, func(found string) string {
		parts := secretValue.FindStringSubmatch(found)
		return parts[1] + strings.Repeat("*", len(parts[2]))
	})
}

// printable makes tabs blanks and control characters harmless for a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ReplaceAll(text, "\t", tabWidth))
}
