package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sinew.dev/sinew/internal/tool/contexts"
)

func newContextEdit() *cobra.Command {
	return &cobra.Command{
		Use:     "edit [NAME]",
		Aliases: []string{"vi"},
		Short:   "Edit a context's file",
		Long: "Edit a context's file, by default that of the selected one, in $VISUAL or $EDITOR. The file is replaced when what\n" +
			"comes back is sound; before that nobody else sees it.",
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeContext,
		RunE: func(cmd *cobra.Command, args []string) error {
			store, name, err := chosenContext(args)
			if err != nil {
				return err
			}
			return editContext(cmd, store, name)
		},
	}
}

func editContext(cmd *cobra.Command, store *contexts.Store, name string) error {
	saved, err := store.Load(name)
	if err != nil {
		return err
	}
	draft, err := writeDraft(saved.Format())
	if err != nil {
		return err
	}
	if err := runEditor(cmd, draft); err != nil {
		os.Remove(draft)
		return err
	}
	text, err := os.ReadFile(draft)
	if err != nil {
		return fmt.Errorf("read what was edited: %w", err)
	}
	changed, err := contexts.Parse(text)
	if err != nil {
		return fmt.Errorf("context %q is as it was, for what was edited is not sound: %w; it is in %s", name, err, draft)
	}
	os.Remove(draft)
	if bytes.Equal(changed.Format(), saved.Format()) {
		fmt.Fprintf(cmd.ErrOrStderr(), "Context %q is as it was\n", name)
		return nil
	}
	if err := store.Save(name, changed); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Saved context %q in %s\n", name, store.Path(name))
	return nil
}

func writeDraft(text []byte) (string, error) {
	file, err := os.CreateTemp("", "sinew-context-*.json") // mode 0600
	if err != nil {
		return "", fmt.Errorf("write a draft: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(file.Name())
		return "", fmt.Errorf("write a draft: %w", err)
	}
	return file.Name(), nil
}

// runEditor runs the user's editor, whose variable may hold arguments: EDITOR="code --wait".
func runEditor(cmd *cobra.Command, path string) error {
	line := os.Getenv("VISUAL")
	if line == "" {
		line = os.Getenv("EDITOR")
	}
	if line == "" {
		line = "vi"
		if runtime.GOOS == "windows" {
			line = "notepad"
		}
	}
	words := append(strings.Fields(line), path)
	editor := exec.CommandContext(cmd.Context(), words[0], words[1:]...)
	editor.Stdin, editor.Stdout, editor.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	if err := editor.Run(); err != nil {
		return fmt.Errorf("edit with %q: %w; name another editor in $EDITOR", line, err)
	}
	return nil
}

func newContextValidate() *cobra.Command {
	var connect bool
	cmd := &cobra.Command{
		Use:   "validate [NAME]",
		Short: "Check a context, or all of them",
		Long: "Check a context, or all of them: that its file is sound, that credentials and certificates can be read, and with\n" +
			"--connect that its server takes us. The exit code is 1 when one is not.",
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeContext,
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := contexts.Open()
			if err != nil {
				return err
			}
			names := args
			if len(names) == 0 {
				if names, err = store.Names(); err != nil {
					return err
				}
			}
			bad := 0
			for _, name := range names {
				if err := validateContext(cmd.Context(), name, connect); err != nil {
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %v\n", name, err)
					bad++
				} else {
					fmt.Fprintf(cmd.OutOrStdout(), "%s: ok\n", name)
				}
			}
			if bad > 0 {
				return fmt.Errorf("%d of %d contexts are not sound", bad, len(names))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&connect, "connect", false, "connect to its server, too")
	return cmd
}

// validateContext does what a command with --context NAME does, up to connecting.
func validateContext(ctx context.Context, name string, connect bool) error {
	link := &connection{}
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	link.register(flags)
	if err := flags.Set("context", name); err != nil {
		return err
	}
	if err := link.fillFromContext(flags); err != nil {
		return err
	}
	if err := link.check(flags); err != nil {
		return err
	}
	options, err := link.options()
	if err != nil {
		return err
	}
	for _, path := range []string{link.tlsCert, link.tlsKey, link.tlsCA} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return err
		}
	}
	if !connect {
		return nil
	}
	nc, err := link.dial(ctx, options, "")
	if err != nil {
		return err
	}
	nc.Close()
	return nil
}
