package backup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"paddock/disk"
	"paddock/snap"
)

func now() time.Time { return time.Date(2026, 11, 22, 0, 3, 40, 512e6, time.UTC) }

// state is that of twelve transactions and a session.
func state(t *testing.T) (*State, Source) {
	t.Helper()
	s := newServer(t)
	s.write(12, 300, false)
	st, err := Read(t.Context(), s.source(nil))
	check(t, err)
	st.Sessions[0x1000a] = 30000
	return st, s.source(nil)
}

func TestABackupHoldsOneExactSnapshotAndItsManifest(t *testing.T) {
	st, src := state(t)
	for _, packed := range []snap.Compression{snap.Plain, snap.Gzip, snap.Snappy} {
		dir := t.TempDir()
		path, m, err := Write(t.Context(), st, src, Target{Dir: dir, Tool: "test", Now: now, Log: quiet(), Compression: packed})
		check(t, err)
		if filepath.Base(path) != "backup-20261122T000340.512Z-c" || m.Zxid != "0xc" || m.Sessions != 1 || m.Znodes != st.Tree.Count() {
			t.Errorf("%s: %+v", path, m)
		}
		again, err := Verify(disk.OS{}, path, quiet())
		check(t, err)
		if *again != *m {
			t.Errorf("read back %+v, want %+v", again, m)
		}
		l, err := snap.LoadFile(disk.OS{}, filepath.Join(path, m.File), quiet())
		check(t, err)
		if l.Digest.Zxid != 12 || l.Digest.Tree != l.Tree.Digest() || l.LastZxid != 12 {
			t.Errorf("the snapshot says %+v, and last zxid %d", l.Digest, l.LastZxid)
		}
		var list []string
		check(t, filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
			list = append(list, strings.TrimPrefix(p, path))
			return err
		}))
		if want := []string{dir, "", "/manifest.json", "/version-2", "/version-2/snapshot.c" + packed.Extension()}; !slices.Equal(list, want) {
			t.Errorf("files %q, want %q", list, want)
		}
	}
}

// For every k: the k-th call on the disk fails, and there is no backup, nor anything else.
func TestAFailureAtAnyCallLeavesNoBackup(t *testing.T) {
	st, src := state(t)
	for k, failed := 1, true; failed; k++ {
		dir := filepath.Join(t.TempDir(), "backups")
		calls := 0
		failed = false
		path, _, err := Write(t.Context(), st, src, Target{Dir: dir, Now: now, Log: quiet(), FS: hooked{disk.OS{}, func(op, _ string) error {
			if calls++; calls == k {
				failed = true
				return syscall.ENOSPC
			}
			return nil
		}}})
		if !failed {
			check(t, err)
			continue
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("call %d: %v", k, err)
		}
		entries, _ := os.ReadDir(dir)
		if len(entries) > 0 && path == "" {
			t.Fatalf("call %d left %v", k, entries)
		}
	}
}

func TestABackupIsDurableBeforeItHasItsName(t *testing.T) {
	st, src := state(t)
	var calls []string
	_, _, err := Write(t.Context(), st, src, Target{Dir: t.TempDir(), Now: now, Log: quiet(), FS: hooked{disk.OS{}, func(op, name string) error {
		if op != "read" && op != "open" && op != "mkdir" {
			calls = append(calls, op+" "+filepath.Base(name))
		}
		return nil
	}}})
	check(t, err)
	got := strings.Join(slices.Compact(slices.Clone(calls)), ", ")
	for _, part := range []string{
		"sync writing.snapshot, rename writing.snapshot, syncdir version-2",
		"write manifest.json, sync manifest.json, syncdir writing-backup-",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("calls: %s; want %s among them", got, part)
		}
	}
	last := calls[len(calls)-2:]
	if !strings.HasPrefix(last[0], "rename writing-backup-") || !strings.HasPrefix(last[1], "syncdir ") {
		t.Errorf("the last calls are %q", last)
	}
}

func TestAnEndedContextLeavesNoBackup(t *testing.T) {
	st, src := state(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	_, _, err := Write(ctx, st, src, Target{Dir: dir, Now: now, Log: quiet()})
	if entries, _ := os.ReadDir(dir); !errors.Is(err, context.Canceled) || len(entries) > 0 {
		t.Errorf("%v, and the folder holds %v", err, entries)
	}
}

func TestPruneKeepsTheNewestAndWhatIsNoBackup(t *testing.T) {
	dir := t.TempDir()
	names := []string{"backup-20250101T000000.000Z-ff", "backup-20260101T000000.000Z-1", "backup-20260102T000000.000Z-2"}
	others := []string{"backup-2026-mine", "writing-backup-20260101T000000.000Z-1.77", "backup-20260101T000000.000Z-xyz"}
	for _, name := range append(names, others...) {
		check(t, os.MkdirAll(filepath.Join(dir, name, version2), 0o700))
	}
	gone, err := Prune(dir, 1)
	check(t, err)
	if want := []string{filepath.Join(dir, names[0]), filepath.Join(dir, names[1])}; !slices.Equal(gone, want) {
		t.Errorf("removed %v, want %v", gone, want)
	}
	if left := Unfinished(dir); !slices.Equal(left, []string{filepath.Join(dir, others[1])}) {
		t.Errorf("unfinished: %v", left)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 4 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func FuzzManifest(f *testing.F) {
	m := Manifest{Format: manifestFormat, Version: manifestVersion, Zxid: "0x12", File: "version-2/snapshot.12", Digest: "ab"}
	text, err := m.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(bytes.ReplaceAll(text, []byte("0x12"), []byte("-0x1")))
	f.Add(bytes.ReplaceAll(text, []byte("version-2/"), []byte("../")))
	f.Add([]byte("null"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, manifestName), text, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadManifest(disk.OS{}, dir)
		if err != nil {
			return
		}
		if zxid, err := got.number(); err != nil || zxid < 0 || filepath.Dir(got.File) != version2 || !filepath.IsLocal(got.File) {
			t.Errorf("accepted %+v", got)
		}
	})
}
