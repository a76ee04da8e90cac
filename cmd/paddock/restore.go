package main

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"paddock/backup"
	"paddock/config"
)

func restoreCommand() *cobra.Command {
	w, moveAside := where{}, false
	cmd := &cobra.Command{
		Use:   "restore BACKUP --config zoo.cfg | --dataDir DIR [--dataLogDir DIR]",
		Short: "Put a backup into a data directory, for Paddock or ZooKeeper to start from.",
		Long: `Verify a backup, every byte of it, and put it into the data directory of a server that is stopped. The directory must be empty, or
--move-aside given: then what is there is kept as version-2.before-restore-<time>. Nothing is removed. Paddock and ZooKeeper start
from the result.

Sessions come back with their timeouts: ephemeral znodes are there until their sessions expire, which nobody renews. Clients
that have seen later transactions are refused until they begin new sessions: restart them, or restore into a server at another address.
Of an ensemble every server has to be restored from the same backup.

Exit codes: 0; 1 if the backup is damaged, the directory in use or not empty; 2 if the arguments make no sense.`,
		Example: "  paddock restore /backups/backup-20261122T000340.512Z-8a --config /etc/zookeeper/conf/zoo.cfg\n" +
			"  paddock restore /backups/backup-20261122T000340.512Z-8a -dataDir /data -dataLogDir /datalog --move-aside",
	}
	w.flags(cmd.Flags())
	cmd.Flags().BoolVar(&moveAside, "move-aside", false, "keep what the data directory holds under another name")
	return tool(cmd, func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef(cmd, "one backup is needed, found %d arguments", len(args))
		}
		if err := needBackup(cmd, args[0]); err != nil {
			return err
		}
		cfg, err := w.resolve(cmd)
		if err != nil {
			return err
		}
		if w.config == "" {
			note(cmd, "Without --config nobody can tell whether a ZooKeeper is running on %s: it has no lock. Make sure that none is.", cfg.DataDir)
		} else if err := refuseListener(cfg); err != nil {
			return err
		}
		return restore(cmd, args[0], cfg, moveAside)
	})
}

// needBackup refuses a folder of backups with the name of the newest one.
func needBackup(cmd *cobra.Command, dir string) error {
	if err := needFolder(cmd, dir); err != nil {
		return err
	}
	if found, err := backup.List(dir); err == nil && len(found) > 0 {
		return usagef(cmd, "%s holds %d backups: name one; the newest is %s", dir, len(found), found[len(found)-1])
	}
	return nil
}

// refuseListener finds a server by its port: ZooKeeper has no lock.
func refuseListener(cfg *config.Config) error {
	const patience = time.Second
	host, port := cfg.ClientPortAddress, cfg.ClientPort
	if port < 0 {
		host, port = cfg.SecureClientPortAddress, cfg.SecureClientPort
	}
	if host == "" {
		host = "localhost"
	}
	if port == 0 {
		return nil
	}
	addr := net.JoinHostPort(host, strconv.Itoa(port))
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil //nolint:nilerr // nobody there, which is what is wanted
	}
	return errors.Join(fmt.Errorf("restore: something listens on %s: %w", addr, backup.ErrInUse), c.Close())
}

func restore(cmd *cobra.Command, dir string, cfg *config.Config, moveAside bool) error {
	fs, done := showFiles("restore", false)
	r, err := backup.Restore(dir, backup.Place{
		FS: fs, DataDir: cfg.DataDir, LogDir: cfg.DataLogDir, Log: toolLog(cmd),
		MoveAside: moveAside, Suffix: time.Now().UTC().Format("20060102T150405Z"),
	})
	done()
	if err != nil {
		return err
	}
	for _, path := range r.Aside {
		note(cmd, "What was there is kept in %s.", path)
	}
	if r.Manifest.Sessions > 0 {
		note(cmd, "%d sessions came back; their ephemeral znodes go when they expire.", r.Manifest.Sessions)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s holds the state after zxid %s: %d znodes.\n",
		filepath.Join(cfg.DataDir, version2), r.Manifest.Zxid, r.Manifest.Znodes)
	return err
}
