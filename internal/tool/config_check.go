package tool

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/server"
)

func newConfigCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Say all that is wrong with configuration files",
		Long: `Reads each file with all it includes, and says everything that is wrong with it, with the line that is meant.

The files are judged as by the server with -t: warnings count. Notes are about what holds, but is not good. It ends with 0
when all files are valid, else with 1.`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			c := newChecker(cmd.OutOrStdout())
			for _, path := range args {
				if report, valid := c.check(path); valid {
					fmt.Fprintf(c.out, "%s is valid (%s)\n", path, report.Digest)
					for _, advice := range report.Advice {
						fmt.Fprintf(c.out, "  note: %s\n", advice)
					}
				}
			}
			if c.found > 0 {
				return fmt.Errorf("%s in %s", count(c.found, "problem"), count(len(args), "file"))
			}
			return nil
		},
	}
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// checker shows what is wrong with files, and counts it.
type checker struct {
	out   io.Writer
	found int
	texts map[string][]string // lines of the files that were quoted
}

func newChecker(out io.Writer) *checker { return &checker{out: out, texts: make(map[string][]string)} }

// check shows what is wrong with a file, and reports whether it is valid.
func (c *checker) check(path string) (server.Report, bool) {
	report := server.Check(path)
	for _, f := range report.Findings {
		c.show(f)
	}
	c.found += len(report.Findings)
	return report, len(report.Findings) == 0
}

// show writes one finding and the line it is about.
func (c *checker) show(f server.Finding) {
	text := f.Text
	if f.Warning {
		text = "warning: " + text
	}
	if f.File == "" {
		fmt.Fprintln(c.out, text)
		return
	}
	if f.Line == 0 {
		fmt.Fprintf(c.out, "%s: %s\n", f.File, text)
		return
	}
	fmt.Fprintf(c.out, "%s:%d:%d: %s\n", f.File, f.Line, f.Column, text)
	if lines := c.lines(f.File); f.Line <= len(lines) {
		quote(c.out, f.Line, column(f), lines[f.Line-1])
	}
}

// column is the offset of a finding in its line.
func column(f server.Finding) int {
	if f.Line == 1 {
		return f.Column
	}
	return f.Column - 1
}

// lines are those of a file, read once. There are none when it cannot be read any more.
func (c *checker) lines(path string) []string {
	lines, known := c.texts[path]
	if !known {
		if text, err := os.ReadFile(path); err == nil {
			lines = strings.Split(string(text), "\n")
		}
		c.texts[path] = lines
	}
	return lines
}
