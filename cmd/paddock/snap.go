package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"paddock/disk"
	"paddock/inspect"
	"paddock/snap"
)

var (
	errBroken  = errors.New("damaged snapshot")
	errDiffers = errors.New("the snapshots differ")
)

// snapCommand holds the tools for snapshots.
func snapCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "snap", Short: "Print, verify and compare snapshots."}
	cmd.AddCommand(snapDumpCommand(), snapVerifyCommand(), snapCompareCommand(), snapSummaryCommand())
	return cmd
}

func snapDumpCommand() *cobra.Command {
	data, asJSON := false, false
	cmd := &cobra.Command{
		Use:   "dump [-d | -json] FILE",
		Short: "Print the znodes and sessions of a snapshot, as ZooKeeper's zkSnapShotToolkit.sh does.",
		Long: `Print the znodes and sessions of a snapshot, with the options and the output of ZooKeeper's zkSnapShotToolkit.sh. Plain files,
.gz and .snappy are read. Times are in the zone that TZ names. A snapshot that was written while the tree changed holds znodes of
different moments; only the log behind it makes a state of them.

Exit codes: 0; 1 if the snapshot is damaged; 2 if there is nothing to look at.`,
		Example: "  paddock snap dump /data/version-2/snapshot.1a\n  paddock snap dump -json /data/version-2/snapshot.1a | ncdu -f -",
	}
	cmd.Flags().BoolVarP(&data, "data", "d", false, "print the data of each znode in base64, not its length")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the names and sizes of the znodes as JSON, in the form that ncdu reads")
	return tool(cmd, func(cmd *cobra.Command, args []string) error {
		if data && asJSON {
			return usagef(cmd, "Cannot specify both data dump (-d) and json mode (-json) in same call")
		}
		if len(args) != 1 {
			return usagef(cmd, "one snapshot is needed, found %d arguments", len(args))
		}
		l, err := loadSnapshot(cmd, args[0])
		if err != nil {
			return err
		}
		if asJSON {
			return inspect.DumpSnapshotJSON(cmd.OutOrStdout(), l, time.Now())
		}
		return inspect.DumpSnapshot(cmd.OutOrStdout(), l, data)
	})
}

// loadSnapshot reads one snapshot into a tree.
func loadSnapshot(cmd *cobra.Command, path string) (snap.Loaded, error) {
	if _, err := os.Stat(path); err != nil {
		return snap.Loaded{}, &usageError{cmd, err}
	}
	fs, done := showFiles("loading", false)
	defer done()
	l, err := snap.LoadFile(fs, path, toolLog(cmd))
	if errors.Is(err, snap.ErrCorrupt) {
		err = fmt.Errorf("%w: %w", errBroken, err)
	}
	return l, err
}

func snapVerifyCommand() *cobra.Command {
	return tool(&cobra.Command{
		Use:   "verify FILE... | DIR",
		Short: "Tell whether snapshots are whole.",
		Long: `Read snapshots to their ends, verify every seal, and tell what they hold, on a line each. Of a directory all snapshots are read,
newest first. A snapshot is exact if its digest is that of its znodes: else it was written while the tree changed.

Exit codes: 0; 1 if one is damaged; 2 if there is nothing to look at.`,
		Example: "  paddock snap verify /data/version-2/snapshot.1a\n  paddock snap verify /data",
	}, func(cmd *cobra.Command, args []string) error {
		files, err := snapFiles(cmd, args)
		if err != nil {
			return err
		}
		fs, done := showFiles("reading", true)
		defer done()
		bad := 0
		for _, path := range files {
			zxid, ok := snap.ParseName(filepath.Base(path))
			if !ok {
				zxid = -1
			}
			v, err := inspect.VerifySnapshot(fs, path, zxid)
			said := v.Text()
			if err != nil {
				said = "DAMAGED: " + err.Error()
			}
			if err != nil || len(v.Faults) > 0 {
				bad++
			}
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", path, said); err != nil {
				return err
			}
		}
		if bad > 0 {
			return fmt.Errorf("%w: %d of %d", errBroken, bad, len(files))
		}
		return nil
	})
}

// snapFiles takes files as they are, and of folders their snapshots, newest first.
func snapFiles(cmd *cobra.Command, args []string) ([]string, error) {
	return filesOf(cmd, args, "snapshot", func(dir string) (names []string, err error) {
		files, err := snap.List(disk.OS{}, dir)
		for _, f := range files {
			names = append(names, f.Name)
		}
		return names, err
	})
}

func snapCompareCommand() *cobra.Command {
	o := inspect.CompareOptions{}
	left, right, interactive := "", "", false
	cmd := &cobra.Command{
		Use:   "compare -l LEFT -r RIGHT -b BYTES -n NODES [-d] [-i]",
		Short: "Compare two snapshots, as ZooKeeper's zkSnapshotComparer.sh does.",
		Long: `Compare two snapshots level by level, with the options and the output of ZooKeeper's zkSnapshotComparer.sh: which subtrees are in
one of them only, and which have grown or shrunk. Sizes and names are compared, not data, Stats, ACLs or sessions.

Exit codes: 0 if nothing differs by more than the thresholds; 1 if something does, or one is damaged; 2 if there is nothing to
compare.`,
		Example: "  paddock snap compare -l snapshot.1a -r snapshot.2b -b 0 -n 0",
	}
	f := cmd.Flags()
	f.StringVarP(&left, "left", "l", "", "(Required) The left snapshot file.")
	f.StringVarP(&right, "right", "r", "", "(Required) The right snapshot file.")
	f.Int64VarP(&o.Bytes, "bytes", "b", 0, "(Required) The node data delta size threshold, in bytes, for printing the node.")
	f.Int64VarP(&o.Nodes, "nodes", "n", 0, "(Required) The descendant node delta size threshold, in nodes, for printing the node.")
	f.BoolVarP(&o.Debug, "debug", "d", false, "Use debug output.")
	f.BoolVarP(&interactive, "interactive", "i", false, "Enter interactive mode.")
	return tool(cmd, func(cmd *cobra.Command, _ []string) error {
		for _, name := range []string{"left", "right", "bytes", "nodes"} {
			if !f.Changed(name) {
				return usagef(cmd, "Missing required option: %s", name[:1])
			}
		}
		if interactive {
			o.Interactive = cmd.InOrStdin()
		}
		return compareSnapshots(cmd, left, right, o)
	})
}

func compareSnapshots(cmd *cobra.Command, left, right string, o inspect.CompareOptions) error {
	out := cmd.OutOrStdout()
	if _, err := fmt.Fprintln(out, "Successfully parsed options!"); err != nil {
		return err
	}
	var sides [2]*inspect.Side
	for i, path := range []string{left, right} {
		start := time.Now()
		l, err := loadSnapshot(cmd, path)
		if err != nil {
			return err
		}
		loaded := time.Now()
		sides[i] = inspect.NewSide(l.Tree)
		_, err = fmt.Fprintf(out, "Deserialized snapshot in %s in %f seconds\nProcessed data tree in %f seconds\n",
			filepath.Base(path), loaded.Sub(start).Seconds(), time.Since(loaded).Seconds())
		if err != nil {
			return err
		}
	}
	for _, s := range sides {
		if err := s.Print(out); err != nil {
			return err
		}
	}
	differ, err := inspect.Compare(out, sides[0], sides[1], o)
	if err == nil && differ {
		err = errDiffers
	}
	return err
}

func snapSummaryCommand() *cobra.Command {
	return tool(&cobra.Command{
		Use:   "summary FILE PATH DEPTH",
		Short: "Sum up the subtrees of a snapshot, as ZooKeeper's zkSnapshotRecursiveSummaryToolkit.sh does.",
		Long: `Print how many znodes are below PATH and how many bytes they hold, and the same for the znodes below it that have children, down to
DEPTH levels; 0 is all of them. Arguments and output are those of ZooKeeper's zkSnapshotRecursiveSummaryToolkit.sh.

Exit codes: 0; 1 if the snapshot is damaged or has no such znode; 2 if there is nothing to look at.`,
		Example: "  paddock snap summary /data/version-2/snapshot.1a / 2",
	}, func(cmd *cobra.Command, args []string) error {
		if len(args) != 3 {
			return usagef(cmd, "a snapshot, a path and a depth are needed, found %d arguments", len(args))
		}
		depth, err := strconv.Atoi(args[2])
		if err != nil {
			return usagef(cmd, "depth %q: expected a number, 0 for all levels", args[2])
		}
		l, err := loadSnapshot(cmd, args[0])
		if err != nil {
			return err
		}
		return inspect.Summarize(cmd.OutOrStdout(), l, args[1], depth)
	})
}
