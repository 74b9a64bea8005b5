package top

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// unknown stands for a number that is not known.
const unknown = "-"

// units chooses how numbers are written: short, as in 12.3K, or in full.
type units struct{ full bool }

// number writes a number of things or bytes, in steps of 1000.
func (u units) number(n float64) string {
	if u.full {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	return scaled(n, 1000)
}

// scaled writes n with three digits and a letter for the power of step, which is 1000 or 1024.
func scaled(n, step float64) string {
	const letters = "KMGTPE"
	power := -1
	// 999.5 would be written as 1000.
	for n >= 999.5 && power < len(letters)-1 {
		n /= step
		power++
	}
	digits := 0
	switch {
	case power >= 0 && n < 9.995:
		digits = 2
	case power >= 0 && n < 99.95, n < 9.95 && n != math.Trunc(n):
		digits = 1
	}
	text := strconv.FormatFloat(n, 'f', digits, 64)
	if power >= 0 {
		text += letters[power : power+1]
	}
	return text
}

// memory writes bytes of memory: 12.3 MiB.
func memory(n int64) string {
	text := scaled(float64(n), 1024)
	last := len(text) - 1
	if last < 0 || !strings.ContainsRune("KMGTPE", rune(text[last])) {
		return text + " B"
	}
	return text[:last] + " " + text[last:] + "iB"
}

// roundTrip writes a round trip time as servers give it, with three digits.
func roundTrip(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return clean(text)
	}
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// maxText is the longest text that is shown, in characters. Some take no room on the screen, so that its width is no
// bound.
const maxText = 256

// clean makes a text of strangers fit to be shown: on one line, and without what controls terminals, turns the direction
// of writing or joins characters, since terminals disagree on how wide such are.
func clean(s string) string {
	if plainText(s) {
		return s
	}
	var out strings.Builder
	count := 0
	for _, r := range s {
		if count++; count > maxText {
			break
		}
		switch {
		case r == '\ufe0e', r == '\ufe0f', r >= '\U0001f3fb' && r <= '\U0001f3ff', unicode.Is(unicode.Cf, r):
			// Presentation and skin tone, joiners, marks of direction.
		case unicode.IsPrint(r):
			out.WriteRune(r)
		default:
			out.WriteRune('\ufffd')
		}
	}
	return out.String()
}

// plainText tells whether clean has nothing to do.
func plainText(s string) bool {
	if len(s) > maxText {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// textWidth is how many cells of a terminal a clean text takes.
func textWidth(s string) int {
	if plainText(s) {
		return len(s)
	}
	return ansi.StringWidthWc(s)
}

// fit makes a clean text exactly width cells wide. What is too long ends with an ellipsis.
func fit(s string, width int, right bool) string {
	space := width - textWidth(s)
	if space < 0 {
		s = ansi.TruncateWc(s, width, "…")
		space = max(0, width-textWidth(s)) // a wide character may not have fitted
	}
	if right {
		return strings.Repeat(" ", space) + s
	}
	return s + strings.Repeat(" ", space)
}
