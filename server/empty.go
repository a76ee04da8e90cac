package server

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"paddock/config"
	"paddock/snap"
)

// initializeFile lies beside version-2 and says that an empty directory is meant to be empty (zkServer-initialize.sh).
const initializeFile = "initialize"

// checkEmpty decides whether a directory without any snapshot may be served. There must be no log either, unless
// snapshot.trust.empty says that this is known (F49). Like Apache it takes everything for a log that is named like one: what
// somebody has renamed is no reason to begin anew. And with db.autocreate=false an empty directory may be a disk that is not
// mounted, unless the file initialize is there (F05); Apache then serves nobody.
func checkEmpty(cfg *config.Config, d dirs) error {
	entries, err := d.fs.ReadDir(d.log)
	if err != nil {
		return fmt.Errorf("server: list log: %w", err)
	}
	for _, e := range entries {
		switch {
		case !strings.HasPrefix(e.Name, "log."):
		case cfg.SnapshotTrustEmpty:
			return nil
		default:
			return fmt.Errorf("server: no snapshot found in %s, but there are log files in %s, such as %s: something is missing; "+
				"set snapshot.trust.empty=true only if the log is complete from its first transaction", d.snap, d.log, e.Name)
		}
	}
	if cfg.DBAutoCreate {
		return nil
	}
	for _, name := range initializeFiles(d) {
		f, err := d.fs.Open(name)
		if err == nil {
			return f.Close()
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("server: look for %s: %w", name, err)
		}
	}
	return &DataDirError{fmt.Errorf("data directory %s is empty, and db.autocreate is false: if it is meant to be empty, make an "+
		"empty file %s and start again", filepath.Dir(d.snap), initializeFiles(d)[0])}
}

// initializeFiles are where the file may lie: Apache's server looks beside the log and its script puts it beside the snapshots.
func initializeFiles(d dirs) []string {
	names := []string{filepath.Join(filepath.Dir(d.log), initializeFile)}
	if d.snap != d.log {
		names = append(names, filepath.Join(filepath.Dir(d.snap), initializeFile))
	}
	return names
}

// readyFolders makes good what a start should leave, once the data was read: a snapshot, without which Apache refuses logs;
// no snapshot that a crash left unfinished; and no file initialize, which is for one start only.
func readyFolders(cfg *config.Config, d dirs, first bool) error {
	if err := snap.RemoveUnfinished(d.fs, d.snap); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if first {
		if err := snap.WriteEmpty(snapConfig(cfg, d, slog.New(slog.DiscardHandler))); err != nil {
			return fmt.Errorf("server: write first snapshot: %w", err)
		}
	}
	for _, name := range initializeFiles(d) {
		if err := d.fs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("server: remove %s: %w", name, err)
		}
	}
	return nil
}
