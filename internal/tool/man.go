package tool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sinew.dev/sinew/internal/version"
	"sinew.dev/sinew/server"
)

// newMan makes the command that packagers run: it writes the man pages. They are our own work and not cobra's, whose
// generator would add two parsers, for Markdown and YAML, to every server.
func newMan() *cobra.Command {
	return unconnected(&cobra.Command{
		Use:     "man FOLDER",
		Short:   "Write the man pages",
		Long:    "Write the man pages of the server and of all commands into a folder, for packages.",
		Example: "  sinew man share/man/man1",
		Hidden:  true,
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("make the folder: %w", err)
			}
			// The commands of our own process have parsed flags by now.
			root := newRoot()
			finish(root)
			return writePages(root, args[0])
		},
	})
}

// writePages writes the page of cmd and those of the commands below it.
func writePages(cmd *cobra.Command, folder string) error {
	path := filepath.Join(folder, pageName(cmd)+".1")
	if err := os.WriteFile(path, []byte(manPage(cmd)), 0o644); err != nil {
		return fmt.Errorf("write the man page: %w", err)
	}
	for _, below := range shownBelow(cmd) {
		if err := writePages(below, folder); err != nil {
			return err
		}
	}
	return nil
}

// shownBelow are the commands below cmd that have a page.
func shownBelow(cmd *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for _, below := range cmd.Commands() {
		if !below.Hidden && below.Name() != "help" {
			list = append(list, below)
		}
	}
	return list
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is the page of one command, in the man macros of troff.
func manPage(cmd *cobra.Command) string {
	hideConnection(cmd)
	page := &troff{}
	page.macro("TH", strings.ToUpper(pageName(cmd)), "1", "", "Sinew "+version.Version(), "Sinew")
	page.section("NAME")
	page.text(pageName(cmd) + " - " + cmd.Short)
	page.section("SYNOPSIS")
	if cmd.HasParent() {
		page.literal(cmd.UseLine())
	} else {
		page.literal("sinew [SERVER FLAGS]\nsinew COMMAND [FLAGS]")
	}
	page.section("DESCRIPTION")
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	page.text(long)
	if len(cmd.Aliases) > 0 {
		page.macro("PP")
		page.text("Other names: " + strings.Join(cmd.Aliases, ", ") + ".")
	}
	if below := shownBelow(cmd); len(below) > 0 {
		page.section("COMMANDS")
		for _, one := range below {
			page.item(one.Name(), one.Short)
		}
	}
	page.flags("OPTIONS", cmd.NonInheritedFlags())
	page.flags("CONNECTION OPTIONS", cmd.InheritedFlags())
	if cmd.Example != "" {
		page.section("EXAMPLES")
		page.literal(cmd.Example)
	}
	if !cmd.HasParent() {
		page.section("SERVER FLAGS")
		page.literal(serverUsage())
		page.section("FILES")
		page.item("~/.config/nats/context/NAME.json", "a saved context; $XDG_CONFIG_HOME stands in for ~/.config")
		page.item("~/.config/nats/context.txt", "the name of the selected context")
	}
	page.section("EXIT STATUS")
	page.item("0", "success")
	page.item("1", "the command was understood, and did not succeed")
	page.item("2", "the command line was not understood")
	page.section("SEE ALSO")
	page.text(seeAlso(cmd))
	return page.out.String()
}

func seeAlso(cmd *cobra.Command) string {
	var list []string
	if cmd.HasParent() {
		list = append(list, pageName(cmd.Parent())+"(1)")
	}
	for _, below := range shownBelow(cmd) {
		list = append(list, pageName(below)+"(1)")
	}
	return strings.Join(list, ", ")
}

// serverUsage is the help of the server, which has flags of another style.
func serverUsage() string {
	var text strings.Builder
	server.Main([]string{"--help"}, &text, &text)
	return strings.ReplaceAll(text.String(), "nats-server", "sinew")
}

// troff writes text with the man macros.
type troff struct{ out strings.Builder }

func (t *troff) macro(name string, args ...string) {
	t.out.WriteString("." + name)
	for _, arg := range args {
		t.out.WriteString(` "` + strings.ReplaceAll(escaped(arg), `"`, `\(dq`) + `"`)
	}
	t.out.WriteByte('\n')
}

func (t *troff) section(title string) { t.macro("SH", title) }

// text writes paragraphs; lines that are indented stay as they are.
func (t *troff) text(text string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			t.macro("PP")
		}
		if strings.HasPrefix(paragraph, " ") || strings.HasPrefix(paragraph, "\t") {
			t.literal(paragraph)
			continue
		}
		t.out.WriteString(escaped(paragraph) + "\n")
	}
}

// literal writes lines as they are.
func (t *troff) literal(text string) {
	t.macro("nf")
	t.out.WriteString(escaped(strings.Trim(text, "\n")) + "\n")
	t.macro("fi")
}

// item writes a term, in bold, and what it means.
func (t *troff) item(term, meaning string) {
	t.macro("TP")
	t.out.WriteString(`\fB` + escaped(term) + `\fR` + "\n" + escaped(meaning) + "\n")
}

func (t *troff) flags(title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	t.section(title)
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden {
			return
		}
		term := "--" + flag.Name
		if flag.Shorthand != "" {
			term = "-" + flag.Shorthand + ", " + term
		}
		value, meaning := pflag.UnquoteUsage(flag)
		if value != "" {
			term += " " + value
		}
		t.item(term, meaning)
	})
}

// escaped is text that means nothing to troff, in ASCII: troff reads no other encoding by itself.
func escaped(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			out.WriteString(`\e`)
		case r == '-':
			out.WriteString(`\-`)
		case r > '~':
			fmt.Fprintf(&out, `\[u%04X]`, r)
		default:
			out.WriteRune(r)
		}
	}
	lines := strings.Split(out.String(), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
