package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/tool/contexts"
)

const contextLong = `Saved connections: which server, as whom. They are the files of the nats tool, which reads what sinew writes and the
other way round.

The selected context is used by every command, unless --context or $NATS_CONTEXT name another one or --no-context turns
it off. Flags and environment variables go before what it says.`

// newContext makes the command `sinew context` with the commands below it.
func newContext(link *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "context",
		Aliases: []string{"ctx"},
		Short:   "Save connections under a name, and select one",
		Long:    contextLong,
		Example: `  sinew context add local --server nats://127.0.0.1:4222 --description "this machine"
  sinew context select local
  sinew context ls
  sinew pub greetings hello --context local`,
		SuggestionsMinimumDistance: 2,
		Args:                       usageArgs(noCommand),
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newContextList(), newContextShow(), newContextSelect(), newContextUnselect(), newContextPrevious(),
		newContextAdd(link), newContextCopy(), newContextEdit(), newContextRemove(), newContextValidate())
	for _, below := range cmd.Commands() {
		if below.Name() != "add" {
			unconnected(below)
		}
	}
	return unconnected(cmd)
}

// completeContext completes the first argument with the names of the contexts.
func completeContext(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	store, err := contexts.Open()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return store.Complete(prefix), cobra.ShellCompDirectiveNoFileComp
}

func newContextList() *cobra.Command {
	var asJSON, names bool
	cmd := &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list", "l"},
		Short:   "List the contexts",
		Long:    "List the contexts. The selected one has a star.",
		Example: "  sinew context ls\n  sinew context ls --names",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON && names {
				return usage(cmd, errors.New("--json and --names exclude each other"))
			}
			return listContexts(cmd, asJSON, names)
		},
	}
	cmd.Flags().BoolVarP(&asJSON, "json", "j", false, "list them in JSON")
	cmd.Flags().BoolVar(&names, "names", false, "list names and nothing else")
	return cmd
}

// contextLine is one context in the list.
type contextLine struct {
	Name        string `json:"name"`
	Selected    bool   `json:"selected"`
	URL         string `json:"url"`
	Description string `json:"description"`
	Error       string `json:"error,omitempty"`
}

func listContexts(cmd *cobra.Command, asJSON, names bool) error {
	store, err := contexts.Open()
	if err != nil {
		return err
	}
	list, err := store.Names()
	if err != nil {
		return err
	}
	if len(list) == 0 && !asJSON {
		fmt.Fprintf(cmd.ErrOrStderr(), "No contexts in %s; make one with \"sinew context add\"\n", store.Dir())
		return nil
	}
	out := cmd.OutOrStdout()
	if names {
		fmt.Fprintln(out, strings.Join(list, "\n"))
		return nil
	}
	lines, err := contextLines(store, list)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(out, lines)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  NAME\tSERVERS\tDESCRIPTION")
	for _, line := range lines {
		star := " "
		if line.Selected {
			star = "*"
		}
		if line.Error != "" {
			line.Description = line.Error
		}
		fmt.Fprintln(table, strings.TrimRight(fmt.Sprintf("%s %s\t%s\t%s", star, line.Name, line.URL, line.Description), "\t"))
	}
	return table.Flush()
}

// contextLines reads the contexts. One that cannot be read is listed with why.
func contextLines(store *contexts.Store, names []string) ([]contextLine, error) {
	selected, err := store.Selected()
	if err != nil {
		return nil, err
	}
	lines := make([]contextLine, 0, len(names))
	for _, name := range names {
		line := contextLine{Name: name, Selected: name == selected}
		saved, err := store.Load(name)
		if err != nil {
			line.Error = err.Error()
		} else {
			line.URL, line.Description = publicURL(saved), saved.Text("description")
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func publicURL(saved *contexts.Context) string {
	if url := saved.Text("url"); url != "" {
		return contexts.PublicURLs(url)
	}
	return ""
}

func newContextShow() *cobra.Command {
	var asJSON, secrets bool
	cmd := &cobra.Command{
		Use:     "show [NAME]",
		Aliases: []string{"info", "view", "v"},
		Short:   "Show a context",
		Long: "Show a context, or the selected one when no name is given. Passwords, tokens, seeds and users in URLs are hidden\n" +
			"unless --secrets asks for them.",
		Example:           "  sinew context show local\n  sinew context show --json",
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeContext,
		RunE: func(cmd *cobra.Command, args []string) error {
			store, name, err := chosenContext(args)
			if err != nil {
				return err
			}
			saved, err := store.Load(name)
			if err != nil {
				return err
			}
			if !secrets {
				saved = saved.Redacted()
			}
			if asJSON {
				_, err := cmd.OutOrStdout().Write(saved.Format())
				return err
			}
			return showContext(cmd.OutOrStdout(), store, name, saved)
		},
	}
	cmd.Flags().BoolVarP(&asJSON, "json", "j", false, "show its file, in JSON")
	cmd.Flags().BoolVar(&secrets, "secrets", false, "show what is secret, too")
	return cmd
}

// chosenContext is the context in args, or else the selected one.
func chosenContext(args []string) (*contexts.Store, string, error) {
	store, err := contexts.Open()
	if err != nil {
		return nil, "", err
	}
	if len(args) > 0 {
		return store, args[0], nil
	}
	name, err := store.Selected()
	if err == nil && name == "" {
		err = errors.New("no context is selected; name one, or select one with \"sinew context select\"")
	}
	return store, name, err
}

func showContext(out io.Writer, store *contexts.Store, name string, saved *contexts.Context) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "Name:\t%s\n", name)
	for _, key := range contexts.Keys {
		if text := saved.Text(key.Name); text != "" {
			fmt.Fprintf(table, "%s:\t%s\n", key.Title, text)
		}
	}
	fmt.Fprintf(table, "File:\t%s\n", store.Path(name))
	if selected, err := store.Selected(); err == nil && selected == name {
		fmt.Fprintf(table, "Selected:\tyes\n")
	}
	return table.Flush()
}

// writeJSON writes v over several lines.
func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
