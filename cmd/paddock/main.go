// Command paddock is a ZooKeeper server and its tools in one binary.
package main

import (
	"errors"
	"fmt"
	"net"
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
	exitAdmin      = 4
)

func main() {
	root := &cobra.Command{
		Use:           "paddock",
		Short:         "Paddock is a drop-in ZooKeeper server in one binary.",
		Version:       version + " (serves as Apache ZooKeeper, version " + zookeeperVersion + ")",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(serverCommand(), statusCommand(), configCommand(), benchCommand())
	root.AddCommand(cliCommand())
	root.AddCommand(logCommand(), snapCommand(), purgeCommand(), backupCommand(), restoreCommand(), migrateCommand())
	root.AddCommand(dockerCommand())
	args, err := arguments()
	if err == nil {
		root.SetArgs(args)
		err = root.Execute()
	}
	if err != nil {
		if shell, said := errors.AsType[*shellError](err); said {
			os.Exit(shell.status)
		}
		fmt.Fprintln(os.Stderr, "paddock:", err)
		os.Exit(exitCode(err))
	}
}

func exitCode(err error) int {
	var badConfig *config.Error
	var badDir *server.DataDirError
	var badAdmin *server.AdminServerError
	var checked *configError
	var noHost *net.DNSError // ZooKeeper looks a clientPortAddress up while it reads the configuration
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		return exitArguments
	case errors.As(err, &checked):
		return checked.code
	case errors.As(err, &badConfig), errors.As(err, &noHost):
		return exitArguments
	case errors.As(err, &badDir):
		return exitDataDir
	case errors.As(err, &badAdmin):
		return exitAdmin
	default:
		return exitUnexpected
	}
}
