package backup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"paddock/disk"
	"paddock/snap"
)

// Names of backups, finished and not. A process's number keeps two that write at the same time apart.
const (
	namePrefix = "backup-"
	tempPrefix = "writing-"
	timeLayout = "20060102T150405.000Z" // so that two in a row differ
)

// Target says where and how a backup is written.
type Target struct {
	FS          disk.FS // nil is the operating system's
	Dir         string  // the folder of backups; it is made if it is not there
	Tool        string  // for the manifest
	Now         func() time.Time
	Blocks      snap.Blocks // as the server has them that shall start from it
	Compression snap.Compression
	Log         *slog.Logger
}

// Write stores a state and gives the new backup's folder. src is for the manifest only. At the end of ctx it gives up.
func Write(ctx context.Context, st *State, src Source, t Target) (string, *Manifest, error) {
	if t.FS == nil {
		t.FS = disk.OS{}
	}
	name := namePrefix + t.Now().UTC().Format(timeLayout) + "-" + strconv.FormatUint(uint64(st.Zxid), 16)
	w := writing{Target: t, temp: filepath.Join(t.Dir, fmt.Sprintf("%s%s.%d", tempPrefix, name, os.Getpid()))}
	m, err := w.write(ctx, st, src)
	final := filepath.Join(t.Dir, name)
	if err == nil {
		err = t.FS.Rename(w.temp, final)
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("backup: write %s: %w", final, err), w.remove())
	}
	return final, m, t.FS.SyncDir(t.Dir)
}

// writing is a backup that has no name yet.
type writing struct {
	Target
	temp string
}

func (w *writing) write(ctx context.Context, st *State, src Source) (*Manifest, error) {
	dir := filepath.Join(w.temp, version2)
	if err := w.FS.MkdirAll(dir); err != nil {
		return nil, err
	}
	file, err := w.snapshot(ctx, st, dir)
	if err != nil {
		return nil, err
	}
	m := &Manifest{
		Format: manifestFormat, Version: manifestVersion, Tool: w.Tool, Taken: w.Now().UTC().Truncate(time.Second),
		Zxid: fmt.Sprintf("0x%x", uint64(st.Zxid)), Znodes: st.Tree.Count(), Sessions: len(st.Sessions),
		Digest: fmt.Sprintf("%x", st.Tree.Digest()), File: filepath.Join(version2, file),
		SnapDir: src.SnapDir, LogDir: src.LogDir,
	}
	// Read back, so that the sum is that of the file and not of what was meant to be in it.
	if m.SHA256, m.Bytes, err = sum(w.FS, filepath.Join(w.temp, m.File)); err != nil {
		return nil, err
	}
	text, err := m.encode()
	if err == nil {
		err = writeFile(w.FS, filepath.Join(w.temp, manifestName), text)
	}
	if err == nil {
		err = w.FS.SyncDir(w.temp)
	}
	return m, err
}

// snapshot writes the tree, which stands still, and gives the file's name.
func (w *writing) snapshot(ctx context.Context, st *State, dir string) (string, error) {
	const sliceBytes, sliceNodes, pause = 1 << 20, 1 << 14, 50 * time.Microsecond
	var sessions []snap.Session
	for id, timeoutMs := range st.Sessions {
		sessions = append(sessions, snap.Session{ID: id, TimeoutMs: timeoutMs})
	}
	slices.SortFunc(sessions, func(a, b snap.Session) int { return cmp.Compare(a.ID, b.ID) })
	sw := snap.Begin(snap.Config{
		FS: w.FS, Dir: dir, Log: slog.New(slog.DiscardHandler), Now: w.Now, Blocks: w.Blocks, Compression: w.Compression,
		SliceNodes: sliceNodes, SliceBytes: sliceBytes,
	}, st.Tree, sessions, st.Zxid)
	for sw.Step(st.Zxid) {
		if ctx.Err() != nil {
			sw.Abort()
			break
		}
		time.Sleep(pause) // a step does nothing while the file is behind
	}
	r := <-sw.Done()
	return r.File, errors.Join(ctx.Err(), r.Err)
}

// remove takes away what was written, as far as it is there.
func (w *writing) remove() error {
	dir := filepath.Join(w.temp, version2)
	entries, err := w.FS.ReadDir(dir)
	if err != nil {
		return nil //nolint:nilerr // nothing was made
	}
	for _, e := range entries {
		err = errors.Join(err, w.FS.Remove(filepath.Join(dir, e.Name)))
	}
	if top, listErr := w.FS.ReadDir(w.temp); listErr == nil {
		for _, e := range top {
			err = errors.Join(err, w.FS.Remove(filepath.Join(w.temp, e.Name)))
		}
	}
	return errors.Join(err, w.FS.Remove(dir), w.FS.Remove(w.temp))
}

// writeFile makes a durable file; its name is for the caller to sync.
func writeFile(fs disk.FS, path string, text []byte) (err error) {
	f, err := fs.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteAt(text, 0); err != nil {
		return err
	}
	return f.Sync()
}

// sum gives the SHA-256 of a file, and its length.
func sum(fs disk.FS, path string) (text string, bytes int64, err error) {
	f, err := fs.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	size, err := f.Size()
	if err != nil {
		return "", 0, err
	}
	if bytes, err = io.Copy(h, io.NewSectionReader(f, 0, size)); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), bytes, nil
}
