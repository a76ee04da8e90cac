package wal

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"paddock/disk"
)

// open recovers log.1 and opens, and returns what was logged.
func open(t *testing.T, cfg Config) (out string, err error) {
	t.Helper()
	var b bytes.Buffer
	cfg.PreallocBytes = -1
	cfg.Log = slog.New(slog.NewTextHandler(&b, nil))
	_, pos, err := zxids(cfg, 0)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(cfg, pos)
	if err == nil {
		closeWriter(t, w)
	}
	return b.String(), err
}

func TestWhatIsCutOffIsKeptAndReportedInOneLine(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		path := filepath.Join(cfg.Dir, "log.1")
		kept := filepath.Join(cfg.Dir, "paddock.cut.3")
		end := rec(4, "never acknowledged")[:48]
		put(t, cfg.FS, path, logFile(recs(1, 3), end, zeros(999)))
		out, err := open(t, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := get(t, cfg.FS, kept); !bytes.Equal(got, end) {
			t.Errorf("kept %x, want %x", got, end)
		}
		if got := get(t, cfg.FS, path); !bytes.Equal(got, logFile(recs(1, 3))) {
			t.Errorf("the log has %d bytes", len(got))
		}
		if strings.Count(out, "\n") != 1 {
			t.Errorf("logged %q", out)
		}
		for _, want := range []string{
			"level=WARN", "file=" + path, "offset=154", "bytes=48", "zxid=0x3", `expected="the Adler-32 0x444c072d"`, "found=0x", "keptIn=" + kept,
		} {
			if !strings.Contains(out, want) {
				t.Errorf("logged %q without %s", out, want)
			}
		}
	})
}

func TestPaddingIsCutWithoutAWordAndNothingIsKept(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		put(t, cfg.FS, filepath.Join(cfg.Dir, "log.1"), logFile(recs(1, 3), zeros(9999)))
		put(t, cfg.FS, filepath.Join(cfg.Dir, "log.4"), logFile(zeros(9999)))
		put(t, cfg.FS, filepath.Join(cfg.Dir, "log.5"), logFile()[:9])
		out, err := open(t, cfg)
		if got := names(t, cfg); err != nil || out != "" || !slices.Equal(got, []string{"log.1"}) {
			t.Errorf("%v, logged %q, the folder holds %v", err, out, got)
		}
	})
}

func TestWhatWasKeptBeforeIsNeitherOverwrittenNorKeptTwice(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		in := func(name string) string { return filepath.Join(cfg.Dir, name) }
		long := rec(4, strings.Repeat("y", 5000))
		put(t, cfg.FS, in("paddock.cut.3"), []byte("older"))
		put(t, cfg.FS, in("paddock.cut.3.1"), []byte("older too, of fifty bytes as the new one will be.."))
		for _, end := range [][]byte{long[:50], long[:5000], long[:50]} {
			put(t, cfg.FS, in("log.1"), logFile(recs(1, 3), end))
			if _, err := open(t, cfg); err != nil {
				t.Fatal(err)
			}
		}
		for name, want := range map[string]string{
			"paddock.cut.3": "older", "paddock.cut.3.1": "older too, of fifty bytes as the new one will be..",
			"paddock.cut.3.2": string(long[:50]), "paddock.cut.3.3": string(long[:5000]),
		} {
			if got := get(t, cfg.FS, in(name)); string(got) != want {
				t.Errorf("%s holds %d bytes, want %d", name, len(got), len(want))
			}
		}
		if got := names(t, cfg); len(got) != 5 {
			t.Errorf("the folder holds %v", got)
		}
	})
}

func TestATornFileWithoutARecordIsKeptAndRemoved(t *testing.T) {
	cfg := simConfig(newSim(t))
	end := rec(4, "never acknowledged")[:48]
	put(t, cfg.FS, simDir+"/log.1", logFile(recs(1, 3), rec(4, "")[:20]))
	put(t, cfg.FS, simDir+"/log.4", logFile(end))
	out, err := open(t, cfg)
	if err != nil || strings.Count(out, "\n") != 2 {
		t.Errorf("%v, logged %q", err, out)
	}
	if got := names(t, cfg); !slices.Equal(got, []string{"log.1", "paddock.cut.3", "paddock.cut.3.1"}) {
		t.Errorf("the folder holds %v", got)
	}
	if got := get(t, cfg.FS, simDir+"/paddock.cut.3"); !bytes.Equal(got, end) {
		t.Errorf("kept %x", got)
	}
}

// Whatever fails before the copy is durable, the log is as it was.
func TestNothingIsCutBeforeItIsKept(t *testing.T) {
	whole := logFile(recs(1, 3), rec(4, "never acknowledged")[:48], zeros(99))
	cut := false
	for k := 1; !cut; k++ {
		s := newSim(t)
		cfg := simConfig(s)
		put(t, s, simDir+"/log.1", whole)
		_, pos, err := zxids(cfg, 0)
		if err != nil {
			t.Fatal(err)
		}
		calls, _ := s.Counts()
		fault := disk.FailAtCall(calls+k, syscall.EIO)
		s.SetFault(func(c disk.Call) error {
			cut = cut || c.Op == disk.OpTruncate
			return fault(c)
		})
		_, err = Open(cfg, pos)
		if !errors.Is(err, syscall.EIO) {
			t.Fatalf("call %d: %v", k, err)
		}
		s.Crash(nil)
		if got := get(t, s, simDir+"/log.1"); !cut && !bytes.Equal(got, whole) {
			t.Fatalf("call %d failed, and the log has %d bytes", k, len(got))
		}
		if kept := slices.Contains(names(t, cfg), "paddock.cut.3"); cut && !kept {
			t.Fatalf("call %d was the cut, and the folder holds %v", k, names(t, cfg))
		}
	}
}
