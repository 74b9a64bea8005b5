package top

import "github.com/charmbracelet/x/ansi"

// paint adds colours and emphasis; the zero value adds none. Only the sixteen colours that a terminal's user has chosen
// are used, so that they suit light and dark ones. What NO_COLOR takes away leaves bold and reverse.
type paint struct{ on bool }

func (p paint) plain() paint { return paint{} }

func (p paint) style(s string, style ansi.Style) string {
	if !p.on || s == "" {
		return s
	}
	return style.Styled(s)
}

func (p paint) strong(s string) string { return p.style(s, ansi.Style{}.Bold()) }
func (p paint) faint(s string) string {
	return p.style(s, ansi.Style{}.ForegroundColor(ansi.BrightBlack))
}
func (p paint) heading(s string) string { return p.style(s, ansi.Style{}.Reverse(true)) }
func (p paint) sorted(s string) string  { return p.style(s, ansi.Style{}.Reverse(true).Bold()) }
func (p paint) alarm(s string) string {
	return p.style(s, ansi.Style{}.Bold().ForegroundColor(ansi.Red))
}

func (p paint) notice(s string) string {
	return p.style(s, ansi.Style{}.Bold().ForegroundColor(ansi.Yellow))
}

func (p paint) current(s string) string {
	return p.style(s, ansi.Style{}.Bold().ForegroundColor(ansi.Cyan))
}

// selected marks a whole line.
func (p paint) selected(s string, width int) string {
	return p.style(fit(s, max(width, 0), false), ansi.Style{}.Reverse(true).ForegroundColor(ansi.Cyan))
}
