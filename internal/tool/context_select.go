package tool

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/tool/contexts"
)

func newContextSelect() *cobra.Command {
	return &cobra.Command{
		Use:               "select NAME",
		Aliases:           []string{"switch", "set"},
		Short:             "Make a context the one that commands use",
		Example:           "  sinew context select local",
		Args:              usageArgs(oneContext),
		ValidArgsFunction: completeContext,
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := contexts.Open()
			if err != nil {
				return err
			}
			if err := store.Select(args[0]); err != nil {
				return err
			}
			return sayContext(cmd, store, args[0])
		},
	}
}

// oneContext asks for one name, and says which there are.
func oneContext(_ *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	if len(args) > 1 {
		return errors.New("name one context")
	}
	store, err := contexts.Open()
	if err != nil {
		return err
	}
	names, err := store.Names()
	if err != nil || len(names) == 0 {
		return errors.New("name a context; \"sinew context add\" makes one")
	}
	return fmt.Errorf("name a context: %s", joinNames(names))
}

// joinNames lists names as a person would.
func joinNames(names []string) string {
	var list string
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			list += " or "
		default:
			list += ", "
		}
		list += name
	}
	return list
}

// sayContext says which context is in use from now on.
func sayContext(cmd *cobra.Command, store *contexts.Store, name string) error {
	saved, err := store.Load(name)
	if err != nil {
		return err
	}
	where := ""
	if url := publicURL(saved); url != "" {
		where = ": " + url
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Selected context %q%s\n", name, where)
	return nil
}

func newContextUnselect() *cobra.Command {
	return &cobra.Command{
		Use:   "unselect",
		Short: "Leave no context selected",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := contexts.Open()
			if err != nil {
				return err
			}
			was, err := store.Unselect()
			if err != nil {
				return err
			}
			if was == "" {
				fmt.Fprintln(cmd.ErrOrStderr(), "No context was selected")
				return nil
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "Unselected context %q; \"sinew context previous\" goes back to it\n", was)
			return nil
		},
	}
}

func newContextPrevious() *cobra.Command {
	return &cobra.Command{
		Use:   "previous",
		Short: "Select the context that was selected before",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := contexts.Open()
			if err != nil {
				return err
			}
			name, err := store.Previous()
			if err != nil {
				return err
			}
			return sayContext(cmd, store, name)
		},
	}
}
