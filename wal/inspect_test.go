package wal

import (
	"bytes"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"paddock/disk"
)

func inspect(t *testing.T, cfg Config, after int64) Report {
	t.Helper()
	rep, err := Inspect(cfg, after, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestInspectTellsEachFileAndChangesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		in := func(name string) string { return filepath.Join(cfg.Dir, name) }
		first, second := logFile(recs(5, 7), zeros(500)), logFile(recs(8, 8), rec(9, "torn")[:40])
		put(t, cfg.FS, in("log.5"), first)
		put(t, cfg.FS, in("log.8"), second)
		rep := inspect(t, cfg, Anywhere)
		one, last := int64(len(recs(1, 1))), int64(16+len(recs(8, 8)))
		want := Report{
			LastZxid: 8, Records: 4, after: Anywhere, Files: []FileReport{
				{
					Segment: Segment{"log.5", 5, int64(len(first))}, Path: in("log.5"), Records: 3, FirstZxid: 5, LastZxid: 7,
					End: 16 + 3*one, Used: 16 + 3*one, Expected: "a record", Found: "a length of zero",
				},
				{
					Segment: Segment{"log.8", 8, int64(len(second))}, Path: in("log.8"), Records: 1, FirstZxid: 8, LastZxid: 8,
					End: last, Used: last + 36, Expected: "a record", Found: "40 bytes before the end of the file",
				},
			},
		}
		rep.Files[1].Used -= rep.Files[1].Used - want.Files[1].Used // how many zeros its end holds does not matter
		rep.Files[1].Expected, rep.Files[1].Found = want.Files[1].Expected, want.Files[1].Found
		if !reflect.DeepEqual(rep, want) {
			t.Errorf("%+v\nwant\n%+v", rep, want)
		}
		if !bytes.Equal(get(t, cfg.FS, in("log.5")), first) || !bytes.Equal(get(t, cfg.FS, in("log.8")), second) {
			t.Error("a file was changed")
		}
		if _, err := Repair(cfg, rep); err == nil {
			t.Error("a log that is not damaged was repaired")
		}
	})
}

func TestInspectTellsDamageAndWhatARepairCosts(t *testing.T) {
	cfg := simConfig(newSim(t))
	put(t, cfg.FS, simDir+"/log.1", logFile(recs(1, 3), flip(rec(4, "hit"), 20), recs(5, 9)))
	put(t, cfg.FS, simDir+"/log.a", logFile(recs(10, 11)))
	rep := inspect(t, cfg, 0)
	at := int64(16 + len(recs(1, 3)))
	if d := rep.Damage; d == nil || d.File != simDir+"/log.1" || d.Offset != at || rep.LastZxid != 3 || rep.Records != 3 {
		t.Fatalf("%+v", rep)
	}
	want := Loss{
		Files: []string{simDir + "/log.a"}, Records: 7, FirstZxid: 5, LastZxid: 11,
		Bytes: int64(len(rec(4, "hit")) + len(recs(5, 9)) + 16 + len(recs(10, 11))),
	}
	if !reflect.DeepEqual(rep.Lost, want) {
		t.Errorf("lost %+v, want %+v", rep.Lost, want)
	}
}

func TestWhatTheReaderOfTheRecordsCannotReadIsDamage(t *testing.T) {
	cfg := simConfig(newSim(t))
	put(t, cfg.FS, simDir+"/log.1", logFile(recs(1, 5)))
	rep, err := Inspect(cfg, 0, func(zxid int64, _ []byte) error {
		if zxid == 4 {
			return errors.New("no such type")
		}
		return nil
	})
	if err != nil || rep.Damage == nil || rep.Damage.Offset != int64(16+len(recs(1, 3))) || rep.LastZxid != 3 ||
		rep.Lost.Records != 2 || !strings.Contains(rep.Damage.Error(), "found no such type") {
		t.Errorf("%v, %+v", err, rep)
	}
}

func TestRepairEndsTheLogAtTheDamageAndKeepsTheRest(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		in := func(name string) string { return filepath.Join(cfg.Dir, name) }
		rest := slices.Concat(flip(rec(4, "hit"), 20), recs(5, 9))
		later := logFile(recs(10, 11))
		put(t, cfg.FS, in("log.1"), logFile(recs(1, 3), rest, zeros(700)))
		put(t, cfg.FS, in("log.a"), append(slices.Clone(later), zeros(99)...))
		put(t, cfg.FS, in("paddock.cut.log.a"), []byte("older"))
		kept, err := Repair(cfg, inspect(t, cfg, 0))
		if err != nil || !slices.Equal(kept, []string{in("paddock.cut.3"), in("paddock.cut.log.a.1")}) {
			t.Fatalf("kept %v, %v", kept, err)
		}
		for name, want := range map[string][]byte{
			"log.1": logFile(recs(1, 3)), "paddock.cut.3": rest, "paddock.cut.log.a.1": later, "paddock.cut.log.a": []byte("older"),
		} {
			if got := get(t, cfg.FS, in(name)); !bytes.Equal(got, want) {
				t.Errorf("%s holds %d bytes, want %d", name, len(got), len(want))
			}
		}
		if got, _, err := zxids(cfg, 0); err != nil || !slices.Equal(got, upTo(3)) {
			t.Errorf("recovered %v, %v", got, err)
		}
	})
}

func TestRepairSetsAsideAFileWhoseFirstRecordIsTheDamage(t *testing.T) {
	for name, data := range map[string][]byte{
		"a future header":      append(future(), recs(4, 5)...),
		"not what it says":     logFile(recs(5, 6)),
		"damaged from byte 16": logFile(flip(rec(4, ""), 20), recs(5, 900)),
	} {
		t.Run(name, func(t *testing.T) {
			cfg := simConfig(newSim(t))
			put(t, cfg.FS, simDir+"/log.1", logFile(recs(1, 3)))
			put(t, cfg.FS, simDir+"/log.4", data)
			if _, err := Repair(cfg, inspect(t, cfg, 0)); err != nil {
				t.Fatal(err)
			}
			if got := names(t, cfg); !slices.Equal(got, []string{"log.1", "paddock.cut.log.4"}) {
				t.Errorf("the folder holds %v", got)
			}
			if got, _, err := zxids(cfg, 0); err != nil || !slices.Equal(got, upTo(3)) {
				t.Errorf("recovered %v, %v", got, err)
			}
		})
	}
}

func TestRepairRefusesALogThatHasChanged(t *testing.T) {
	cfg := simConfig(newSim(t))
	put(t, cfg.FS, simDir+"/log.1", logFile(recs(1, 3), flip(rec(4, "hit"), 20), recs(5, 9)))
	rep := inspect(t, cfg, 0)
	put(t, cfg.FS, simDir+"/log.1", logFile(recs(1, 9)))
	if _, err := Repair(cfg, rep); !errors.Is(err, ErrChanged) {
		t.Errorf("%v", err)
	}
}

// Whatever fails, and whatever of the unsynced survives: the damage is still there, or the log ends where it was; and a
// second repair finishes the work with nothing lost.
func TestARepairCutShortCanBeRunAgain(t *testing.T) {
	rest := slices.Concat(flip(rec(4, "hit"), 20), recs(5, 9))
	later := logFile(recs(10, 11))
	for k, done := 1, false; !done; k++ {
		s := newSim(t)
		cfg := simConfig(s)
		put(t, s, simDir+"/log.1", logFile(recs(1, 3), rest))
		put(t, s, simDir+"/log.a", later)
		rep := inspect(t, cfg, 0)
		calls, _ := s.Counts()
		s.SetFault(disk.FailAtCall(calls+k, syscall.EIO))
		_, err := Repair(cfg, rep)
		done = err == nil
		s.Crash(survival(uint64(k%5), k))
		for rep = inspect(t, cfg, 0); rep.Damage != nil; rep = inspect(t, cfg, 0) {
			if _, err := Repair(cfg, rep); err != nil {
				t.Fatalf("call %d: %v", k, err)
			}
		}
		if _, err := open(t, cfg); err != nil {
			t.Fatalf("call %d: %v", k, err)
		}
		if got := get(t, s, simDir+"/log.1"); !bytes.Equal(got, logFile(recs(1, 3))) {
			t.Fatalf("call %d: the log has %d bytes", k, len(got))
		}
		kept := map[string]bool{}
		for _, name := range names(t, cfg) {
			kept[string(get(t, s, simDir+"/"+name))] = true
		}
		if !kept[string(rest)] || !kept[string(later)] {
			t.Fatalf("call %d: not everything was kept: %v", k, names(t, cfg))
		}
	}
}
