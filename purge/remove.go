package purge

import (
	"errors"
	"fmt"
	"io/fs"
)

// Remove removes what the plan says, and calls gone (which may be nil) after each file. Files that cannot be removed are told in
// the error, all of them. Logs go only if every snapshot did: one that stays needs them.
func Remove(cfg Config, p Plan, gone func(File)) error {
	cfg = cfg.withDefaults()
	if gone == nil {
		gone = func(File) {}
	}
	if len(p.Snapshots)+len(p.OldLogs) == 0 {
		return nil
	}
	if err := makeDurable(cfg, p); err != nil {
		return err
	}
	if err := removeAll(cfg, cfg.SnapDir, p.Snapshots, gone); err != nil {
		return err
	}
	return removeAll(cfg, cfg.LogDir, p.OldLogs, gone)
}

// makeDurable syncs the snapshots that stay. What is durable already costs nothing.
func makeDurable(cfg Config, p Plan) error {
	for _, f := range p.Keep {
		if err := syncFile(cfg, f.Path); err != nil {
			return fmt.Errorf("purge: sync %s, which is to stay: %w", f.Path, err)
		}
	}
	if err := cfg.FS.SyncDir(cfg.SnapDir); err != nil {
		return fmt.Errorf("purge: sync folder %s: %w", cfg.SnapDir, err)
	}
	return nil
}

func syncFile(cfg Config, path string) error {
	f, err := cfg.FS.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.SyncData(), f.Close())
}

// removeAll removes files of one folder and makes that durable.
func removeAll(cfg Config, dir string, files []File, gone func(File)) error {
	if len(files) == 0 {
		return nil
	}
	var errs []error
	for _, f := range files {
		switch err := cfg.FS.Remove(f.Path); {
		case err == nil:
			gone(f)
		case !errors.Is(err, fs.ErrNotExist): // else somebody was faster
			errs = append(errs, fmt.Errorf("purge: remove: %w", err)) // which names the file
		}
	}
	if err := cfg.FS.SyncDir(dir); err != nil {
		errs = append(errs, fmt.Errorf("purge: sync folder %s: %w", dir, err))
	}
	return errors.Join(errs...)
}
