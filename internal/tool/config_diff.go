package tool

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/config"
)

// outcomeError ends a command that did what it was asked, with an exit code that is an answer.
type outcomeError struct {
	code int
	text string
}

func (e outcomeError) Error() string { return e.text }

// exitRestart is the answer of diff that a reload would be refused.
const exitRestart = 3

func newConfigDiff() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what a reload from one file to another would change",
		Long: `Compares two configuration files as a reload does: what changes, what becomes of connections, and what needs a restart. One
change that needs a restart makes the server refuse the whole reload.

Layout, comments and the order of users make no difference. It ends with 0 when the files say the same or a reload
applies all that differs, with 3 when a restart is needed, with 1 when a file is wrong.`,
		Args: usageArgs(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			old, err := loadConfig(cmd, args[0])
			if err != nil {
				return err
			}
			fresh, err := loadConfig(cmd, args[1])
			if err != nil {
				return err
			}
			changes := config.Compare(old, fresh)
			show := diffText
			if asJSON {
				show = diffJSON
			}
			if err := show(cmd.OutOrStdout(), changes); err != nil {
				return err
			}
			if config.FirstRefusal(changes) != nil {
				return outcomeError{exitRestart, "a restart is needed"}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "show JSON")
	return cmd
}

// consequences are what a reload of an option means for connections, where it means something.
var consequences = map[string]string{
	"MaxConn":         "clients above it are closed",
	"MaxPayload":      "holds for the next message; INFO tells new clients",
	"ClientAdvertise": "connected clients get INFO again",
	"TLS":             "holds for new connections",
	"Users":           "clients are looked at again: who may not connect is closed, subscriptions not allowed end",
	"Accounts":        "clients are looked at again: who may not connect is closed, subscriptions move with their user",
	"Username":        "clients that logged in with another are closed",
	"Password":        "clients that logged in with another are closed",
	"Token":           "clients that logged in with another are closed",
	"NoAuthUser":      "clients without credentials are closed",
	"Mappings":        "holds for the next message",
	"PingInterval":    "connected clients follow it at once",
}

func diffText(w io.Writer, changes []config.Change) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintln(w, "The files say the same.")
		return err
	}
	for _, reloadable := range []bool{false, true} {
		title := "Needs a restart; a reload is refused:"
		if reloadable {
			title = "A reload applies:"
		}
		for _, c := range changes {
			if c.Reloadable != reloadable {
				continue
			}
			if title != "" {
				fmt.Fprintln(w, title)
				title = ""
			}
			diffChange(w, c)
		}
	}
	return nil
}

func diffChange(w io.Writer, c config.Change) {
	fmt.Fprintf(w, "  %s", c.Key)
	if c.Old != "" || c.New != "" {
		fmt.Fprintf(w, ": %s -> %s", orNothing(c.Old), orNothing(c.New))
	}
	if text := consequences[c.Option]; text != "" && c.Reloadable {
		fmt.Fprintf(w, "  (%s)", text)
	}
	fmt.Fprintln(w)
	for _, line := range c.Details {
		fmt.Fprintf(w, "    %s\n", printable(line))
	}
}

func orNothing(text string) string {
	if text == "" {
		return "(nothing)"
	}
	return printable(text)
}

// shownChange is one entry of the JSON output.
type shownChange struct {
	Key        string   `json:"key"`
	Reloadable bool     `json:"reloadable"`
	Old        string   `json:"old,omitempty"`
	New        string   `json:"new,omitempty"`
	Details    []string `json:"details,omitempty"`
}

func diffJSON(w io.Writer, changes []config.Change) error {
	doc := struct {
		Restart bool          `json:"restart"`
		Changes []shownChange `json:"changes"`
	}{config.FirstRefusal(changes) != nil, []shownChange{}}
	for _, c := range changes {
		doc.Changes = append(doc.Changes, shownChange{c.Key, c.Reloadable, c.Old, c.New, c.Details})
	}
	return writeJSON(w, doc)
}
