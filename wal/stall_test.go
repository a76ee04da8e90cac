package wal

import (
	"bytes"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"paddock/disk"
)

// lazyFS is a disk whose writes take a while.
type lazyFS struct {
	disk.FS

	takes time.Duration
}

func (l *lazyFS) Create(name string) (disk.File, error) {
	f, err := l.FS.Create(name)
	return &lazyFile{f, l}, err
}

type lazyFile struct {
	disk.File

	fs *lazyFS
}

func (f *lazyFile) WriteAt(b []byte, at int64) (int, error) {
	if at >= headerBytes {
		time.Sleep(f.fs.takes)
	}
	return f.File.WriteAt(b, at)
}

// tally counts the lines about writes that last.
type tally struct{ lines atomic.Int64 }

func (n *tally) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("has not taken a write")) {
		n.lines.Add(1)
	}
	return len(line), nil
}

func TestAWriteThatLastsIsToldAboutWhileItLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := &lazyFS{FS: newSim(t)}
		said := &tally{}
		cfg := simConfig(fs)
		cfg.PreallocBytes, cfg.NoSync, cfg.Log, cfg.SlowSync = -1, true, slog.New(slog.NewTextHandler(said, nil)), 2*time.Second
		w, err := Open(cfg, Position{})
		if err != nil {
			t.Fatal(err)
		}
		zxid := int64(0)
		submit := func(takes time.Duration) {
			zxid++
			fs.takes = takes
			b := NewBatch()
			b.Finish(append(b.Start(), payload(zxid, "x")...), zxid)
			w.Submit(b)
		}
		lines := func(after time.Duration) int64 {
			time.Sleep(after)
			synctest.Wait()
			return said.lines.Swap(0)
		}
		submit(time.Hour)
		for _, step := range []struct {
			wait  time.Duration
			lines int64
		}{
			{2*time.Second - 1, 0}, {1, 1}, {2*time.Second - 1, 0}, {1, 1}, {4 * time.Second, 1}, {8 * time.Second, 1}, {16*time.Second - 1, 0}, {1, 1},
		} {
			if got := lines(step.wait); got != step.lines {
				t.Errorf("after %v: %d lines, want %d", step.wait, got, step.lines)
			}
		}
		if got := w.Stats().Stalls; got != 1 {
			t.Errorf("%d are counted while one lasts", got)
		}
		if d := <-w.Committed(); d.Err != nil {
			t.Fatal(d.Err)
		}
		said.lines.Store(0)
		for range 10 { // each is short enough; together they are not
			submit(time.Second)
			<-w.Committed()
		}
		if got := lines(time.Hour); got != 0 || w.Stats().Stalls != 1 {
			t.Errorf("%d lines about writes in time, %d counted", got, w.Stats().Stalls)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
