package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"paddock/purge"
)

// purgeVerb are the arguments of Apache's PurgeTxnLog, and ours.
type purgeVerb struct {
	w      where
	keep   int
	dryRun bool
}

func purgeCommand() *cobra.Command {
	p := &purgeVerb{}
	cmd := &cobra.Command{
		Use:   "purge dataLogDir [snapDir] -n COUNT [--dry-run] | --config zoo.cfg -n COUNT",
		Short: "Remove old snapshots and the logs that only they need, as ZooKeeper's zkCleanup.sh does.",
		Long: `Remove all snapshots but the COUNT newest whole ones, and all logs that none of these needs. The arguments are those of ZooKeeper's
PurgeTxnLog, which zkCleanup.sh runs: the directories that hold version-2. A server may be running. What a repair or a start has cut
off the log (paddock.cut.…) stays.

Exit codes: 0; 1 if a file could not be removed; 2 if the arguments make no sense.`,
		Example: "  paddock purge --config /etc/zookeeper/conf/zoo.cfg -n 3 --dry-run\n  paddock purge /datalog /data -n 5",
	}
	p.w.flags(cmd.Flags())
	cmd.Flags().IntVarP(&p.keep, "count", "n", 0, "how many snapshots to keep, 3 or more")
	cmd.Flags().BoolVar(&p.dryRun, "dry-run", false, "only print what would be removed")
	return tool(cmd, p.run)
}

func (p *purgeVerb) run(cmd *cobra.Command, args []string) error {
	if p.keep < purge.KeepMin {
		return usagef(cmd, "-n %d: %w", p.keep, purge.ErrKeep)
	}
	snapDir, logDir, err := p.dirs(cmd, args)
	if err != nil {
		return err
	}
	fs, done := showFiles("verifying", false)
	cfg := purge.Config{FS: fs, SnapDir: snapDir, LogDir: logDir, Keep: p.keep, Log: toolLog(cmd)}
	plan, err := purge.Survey(cfg)
	done()
	if err != nil {
		return err
	}
	for _, f := range plan.Broken {
		note(cmd, "%s is not whole; it does not count, and stays", f.Path)
	}
	for _, f := range plan.Aside {
		note(cmd, "%s was cut off the log and stays; remove it by hand when nobody needs it", f.Path)
	}
	return p.remove(cmd, cfg, plan)
}

// remove prints each file as Apache does, with the time of its last change.
func (p *purgeVerb) remove(cmd *cobra.Command, cfg purge.Config, plan purge.Plan) error {
	lines := map[string]string{}
	for _, f := range plan.Remove() {
		changed := time.Unix(0, 0)
		if info, err := os.Stat(f.Path); err == nil {
			changed = info.ModTime()
		}
		lines[f.Path] = changed.Format("Jan 2, 2006, 3:04:05 PM") + "\t" + f.Path
	}
	var outErr error
	say := func(what string, f purge.File) {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s file: %s\n", what, lines[f.Path])
		outErr = errors.Join(outErr, err)
	}
	if p.dryRun {
		for _, f := range plan.Remove() {
			say("Would remove", f)
		}
		return outErr
	}
	err := purge.Remove(cfg, plan, func(f purge.File) { say("Removing", f) })
	return errors.Join(err, outErr)
}

func (p *purgeVerb) dirs(cmd *cobra.Command, args []string) (snapDir, logDir string, err error) {
	if p.w.given() {
		if len(args) > 0 {
			return "", "", usagef(cmd, "%s: directories do not go with --config and --dataDir", args[0])
		}
		cfg, err := p.w.resolve(cmd)
		if err != nil {
			return "", "", err
		}
		snapDir, logDir = folders(cfg)
	} else {
		if len(args) < 1 || len(args) > 2 {
			return "", "", usagef(cmd, "dataLogDir and, if it is another one, snapDir are needed, found %d arguments", len(args))
		}
		logDir = filepath.Join(args[0], version2)
		snapDir = filepath.Join(args[len(args)-1], version2)
	}
	return snapDir, logDir, errors.Join(needFolder(cmd, snapDir), needFolder(cmd, logDir))
}
