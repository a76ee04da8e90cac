// Command paddock is a ZooKeeper server and its tools in one binary.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"paddock/config"
	"paddock/server"
)

// version is Paddock's own; zookeeperVersion is the release of Apache ZooKeeper whose behaviour it has.
const (
	version          = "0.1.0"
	zookeeperVersion = "3.9.5"
)

// buildDate is set by the linker (see Makefile).
var buildDate = "an unknown date" //nolint:gochecknoglobals // the linker can set nothing else

// Exit codes, as ZooKeeper has them (ExitCode, 3.9.5).
const (
	exitUnexpected = 1
	exitArguments  = 2
	exitDataDir    = 3
)

func main() {
	root := &cobra.Command{
		Use:           "paddock",
		Short:         "Paddock is a drop-in ZooKeeper server in one binary.",
		Version:       version + " (serves as ZooKeeper " + zookeeperVersion + ")",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(serverCommand(), benchCommand())
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "paddock:", err)
		os.Exit(exitCode(err))
	}
}

func exitCode(err error) int {
	var badConfig *config.Error
	var badDir *server.DataDirError
	switch {
	case errors.As(err, &badConfig):
		return exitArguments
	case errors.As(err, &badDir):
		return exitDataDir
	default:
		return exitUnexpected
	}
}
