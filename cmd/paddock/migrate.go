package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"paddock/migrate"
)

// exitUnchecked is the exit code of a check that could not look at everything.
const exitUnchecked = 3

// migrateVerb are the options of paddock migrate check.
type migrateVerb struct {
	asJSON   bool
	patience time.Duration
}

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Take the place of a ZooKeeper: what would be the same, and what not.",
	}
	cmd.AddCommand(migrateCheckCommand())
	return cmd
}

func migrateCheckCommand() *cobra.Command {
	m := &migrateVerb{}
	cmd := &cobra.Command{
		Use:   "check [--json] zoo.cfg",
		Short: "Look at an installation of ZooKeeper, running or not, and change nothing.",
		Long: `Read an installation of ZooKeeper, and say what becomes of it with Paddock: the configuration with java.env beside it, what only
Debian's init script (conf/environment, /etc/default/zookeeper) or the running process knows, the data as a server loads it, who
owns the files, the free space, and what answers on the port. Nothing is written. Run it as root, or as ZooKeeper's user.

Exit codes: 0, nothing would be noticed; 1, Paddock would start, and something would not be the same; 2, Paddock would not
start, or must not (an ensemble, damage); 3, something could not be looked at.`,
		Example: "  paddock migrate check /etc/zookeeper/conf/zoo.cfg\n  paddock migrate check --json /opt/zookeeper/conf/zoo.cfg | jq .verdict",
	}
	f := cmd.Flags()
	f.BoolVar(&m.asJSON, "json", false, "for programs")
	f.DurationVar(&m.patience, "patience", 5*time.Second, "how long a running server may take to answer")
	return tool(cmd, m.run)
}

func (m *migrateVerb) run(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef(cmd, "one zoo.cfg is needed, found %d arguments", len(args))
	}
	fs, done := showFiles("check", false)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	report, err := migrate.Check(ctx, migrate.Source{
		ZooCfg: args[0], Environ: os.Environ(), InitFiles: migrate.DebianFiles(args[0]), FS: fs, Proc: "/proc", Now: time.Now,
		Patience: m.patience,
	})
	done()
	if err != nil {
		return err
	}
	write := report.WriteText
	if m.asJSON {
		write = report.WriteJSON
	}
	if err := write(cmd.OutOrStdout()); err != nil {
		return err
	}
	code := map[migrate.Level]int{
		migrate.Refused: exitArguments, migrate.Unchecked: exitUnchecked, migrate.Different: exitWarnings,
	}[report.Verdict]
	if code == 0 {
		return nil
	}
	return &configError{code, report.Sentence()}
}
