package main

import (
	"os"

	"github.com/spf13/cobra"

	"paddock/config"
)

// exitWarnings is the exit code of a check that found something to warn about, and nothing worse.
const exitWarnings = 1

// configError ends the program after a check has said everything on stdout. code is the exit code.
type configError struct {
	code int
	text string
}

func (e *configError) Error() string { return e.text }

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Say what a zoo.cfg means, without starting anything.",
	}
	cmd.AddCommand(configCheckCommand(), configPrintCommand())
	return cmd
}

func configCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [--json] [zoo.cfg | port dataDir [tickTime [maxClientCnxns]]] [-Dkey=value ...]",
		Short: "Say what a server would do with a configuration.",
		Long: "Say what `paddock server` would do with the same arguments and environment: every key with the value in effect and\n" +
			"where it was set, the warnings, the refusals, and what differs from ZooKeeper. Besides the file it reads java.env and\n" +
			"zookeeper-env.sh in its folder, and SERVER_JVMFLAGS and JVMFLAGS. It does not look at ports, nor into the data\n" +
			"directory, except for the file myid.\n\n" +
			"Exit code: 0 if the server would start, 1 if it would start with warnings, 2 if it would refuse.",
		Example:            "  paddock config check /etc/zookeeper/conf/zoo.cfg\n  paddock config check --json zoo.cfg -Dzookeeper.snapCount=1000",
		DisableFlagParsing: true, // -D words
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, args := cutFlag(args, "--json")
			if wantsHelp(args) {
				return cmd.Help()
			}
			report := config.Examine(args, os.Environ())
			write := report.WriteText
			if asJSON {
				write = report.WriteJSON
			}
			if err := write(cmd.OutOrStdout()); err != nil {
				return err
			}
			return verdict(report)
		},
	}
}

// verdict turns a report into an exit code.
func verdict(report *config.Report) error {
	switch {
	case len(report.Refusals) > 0:
		return &configError{exitArguments, "a server would not start with this configuration"}
	case len(report.Warnings) > 0:
		return &configError{exitWarnings, "a server would start with this configuration, and warn"}
	}
	return nil
}

func configPrintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "print [zoo.cfg | port dataDir [tickTime [maxClientCnxns]]] [-Dkey=value ...]",
		Short: "Print the configuration in effect as a zoo.cfg.",
		Long: "Print every key in effect as a zoo.cfg that means the same as the arguments, the environment and the files together.\n" +
			"Defaults are comments; so is what can only be set by -D, and secrets. Without arguments: what `paddock server` runs with.",
		Example:            "  paddock config print > zoo.cfg",
		DisableFlagParsing: true, // -D words
		RunE: func(cmd *cobra.Command, args []string) error {
			if wantsHelp(args) {
				return cmd.Help()
			}
			report := config.Examine(args, os.Environ())
			if len(report.Refusals) > 0 {
				return report.Refusals[0]
			}
			return report.WriteProperties(cmd.OutOrStdout())
		},
	}
}

func wantsHelp(args []string) bool { return len(args) > 0 && (args[0] == "-h" || args[0] == "--help") }

// cutFlag takes a flag out of arguments in which cobra leaves everything alone.
func cutFlag(args []string, flag string) (found bool, rest []string) {
	for _, arg := range args {
		if arg == flag {
			found = true
			continue
		}
		rest = append(rest, arg)
	}
	return found, rest
}
