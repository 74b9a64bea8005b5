package tool

import (
	"fmt"
	"io"
	"strings"
)

// progressWidth is the length of the bar, in characters.
const progressWidth = 40

// progress is a bar on one line of a terminal; elsewhere it draws nothing. It belongs to one goroutine.
type progress struct {
	out   io.Writer // nil when not a terminal
	drawn bool
}

func newProgress(out io.Writer) *progress {
	target := out
	if locked, ok := out.(*lockedWriter); ok {
		target = locked.w
	}
	if !isTerminal(target) {
		return &progress{}
	}
	return &progress{out: out}
}

// update draws how much of total is done.
func (p *progress) update(done, total int64) {
	if p.out == nil || total <= 0 {
		return
	}
	done = min(done, total)
	full := int(done * progressWidth / total)
	fmt.Fprintf(p.out, "\r[%-*s] %3d%%", progressWidth, strings.Repeat("=", full), done*100/total)
	p.drawn = true
}

// clear takes the bar away.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprintf(p.out, "\r%*s\r", progressWidth+7, "")
		p.drawn = false
	}
}
