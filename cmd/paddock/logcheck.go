package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"paddock/backup"
	"paddock/disk"
	"paddock/inspect"
	"paddock/snap"
	"paddock/wal"
)

func logVerifyCommand() *cobra.Command {
	w, output, snapshots := where{}, "", ""
	cmd := &cobra.Command{
		Use:   "verify FILE... | DIR [--snapshots DIR] | --config zoo.cfg",
		Short: "Tell whether log files are whole, and where they are not.",
		Long: `Tell of each log file how many transactions it holds, from which to which zxid, and where it ends: whole, with a torn end as a
crash leaves it, or damaged. A directory, or --config, is judged as a server does at its start, behind the newest whole snapshot;
a file is judged by itself, and so is a folder of logs without snapshots, unless --snapshots names theirs (dataLogDir and dataDir of
one server). Nothing is changed, and a server may be running.

Exit codes: 0 if all is well (a torn end is none of a server's worries); 1 if there is damage, be it in a file that no server needs;
2 if there is nothing to look at.`,
		Example: "  paddock log verify /data/version-2/log.1a\n  paddock log verify /data\n" +
			"  paddock log verify /logs --snapshots /data\n  paddock log verify --config /etc/zookeeper/conf/zoo.cfg",
	}
	w.flags(cmd.Flags())
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	cmd.Flags().StringVar(&snapshots, "snapshots", "", "data directory whose snapshots the logs in DIR continue")
	return tool(cmd, func(cmd *cobra.Command, args []string) error {
		asJSON, err := checkOutput(cmd, output)
		if err != nil {
			return err
		}
		fs, done := showFiles("reading", false)
		verdicts, err := logVerdicts(cmd, fs, &w, args, snapshots)
		done()
		if err != nil {
			return err
		}
		return tellVerdicts(cmd, verdicts, asJSON)
	})
}

// logVerdicts judges what the command line names.
func logVerdicts(cmd *cobra.Command, fs disk.FS, w *where, args []string, snapshots string) ([]inspect.LogVerdict, error) {
	if w.given() {
		if len(args) > 0 {
			return nil, usagef(cmd, "%s: files do not go with --config and --dataDir", args[0])
		}
		if snapshots != "" {
			return nil, usagef(cmd, "--snapshots goes with a folder of logs: --config and --dataDir name the snapshots themselves")
		}
		_, v, err := verdictOf(cmd, fs, w, "", "")
		return []inspect.LogVerdict{v}, err
	}
	if len(args) == 0 {
		return nil, usagef(cmd, "a log file is needed, or a data directory")
	}
	var all []inspect.LogVerdict
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, &usageError{cmd, err}
		}
		var v inspect.LogVerdict
		switch {
		case info.IsDir():
			_, v, err = verdictOf(cmd, fs, w, arg, snapshots)
		case snapshots != "":
			return nil, usagef(cmd, "%s: --snapshots goes with a folder of logs, not with a file", arg)
		default:
			v, err = inspect.VerifyLog(fs, arg)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// verdictOf judges the log of a data directory, and says in which folder it is. A folder of logs alone is judged by itself, unless
// snapshots is the data directory of theirs.
func verdictOf(cmd *cobra.Command, fs disk.FS, w *where, dir, snapshots string) (logDir string, v inspect.LogVerdict, err error) {
	snapDir := ""
	if dir != "" {
		logDir = versionFolder(dir)
		if err := needFolder(cmd, logDir); err != nil {
			return "", v, err
		}
		if snapDir, err = snapshotsOf(cmd, fs, logDir, snapshots); err != nil {
			return "", v, err
		}
	} else {
		cfg, err := w.resolve(cmd)
		if err != nil {
			return "", v, err
		}
		snapDir, logDir = folders(cfg)
		for _, dir := range []string{snapDir, logDir} {
			if err := needFolder(cmd, dir); err != nil {
				return "", v, err
			}
		}
	}
	v, err = inspect.VerifyLogs(fs, logDir, snapDir)
	return logDir, v, err
}

// snapshotsOf finds the folder of the snapshots that the logs of a folder continue: the one that is named, or else the same; "" if
// there are none in it.
func snapshotsOf(cmd *cobra.Command, fs disk.FS, logDir, named string) (string, error) {
	dir := logDir
	if named != "" {
		dir = versionFolder(named)
		if err := needFolder(cmd, dir); err != nil {
			return "", err
		}
	}
	files, err := snap.List(fs, dir)
	switch {
	case err == nil && len(files) > 0:
		return dir, nil
	case named != "":
		return "", usagef(cmd, "--snapshots: %s holds no snapshot", dir)
	}
	return "", nil
}

func tellVerdicts(cmd *cobra.Command, verdicts []inspect.LogVerdict, asJSON bool) error {
	out := cmd.OutOrStdout()
	var bad error
	for i := range verdicts {
		v := &verdicts[i]
		if d := v.Damage(); d != nil {
			bad = fmt.Errorf("%w: %s at byte %d; 'paddock log repair' shows what can be done where a server needs it",
				errDamage, d.File, d.Offset)
		}
		if asJSON {
			continue
		}
		if _, err := fmt.Fprint(out, v.Text()); err != nil {
			return err
		}
	}
	if asJSON {
		to := json.NewEncoder(out)
		to.SetIndent("", "  ")
		return errors.Join(bad, to.Encode(verdicts))
	}
	return bad
}

func logRepairCommand() *cobra.Command {
	w, yes := where{}, false
	cmd := &cobra.Command{
		Use:   "repair [-y] DIR | --config zoo.cfg",
		Short: "Cut a damaged log off where the damage begins, and keep what is cut.",
		Long: `Show where the log of a data directory is damaged and which transactions a repair gives up, then, if the user agrees, end the log
there. What is cut off stays in files paddock.cut.… beside the log. The transactions in it were acknowledged to clients: restore
a backup instead where there is one. No server may be running.

Exit codes: 0 if the log is whole now; 1 if it is damaged and was left so; 2 if there is nothing to look at.`,
		Example: "  paddock log repair /data\n  paddock log repair -y --config /etc/zookeeper/conf/zoo.cfg",
	}
	w.flags(cmd.Flags())
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return tool(cmd, func(cmd *cobra.Command, args []string) error {
		dir := ""
		switch {
		case len(args) > 1 || len(args) == 1 && w.given():
			return usagef(cmd, "one directory is needed, or --config")
		case len(args) == 1:
			dir = args[0]
		}
		return repair(cmd, &w, dir, yes)
	})
}

// repair goes on until nothing is damaged: what the first cut lays bare may be so too.
func repair(cmd *cobra.Command, w *where, dir string, yes bool) error {
	logDir, v, err := verdictOf(cmd, disk.OS{}, w, dir, "")
	if err != nil {
		return err
	}
	if snapshots, err := snap.List(disk.OS{}, logDir); dir != "" && (err != nil || len(snapshots) == 0) {
		return usagef(cmd, "%s holds no snapshots, so what its log is needed for cannot be told: name both folders, with --config "+
			"or with --dataDir and --dataLogDir", logDir)
	}
	lock, err := backup.Lock(logDir)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // nothing was written to it
	ask := answers(cmd.InOrStdin())
	for {
		if _, v, err = verdictOf(cmd, disk.OS{}, w, dir, ""); err != nil {
			return err
		}
		rep := v.Report
		if rep.Damage == nil {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: the log is whole up to zxid 0x%x.\n", logDir, uint64(rep.LastZxid))
			return err
		}
		if _, err := fmt.Fprint(cmd.OutOrStdout(), repairText(&rep)); err != nil {
			return err
		}
		if !yes {
			note(cmd, "Cut the log there? (yes/no)")
			if letter, ok := ask(); !ok || letter|0x20 != 'y' {
				return fmt.Errorf("%w: %w", errDamage, errNotDone)
			}
		}
		kept, err := wal.Repair(wal.Config{Dir: logDir}, rep)
		for _, path := range kept {
			if _, outErr := fmt.Fprintf(cmd.OutOrStdout(), "Kept in %s.\n", path); outErr != nil {
				return errors.Join(err, outErr)
			}
		}
		if err != nil {
			return err
		}
	}
}

// repairText says what a repair costs.
func repairText(rep *wal.Report) string {
	var b strings.Builder
	d, l := rep.Damage, &rep.Lost
	fmt.Fprintf(&b, "%s is damaged at byte %d: expected %s, found %s.\n", d.File, d.Offset, d.Expected, d.Found)
	fmt.Fprintf(&b, "The log is good up to zxid 0x%x. From there on %d bytes would be cut off", uint64(rep.LastZxid), l.Bytes)
	if len(l.Files) > 0 {
		fmt.Fprintf(&b, ", with %d later files", len(l.Files))
		for _, path := range l.Files {
			b.WriteString(" " + filepath.Base(path))
		}
	}
	b.WriteString(".\n")
	if l.Records > 0 {
		fmt.Fprintf(&b, "In them are %d whole transactions, zxid 0x%x to 0x%x, which clients were told were safe.\n",
			l.Records, uint64(l.FirstZxid), uint64(l.LastZxid))
	}
	return b.String()
}
