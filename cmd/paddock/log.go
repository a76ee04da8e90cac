package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"paddock/disk"
	"paddock/inspect"
	"paddock/wal"
)

var errDamage = errors.New("the log is damaged")

// logCommand holds the tools for transaction logs.
func logCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "log", Short: "Print, verify and repair transaction logs."}
	cmd.AddCommand(logDumpCommand(), logVerifyCommand(), logRepairCommand())
	return cmd
}

// logDump are the options of Apache's TxnLogToolkit.
type logDump struct {
	recover, dump, verbose, yes, chop bool
	zxid                              string
}

func logDumpCommand() *cobra.Command {
	o := logDump{}
	cmd := &cobra.Command{
		Use:   "dump [-d | -r [-y] [-v] | -c -z ZXID] FILE... | DIR",
		Short: "Print the transactions of log files, as ZooKeeper's zkTxnLogToolkit.sh does.",
		Long: `Print the transactions of log files, with the options and the output of ZooKeeper's zkTxnLogToolkit.sh. Of a directory all logs
are printed, oldest first. Times are in the zone that TZ names.

With -r a copy FILE.fixed is written in which wrong checksums are computed anew: each that the user agrees to, or all with -y.
With -c and -z a copy FILE.chopped<zxid> is written that ends with that transaction. FILE itself is never changed.

Exit codes: 0; 1 if a checksum is wrong or a record cannot be read; 2 if there is nothing to look at.`,
		Example: "  paddock log dump /data/version-2/log.1a\n  paddock log dump -r -y /data/version-2/log.1a\n" +
			"  paddock log dump -c -z 0x1b /data/version-2/log.1a",
	}
	f := cmd.Flags()
	f.BoolVarP(&o.dump, "dump", "d", false, "dump all transactions (that is what happens anyway)")
	f.BoolVarP(&o.recover, "recover", "r", false, "write a copy with right checksums")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "with -r: print all transactions, not only those with a wrong checksum")
	f.BoolVarP(&o.yes, "yes", "y", false, "with -r: compute all wrong checksums anew without asking")
	f.BoolVarP(&o.chop, "chop", "c", false, "with -z: write a copy that ends with a transaction")
	f.StringVarP(&o.zxid, "zxid", "z", "", "with -c: that transaction, as 0x1b or 27")
	return tool(cmd, o.run)
}

func (o *logDump) run(cmd *cobra.Command, args []string) error {
	files, err := logFiles(cmd, args)
	if err != nil {
		return err
	}
	if (o.recover || o.chop) && len(files) != 1 {
		return usagef(cmd, "-r and -c take one file, not %d", len(files))
	}
	if o.chop != (o.zxid != "") || o.chop && o.recover {
		return usagef(cmd, "-c goes with -z, and not with -r")
	}
	fs, done := showFiles("reading", !o.recover && !o.chop)
	defer done()
	var bad error
	for _, path := range files {
		err := withFile(fs, path, func(f disk.File, size int64) error {
			switch {
			case o.recover:
				return o.fix(cmd, path, f, size)
			case o.chop:
				return o.cut(cmd, path, f, size)
			}
			return o.print(cmd, path, f, size)
		})
		if err != nil {
			bad = errors.Join(bad, fmt.Errorf("%s: %w", path, err))
		}
	}
	return bad
}

func (o *logDump) print(cmd *cobra.Command, path string, f disk.File, size int64) error {
	d, err := inspect.DumpLog(cmd.OutOrStdout(), f, size)
	for _, r := range d.Remarks {
		note(cmd, "%s: %s", path, r)
	}
	if err == nil && d.BadSums+d.Unread > 0 {
		err = fmt.Errorf("%d records have a wrong checksum, %d cannot be read; 'paddock log verify' tells what a server makes of it",
			d.BadSums, d.Unread)
	}
	return err
}

func (o *logDump) fix(cmd *cobra.Command, path string, f disk.File, size int64) error {
	to := path + ".fixed"
	opts := inspect.FixOptions{Yes: o.yes, Verbose: o.verbose, Ask: answers(cmd.InOrStdin())}
	fixed := int64(0)
	err := newFile(to, func(w io.Writer) (err error) {
		fixed, err = inspect.FixLog(cmd.OutOrStdout(), w, f, size, opts)
		return err
	})
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("Recovery file %s already exists or not writable", to) //nolint:staticcheck // Apache's own sentence
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Recovery file %s has been written with %d fixed CRC error(s)\n", to, fixed)
	return err
}

func (o *logDump) cut(cmd *cobra.Command, path string, f disk.File, size int64) error {
	zxid, err := strconv.ParseInt(o.zxid, 0, 64)
	if err != nil {
		return usagef(cmd, "-z %q: expected a zxid as 0x1b or 27", o.zxid)
	}
	to := path + ".chopped" + strconv.FormatInt(zxid, 10)
	return newFile(to, func(w io.Writer) error { return inspect.ChopLog(cmd.OutOrStdout(), w, f, size, zxid) })
}

// newFile makes a durable file, and none where something goes wrong or one is there.
func newFile(path string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	if err = fill(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return disk.OS{}.SyncDir(filepath.Dir(path))
}

// logFiles takes files as they are, and of folders their logs, oldest first.
func logFiles(cmd *cobra.Command, args []string) ([]string, error) {
	return filesOf(cmd, args, "log file", func(dir string) (names []string, err error) {
		segments, err := wal.Segments(disk.OS{}, dir)
		for _, s := range segments {
			names = append(names, s.Name)
		}
		return names, err
	})
}

func withFile(fs disk.FS, path string, use func(f disk.File, size int64) error) (err error) {
	f, err := fs.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return err
	}
	return use(f, size)
}
