package tool

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/version"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "sinew %s (speaks NATS %s)\n", version.Version(), version.Speaks)
			if commit := version.Commit(); commit != "" {
				fmt.Fprintf(out, "commit %s, %s\n", commit, runtime.Version())
			}
			return nil
		},
	}
}
