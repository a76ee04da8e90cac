package disk_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"paddock/disk"
)

func newSim(t *testing.T) *disk.Sim {
	t.Helper()
	s := disk.NewSim()
	must(t, s.MkdirAll("/d"))
	return s
}

func TestCrashForgetsEachThingThatWasNotSynced(t *testing.T) {
	s := newSim(t)
	write(t, s, "/d/nameless", "synced, but its folder is not")
	write(t, s, "/d/kept", "first")
	must(t, s.SyncDir("/d"))
	must(t, s.Remove("/d/nameless"))
	write(t, s, "/d/late", "data synced, name not")
	f, err := s.OpenWrite("/d/kept")
	must(t, err)
	_, err = f.WriteAt([]byte("FIRST and longer"), 0)
	must(t, err)

	s.Crash(nil)

	if got := fmt.Sprint(list(t, s, "/d")); got != "[kept nameless]" {
		t.Errorf("after the crash the folder holds %s", got)
	}
	if got := read(t, s, "/d/kept"); got != "first" {
		t.Errorf("after the crash the file holds %q", got)
	}
	if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, disk.ErrPowerCut) {
		t.Errorf("a handle survived the crash: %v", err)
	}
	must(t, f.Close())
}

func TestCrashMayKeepSectorsLengthsAndNamesEachOnItsOwn(t *testing.T) {
	for _, sector := range []int{512, 4096} {
		t.Run(fmt.Sprint(sector), func(t *testing.T) { crashBySector(t, sector) })
	}
}

func crashBySector(t *testing.T, sector int) {
	t.Helper()
	sectors := func(s string) string { // the first byte of each, which all its others have to equal
		var out strings.Builder
		for i := 0; i < len(s); i += sector {
			if s[i:i+sector] != strings.Repeat(s[i:i+1], sector) {
				t.Fatalf("the sector at byte %d is torn", i)
			}
			out.WriteByte(s[i] | '0')
		}
		return out.String()
	}
	seen := map[string]bool{}
	for seed := range uint64(200) {
		s := newSim(t)
		s.SetSector(int64(sector))
		write(t, s, "/d/a", strings.Repeat("1", 3*sector))
		must(t, s.SyncDir("/d"))
		f, err := s.OpenWrite("/d/a")
		must(t, err)
		_, err = f.WriteAt([]byte(strings.Repeat("2", 4*sector)), 0)
		must(t, err)
		must(t, s.Rename("/d/a", "/d/b"))
		rng := rand.New(rand.NewPCG(seed, 0))
		s.Crash(func() bool { return rng.IntN(2) == 0 })
		for _, name := range list(t, s, "/d") {
			seen[name+sectors(read(t, s, "/d/"+name))] = true
		}
	}
	for _, want := range []string{"a111", "a222", "a1212", "a2220", "b121", "b2222", "b1110"} {
		if !seen[want] {
			t.Errorf("no crash out of 200 left %s; they left %v", want, seen)
		}
	}
}

func TestAFailedSyncIsNotMadeUpForByTheNext(t *testing.T) {
	s := newSim(t)
	write(t, s, "/d/a", "")
	must(t, s.SyncDir("/d"))
	f, err := s.OpenWrite("/d/a")
	must(t, err)
	_, err = f.WriteAt([]byte("lost"), 0)
	must(t, err)
	calls, _ := s.Counts()
	s.SetFault(disk.FailAtCall(calls+1, syscall.EIO))
	if err := f.SyncData(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("the sync gave %v", err)
	}
	must(t, f.SyncData())
	s.Crash(nil)
	if got := read(t, s, "/d/a"); strings.Contains(got, "lost") {
		t.Fatalf("the disk holds %q", got)
	}
}

func TestAFailedWriteLeavesItsFirstHalf(t *testing.T) {
	s := newSim(t)
	f, err := s.Create("/d/a")
	must(t, err)
	calls, _ := s.Counts()
	s.SetFault(disk.FailAtCall(calls+1, syscall.EIO))
	if n, err := f.WriteAt([]byte("1234"), 0); n != 2 || !errors.Is(err, syscall.EIO) {
		t.Fatalf("the write gave %d, %v", n, err)
	}
	if got := read(t, s, "/d/a"); got != "12" {
		t.Fatalf("the file holds %q", got)
	}
}

func TestAFullDiskRefusesToGrowAndCountsWhatIsFree(t *testing.T) {
	s := newSim(t)
	s.SetCapacity(10)
	write(t, s, "/d/a", "12345678")
	f, err := s.OpenWrite("/d/a")
	must(t, err)
	if _, err := f.WriteAt([]byte("12345678"), 8); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the write gave %v", err)
	}
	if err := f.Truncate(11); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the truncate gave %v", err)
	}
	_, err = f.WriteAt([]byte("over"), 0)
	must(t, err)
	if free, err := s.FreeBytes("/d"); err != nil || free != 2 {
		t.Fatalf("free: %d, %v", free, err)
	}
}

func TestPowerCutBeforeASyncStopsEverythingUntilTheRestart(t *testing.T) {
	s := newSim(t)
	s.SetFault(disk.CutAtSync(2))
	write(t, s, "/d/a", "one") // the first sync
	if err := s.SyncDir("/d"); !errors.Is(err, disk.ErrPowerCut) {
		t.Fatalf("the second sync gave %v", err)
	}
	if _, err := s.Create("/d/b"); !errors.Is(err, disk.ErrPowerCut) {
		t.Fatalf("a call without power gave %v", err)
	}
	s.Crash(nil)
	if got := list(t, s, "/d"); len(got) != 0 {
		t.Fatalf("the folder holds %v", got)
	}
	write(t, s, "/d/b", "works again")
}
