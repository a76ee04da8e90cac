package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"paddock/admin"
	"paddock/cli"
)

// cliCommand is the shell. It takes Apache's arguments, so cobra reads none of them.
func cliCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cli [-server host:port[,host:port][/chroot]] [command]",
		Short: "Look into a running ZooKeeper server and change it: a shell.",
		Example: "  paddock cli -server 127.0.0.1:2181\n" +
			"  paddock cli -server 127.0.0.1:2181 get -s /config\n" +
			"  paddock cli --output json tree /services",
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			status := cli.Run(cli.Options{
				Args: args, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Now: time.Now,
				Version: admin.Version(zookeeperVersion, version, buildDate),
			})
			if status != 0 {
				return &shellError{status}
			}
			return nil
		},
	}
}

// shellError carries the shell's status; the shell has said why.
type shellError struct{ status int }

func (e *shellError) Error() string { return "" }
