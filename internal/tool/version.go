package tool

import (
	"cmp"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/version"
)

// build is what `sinew version --json` says.
type build struct {
	Version string `json:"version"`
	NATS    string `json:"nats_version"` // whose behaviour we have
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func newVersion() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Print the version of Sinew, and that of NATS whose behaviour it has.",
		Example: "  sinew version\n  sinew version --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			b := build{version.Version(), version.Speaks, version.Commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH}
			if asJSON {
				return writeJSON(out, b)
			}
			_, err := fmt.Fprintf(out, "sinew %s (speaks NATS %s)\ncommit %s, %s, %s/%s\n",
				b.Version, b.NATS, cmp.Or(b.Commit, "unknown"), b.Go, b.OS, b.Arch)
			return err
		},
	}
	cmd.Flags().BoolVarP(&asJSON, "json", "j", false, "print it in JSON")
	return unconnected(cmd)
}
