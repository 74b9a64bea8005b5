package tool

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/config"
)

const configLong = `Works on configuration files without a server. What check and the others refuse is what the server would refuse.

"sinew -c FILE -t" checks in the words of nats-server; check shows the lines that are meant.`

func newConfig() *cobra.Command {
	command := &cobra.Command{
		Use:   "config",
		Short: "Check, show and compare configuration files",
		Long:  configLong,
		Args:  usageArgs(noCommand),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newConfigCheck(), newConfigShow(), newConfigDiff(), newConfigSchema())
	return command
}

// errWrongFile: what is wrong was shown already.
var errWrongFile = errors.New("the configuration is wrong; see above")

// loadConfig reads a file that must be right. Whatever is wrong with it is shown on standard error.
func loadConfig(cmd *cobra.Command, path string) (*config.Config, error) {
	if _, valid := newChecker(cmd.ErrOrStderr()).check(path); !valid {
		return nil, errWrongFile
	}
	c, _, err := config.Load(path, config.Options{})
	if err != nil {
		return nil, fmt.Errorf("read it again: %w", err)
	}
	return c, nil
}
