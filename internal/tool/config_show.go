package tool

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/config"
)

func newConfigShow() *cobra.Command {
	var asJSON, set bool
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show what holds under a configuration file, and where it comes from",
		Long: `Shows every key with its value: the default, or what the file or one that it includes says, with the place.

Of secrets only the kind is shown. Sizes are bytes.`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loadConfig(cmd, args[0])
			if err != nil {
				return err
			}
			settings := c.Settings()
			if set {
				settings = onlySet(settings)
			}
			if asJSON {
				return showJSON(cmd.OutOrStdout(), c, settings)
			}
			return showText(cmd.OutOrStdout(), c, settings)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "show JSON")
	cmd.Flags().BoolVar(&set, "set", false, "leave out what has its default")
	return cmd
}

func onlySet(all []config.Setting) []config.Setting {
	var list []config.Setting
	for _, s := range all {
		if s.Position.IsValid() {
			list = append(list, s)
		}
	}
	return list
}

// origin says where a setting comes from.
func origin(s config.Setting) string {
	if !s.Position.IsValid() {
		return "default"
	}
	return fmt.Sprintf("%s:%d", s.Position.File, s.Position.Line)
}

func showText(w io.Writer, c *config.Config, settings []config.Setting) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# %s (%s)\n", c.File, c.Digest)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range settings {
		text, err := valueText(s.Value)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.Key, origin(s), text)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return out.Flush()
}

// valueText is a value on one line. Strings have quotes, so that none is different from an empty one.
func valueText(v any) (string, error) {
	text, err := json.Marshal(v)
	return printable(string(text)), err
}

// shownSetting is one entry of the JSON output.
type shownSetting struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
	// Source is "default", or "file" with its place.
	Source string `json:"source"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
}

func showJSON(w io.Writer, c *config.Config, settings []config.Setting) error {
	doc := struct {
		File     string         `json:"file"`
		Digest   string         `json:"digest"`
		Settings []shownSetting `json:"settings"`
	}{File: c.File, Digest: c.Digest, Settings: []shownSetting{}}
	for _, s := range settings {
		one := shownSetting{Key: s.Key, Value: s.Value, Source: "default"}
		if s.Position.IsValid() {
			one.Source, one.File, one.Line = "file", s.Position.File, s.Position.Line
		}
		doc.Settings = append(doc.Settings, one)
	}
	return writeJSON(w, doc)
}
