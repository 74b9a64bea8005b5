package tool

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sinew.dev/sinew/internal/tool/contexts"
)

// contextAdd is the command `sinew context add`.
type contextAdd struct {
	*connection
	description, domain, apiPrefix, eventPrefix string
	selected, embed                             bool
}

func newContextAdd(link *connection) *cobra.Command {
	a := &contextAdd{connection: link}
	cmd := &cobra.Command{
		Use:     "add NAME",
		Aliases: []string{"create", "save"},
		Short:   "Make a context, or change one",
		Long: `Make a context out of the flags that are given, or change what they say in the one of that name. A flag with an empty
value removes what was there. The environment does not count here.

Credentials are saved as the names of their files; --embed saves the files themselves. --creds, --nkey, --jwt and --seed
take a file, file://FILE or env://VARIABLE.`,
		Example: `  sinew context add local --server nats://127.0.0.1:4222 --description "this machine" --select
  sinew context add prod --server tls://nats.example.com --creds ~/prod.creds
  sinew context add prod --inbox-prefix _INBOX.joe`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: completeContext,
		RunE:              a.run,
	}
	flags := cmd.Flags()
	flags.StringVar(&a.description, "description", "", "what it is, for people")
	flags.StringVar(&a.domain, "js-domain", "", "JetStream `domain`")
	flags.StringVar(&a.apiPrefix, "js-api-prefix", "", "subject `prefix` of the JetStream API")
	flags.StringVar(&a.eventPrefix, "js-event-prefix", "", "subject `prefix` of JetStream's events")
	flags.BoolVar(&a.embed, "embed", false, "save credentials, not the names of their files")
	flags.BoolVar(&a.selected, "select", false, "make it the context that commands use")
	return cmd
}

// contextFlags are flags of `sinew context add` that are not connection flags, and their keys.
var contextFlags = []source{
	{flag: "description", key: "description"},
	{flag: "js-domain", key: "jetstream_domain"},
	{flag: "js-api-prefix", key: "jetstream_api_prefix"},
	{flag: "js-event-prefix", key: "jetstream_event_prefix"},
}

func (a *contextAdd) run(cmd *cobra.Command, args []string) error {
	name := args[0]
	if err := contexts.CheckName(name); err != nil {
		return usage(cmd, err)
	}
	flags := cmd.Flags()
	for _, flag := range []string{"context", "no-context", "timeout", "connection-name"} {
		if flags.Changed(flag) {
			return usage(cmd, fmt.Errorf("--%s is nothing that a context says", flag))
		}
	}
	if err := a.check(flags); err != nil {
		return usage(cmd, err)
	}
	store, err := contexts.Open()
	if err != nil {
		return err
	}
	saved, err := store.Load(name)
	if errors.Is(err, contexts.ErrNotFound) {
		saved, err = &contexts.Context{}, nil
	}
	if err != nil {
		return err
	}
	if err := a.fill(flags, saved); err != nil {
		return err
	}
	if err := store.Save(name, saved); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Saved context %q in %s\n", name, store.Path(name))
	if !a.selected {
		return nil
	}
	if err := store.Select(name); err != nil {
		return err
	}
	return sayContext(cmd, store, name)
}

// fill writes the flags that were given into a context.
func (a *contextAdd) fill(flags *pflag.FlagSet, saved *contexts.Context) error {
	if decidedBy(flags) != "" {
		// A context says in one way who we are.
		for _, s := range sources {
			if isIdentity(s.flag) && !(s.flag == "password" && flags.Changed("user")) {
				if err := saved.Set(s.key, ""); err != nil {
					return err
				}
			}
		}
	}
	for _, s := range append(contextFlags, sources...) {
		if s.key == "" || !flags.Changed(s.flag) {
			continue
		}
		value := flags.Lookup(s.flag).Value.String()
		var err error
		if value, err = a.saved(s.flag, value); err != nil {
			return err
		}
		if err := saved.Set(s.key, value); err != nil {
			return err
		}
	}
	return nil
}

// saved is a flag's value as the file has it: file names do not depend on where we are.
func (a *contextAdd) saved(flag, value string) (string, error) {
	switch flag {
	case "tlscert", "tlskey", "tlsca", "creds", "nkey", "jwt", "seed":
	default:
		return value, nil
	}
	if value == "" || strings.HasPrefix(value, "data:") || strings.Contains(value, "://") || isBare(value) {
		if !a.embed || value == "" {
			return value, nil
		}
	}
	if a.embed && !strings.HasPrefix(flag, "tls") {
		text, err := secretText("--"+flag, value)
		if err != nil {
			return "", err
		}
		return "data:;base64," + base64.StdEncoding.EncodeToString(append(text, '\n')), nil
	}
	return filepath.Abs(expandHome(value))
}

func newContextCopy() *cobra.Command {
	var description string
	var selected bool
	cmd := &cobra.Command{
		Use:               "copy FROM NAME",
		Aliases:           []string{"cp"},
		Short:             "Copy a context",
		Args:              usageArgs(cobra.ExactArgs(2)),
		ValidArgsFunction: completeContext,
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := contexts.Open()
			if err != nil {
				return err
			}
			saved, err := store.Load(args[0])
			if err != nil {
				return err
			}
			if store.Has(args[1]) {
				return fmt.Errorf("there is a context %q already; remove it first with \"sinew context rm %s\"", args[1], args[1])
			}
			if cmd.Flags().Changed("description") {
				if err := saved.Set("description", description); err != nil {
					return err
				}
			}
			if err := store.Save(args[1], saved); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "Copied context %q to %q\n", args[0], args[1])
			if !selected {
				return nil
			}
			if err := store.Select(args[1]); err != nil {
				return err
			}
			return sayContext(cmd, store, args[1])
		},
	}
	cmd.Flags().StringVar(&description, "description", "", "what the copy is, for people")
	cmd.Flags().BoolVar(&selected, "select", false, "make the copy the context that commands use")
	return cmd
}

func newContextRemove() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:               "rm NAME",
		Aliases:           []string{"remove"},
		Short:             "Remove a context",
		Long:              "Remove a context, after asking. The files that it names stay.",
		Args:              usageArgs(oneContext),
		ValidArgsFunction: completeContext,
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := contexts.Open()
			if err != nil {
				return err
			}
			if !store.Has(args[0]) {
				_, err := store.Load(args[0])
				return err
			}
			if !force {
				if err := confirm(cmd, fmt.Sprintf("Remove context %q?", args[0])); err != nil {
					return err
				}
			}
			if err := store.Remove(args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "Removed context %q\n", args[0])
			return nil
		},
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "do not ask")
	return cmd
}

// confirm asks the person at the terminal. Without one the answer must be given by --force.
func confirm(cmd *cobra.Command, question string) error {
	if !isTerminal(cmd.InOrStdin()) {
		return errors.New("there is no terminal to ask on; say --force")
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s [y/N] ", question)
	answer, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 1<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}
