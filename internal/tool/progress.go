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
	drawn int       // characters on the line
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

// update draws how much of total is done, and how many messages a second that are. A total of zero is not known.
func (p *progress) update(done, total int64, rate float64) {
	if p.out == nil {
		return
	}
	line := fmt.Sprintf("%.0f msgs/s", rate)
	if total > 0 {
		part := float64(min(done, total)) / float64(total)
		bar := strings.Repeat("=", int(part*progressWidth))
		line = fmt.Sprintf("[%-*s] %3d%%  %s", progressWidth, bar, int(part*100), line)
	}
	fmt.Fprintf(p.out, "\r%-*s", p.drawn, line)
	p.drawn = len(line)
}

// clear takes the bar away.
func (p *progress) clear() {
	if p.drawn > 0 {
		fmt.Fprintf(p.out, "\r%*s\r", p.drawn, "")
		p.drawn = 0
	}
}
