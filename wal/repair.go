package wal

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// ErrChanged says that the log is not what the report was made of.
var ErrChanged = errors.New("wal: the log has changed since it was inspected")

// Repair ends the log at the damage that Inspect has reported, and gives up what stands behind: transactions that clients
// were told were safe. So it is for an operator's explicit demand. Nobody else may use the folder from Inspect on.
//
// Nothing is thrown away. The rest of the damaged file is copied to a file paddock.cut.<last zxid>, and each later file to
// paddock.cut.<its name>, without padding and with a number behind if the name is taken. The paths are returned. A crash at any
// moment leaves the damage, or a log that ends there; Repair can then be run again.
//
// Without what was taken away the end of the log may look different: Inspect again, and repair what that finds.
func Repair(cfg Config, rep Report) (kept []string, err error) {
	cfg = cfg.withDefaults()
	if rep.Damage == nil {
		return nil, errors.New("wal: repair: the log is not damaged")
	}
	if err := unchanged(cfg, rep); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rep.Files, func(f FileReport) bool { return f.Name == filepath.Base(rep.Damage.File) })
	damaged, behind := rep.Files[i], rep.Files[i+1:]
	if rep.Damage.Offset <= headerBytes { // without a record it is no log file
		return setAside(cfg, rep.Files[i:])
	}
	used, err := usedFrom(cfg, damaged.Name, rep.Damage.Offset)
	if err != nil {
		return nil, err
	}
	if used > rep.Damage.Offset {
		t := tailFile{name: damaged.Name, stop: stop{offset: rep.Damage.Offset}, used: used}
		path, err := keepCut(cfg, t, zxidLabel(rep.LastZxid))
		if err != nil {
			return nil, err
		}
		kept = append(kept, path)
	}
	later, err := setAside(cfg, behind)
	kept = append(kept, later...)
	if err != nil {
		return kept, err
	}
	// Last: until here the damage is what a crash leaves.
	if err := cutFile(cfg, damaged.Name, rep.Damage.Offset, rep.Damage.Offset); err != nil {
		return kept, err
	}
	return kept, cfg.syncDir()
}

// unchanged makes sure that the same files of the same sizes are there.
func unchanged(cfg Config, rep Report) error {
	files, err := Segments(cfg.FS, cfg.Dir)
	if err != nil {
		return err
	}
	same := slices.EqualFunc(startingAt(files, rep.after), rep.Files, func(s Segment, f FileReport) bool { return s == f.Segment })
	if !same {
		return fmt.Errorf("%w: %s", ErrChanged, cfg.Dir)
	}
	return nil
}

func usedFrom(cfg Config, name string, from int64) (used int64, err error) {
	r := newRecovery(cfg, 0, nil)
	err = r.withReader(name, func(rd *reader) error {
		used, err = rd.used(from)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("wal: read %s behind byte %d: %w", cfg.path(name), from, err)
	}
	return used, nil
}

// setAside takes files out of the log, newest first: a crash in between leaves a log without a gap of our making. They are
// copied, for no standard promises that a rename cut short leaves one of the two names.
func setAside(cfg Config, files []FileReport) (kept []string, err error) {
	for _, f := range slices.Backward(files) {
		used, err := usedFrom(cfg, f.Name, 0)
		if err != nil {
			return kept, err
		}
		if used > 0 {
			path, err := keepCut(cfg, tailFile{name: f.Name, used: used}, f.Name)
			if err != nil {
				return kept, err
			}
			kept = append(kept, path)
		}
		if err := cfg.FS.Remove(f.Path); err != nil {
			return kept, fmt.Errorf("wal: remove %s, which is kept aside: %w", f.Path, err)
		}
		if err := cfg.syncDir(); err != nil {
			return kept, err
		}
	}
	return kept, nil
}
