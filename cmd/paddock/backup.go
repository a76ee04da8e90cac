package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"paddock/backup"
	"paddock/snap"
)

// backupVerb are the options of paddock backup.
type backupVerb struct {
	w            where
	output       string
	compression  string
	keep         int
	ignoreDigest bool
}

func backupCommand() *cobra.Command {
	b := &backupVerb{}
	cmd := &cobra.Command{
		Use:   "backup DIR --config zoo.cfg | --dataDir DIR [--dataLogDir DIR]",
		Short: "Back up the state of a server, Paddock or ZooKeeper, that may be running.",
		Long: `Back up the state of a server into a new folder below DIR, and print that folder's name. The server's files are read, newest
snapshot and log up to its present end, and what they make is written as one snapshot: exactly the state after the transaction
whose zxid it is named by. The server, Paddock or ZooKeeper, is not asked and not stopped. Run it where the server's disks are, as
a user who may read them. Of an ensemble, back up a member that is stopped, or one that nobody writes to: a running one may have
proposals in its log that are never committed.

Exit codes: 0; 1 if there was damage, or it failed; 2 if the arguments make no sense. 'paddock restore' brings a backup back.`,
		Example: "  paddock backup /backups --config /etc/zookeeper/conf/zoo.cfg --keep 7\n  paddock backup /backups -dataDir /data -dataLogDir /datalog -o json",
	}
	f := cmd.Flags()
	b.w.flags(f)
	f.StringVarP(&b.output, "output", "o", "text", "text (the new folder's name) or json (what it holds as well)")
	f.StringVar(&b.compression, "compression", "", "gz or snappy; releases of ZooKeeper before 3.6 read plain snapshots only")
	f.IntVar(&b.keep, "keep", 0, "afterwards remove all but so many backups of DIR, the oldest first; 0 removes none")
	f.BoolVar(&b.ignoreDigest, "ignore-digest", false, "back up what the files say though the server logged another digest of its tree")
	return tool(cmd, b.run)
}

func (b *backupVerb) run(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef(cmd, "one folder for backups is needed, found %d arguments", len(args))
	}
	asJSON, err := checkOutput(cmd, b.output)
	if err != nil {
		return err
	}
	packed, ok := snap.ParseMethod(b.compression)
	if !ok {
		return usagef(cmd, "--compression %q: expected gz or snappy", b.compression)
	}
	if b.keep < 0 {
		return usagef(cmd, "--keep %d: expected 1 or more", b.keep)
	}
	cfg, err := b.w.resolve(cmd)
	if err != nil {
		return err
	}
	fs, done := showFiles("backup", false)
	src := backup.Source{FS: fs, Log: toolLog(cmd), IgnoreDigest: b.ignoreDigest}
	src.SnapDir, src.LogDir = folders(cfg)
	if err := errors.Join(needFolder(cmd, src.SnapDir), needFolder(cmd, src.LogDir)); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	state, err := backup.Read(ctx, src)
	if err != nil {
		done()
		return err
	}
	path, m, err := backup.Write(ctx, state, src, backup.Target{
		FS: fs, Dir: args[0], Tool: "paddock " + version, Now: time.Now, Blocks: snapBlocks(cfg), Compression: packed, Log: src.Log,
	})
	done()
	if err != nil {
		return err
	}
	b.remark(cmd, args[0])
	note(cmd, "The state after zxid %s: %d znodes, %d sessions, from %s and %d transactions behind it.",
		m.Zxid, m.Znodes, m.Sessions, state.Snapshot, state.Txns)
	return errors.Join(b.tell(cmd, asJSON, path, m), b.prune(cmd, args[0]))
}

func (b *backupVerb) tell(cmd *cobra.Command, asJSON bool, path string, m *backup.Manifest) error {
	if !asJSON {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), path)
		return err
	}
	to := json.NewEncoder(cmd.OutOrStdout())
	to.SetIndent("", "  ")
	return to.Encode(struct {
		Backup string `json:"backup"`
		*backup.Manifest
	}{path, m})
}

// remark points at what killed backups have left.
func (b *backupVerb) remark(cmd *cobra.Command, dir string) {
	for _, path := range backup.Unfinished(dir) {
		note(cmd, "%s was left by a backup that did not end; remove it unless one is running.", path)
	}
}

func (b *backupVerb) prune(cmd *cobra.Command, dir string) error {
	if b.keep == 0 {
		return nil
	}
	gone, err := backup.Prune(dir, b.keep)
	for _, path := range gone {
		note(cmd, "Removed %s.", path)
	}
	return err
}
