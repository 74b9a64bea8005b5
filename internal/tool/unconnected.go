package tool

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// withoutConnection marks commands that connect to no server, so that the flags for that are none of theirs.
const withoutConnection = "without connection"

// unconnected marks cmd as one that connects to no server, and returns it.
func unconnected(cmd *cobra.Command) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = make(map[string]string)
	}
	cmd.Annotations[withoutConnection] = "yes"
	return cmd
}

// hideConnection leaves the connection's flags out of the help of a command that has no use for them. It also makes the
// help of switches "--raw", where the library writes "--raw[=true|false]".
func hideConnection(cmd *cobra.Command) {
	hide := cmd.Annotations[withoutConnection] != ""
	cmd.Root().PersistentFlags().VisitAll(func(flag *pflag.Flag) { flag.Hidden = hide })
	for _, flags := range []*pflag.FlagSet{cmd.LocalFlags(), cmd.InheritedFlags()} {
		flags.VisitAll(func(flag *pflag.Flag) {
			if flag.Value.Type() == "bool" {
				flag.Value = switchValue{flag.Value}
			}
		})
	}
}

// switchValue is a truth value that does not say that it takes a value. It is for showing flags, after they are parsed.
type switchValue struct{ pflag.Value }

// checkConnects refuses the connection's flags where they would do nothing.
func checkConnects(cmd *cobra.Command, _ []string) error {
	if cmd.Annotations[withoutConnection] == "" {
		return nil
	}
	var wrong error
	cmd.Root().PersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if flag.Changed && wrong == nil {
			wrong = usage(cmd, fmt.Errorf("--%s means nothing to %s", flag.Name, cmd.Name()))
		}
	})
	return wrong
}
