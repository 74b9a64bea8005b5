package tool

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/config"
)

func newConfigSchema() *cobra.Command {
	var asJSON, markdown, supported bool
	cmd := &cobra.Command{
		Use:   "schema [KEY]",
		Short: "List all configuration keys",
		Long: `Lists every key of nats-server: its type, its default, whether a reload applies it, its other names, and whether Sinew has it
yet. KEY is a part of a name.

With --json it writes a JSON Schema instead, with which editors complete and check configuration files that are written as
JSON.`,
		Example: `  sinew config schema max_
  sinew config schema --json > sinew.schema.json`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asJSON {
				if len(args) > 0 || supported {
					return usage(cmd, errors.New("--json lists all keys"))
				}
				return writeJSON(cmd.OutOrStdout(), config.Schema())
			}
			part := strings.ToLower(strings.Join(args, ""))
			show := schemaTable
			if markdown {
				show = schemaMarkdown
			}
			return show(cmd.OutOrStdout(), func(k config.Key) bool {
				return strings.Contains(strings.ToLower(k.Name+" "+strings.Join(k.Aliases, " ")), part) && (k.Supported || !supported)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON Schema")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write a Markdown table")
	cmd.Flags().BoolVar(&supported, "supported", false, "leave out keys that Sinew does not have yet")
	return cmd
}

// state is what the column STATE says.
func state(k config.Key) string {
	if k.Supported {
		return "supported"
	}
	return "later"
}

var errNoKey = errors.New("no key has that in its name")

func schemaTable(w io.Writer, chosen func(config.Key) bool) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tTYPE\tDEFAULT\tRELOAD\tSINCE\tSTATE\tMEANING")
	found := false
	for _, k := range config.Keys() {
		if !chosen(k) {
			continue
		}
		found = true
		meaning := k.Meaning
		if len(k.Aliases) > 0 {
			meaning = strings.TrimPrefix(meaning+"; also "+strings.Join(k.Aliases, ", "), "; ")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Name, k.Type, k.Default, k.Reloadable, k.Since, state(k), meaning)
	}
	if !found {
		return errNoKey
	}
	return table.Flush()
}

// schemaMarkdown is what docs/configuration-keys.md holds.
func schemaMarkdown(w io.Writer, chosen func(config.Key) bool) error {
	rows := ""
	for _, k := range config.Keys() {
		if !chosen(k) {
			continue
		}
		names := "`" + k.Name + "`"
		for _, alias := range k.Aliases {
			names += ", `" + alias + "`"
		}
		cells := []string{names, k.Type, k.Default, k.Reloadable, k.Since, state(k), k.Meaning}
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "|", "\\|")
			if i > 0 { // not a tag
				cells[i] = strings.ReplaceAll(cells[i], "<", "\\<")
			}
		}
		rows += "| " + strings.Join(cells, " | ") + " |\n"
	}
	if rows == "" {
		return errNoKey
	}
	_, err := fmt.Fprint(w, "| Key | Type | Default | Reload | Since | State | Meaning |\n|---|---|---|---|---|---|---|\n", rows)
	return err
}
