package disk_test

import (
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"

	"paddock/disk"
)

// failNext makes the next call of a kind fail.
func failNext(s *disk.Sim, op disk.Op, err error) {
	done := false
	s.SetFault(func(c disk.Call) error {
		if c.Op != op || done {
			return nil
		}
		done = true
		return err
	})
}

func TestAFaultSeesTheWholeCall(t *testing.T) {
	s := newSim(t)
	var seen []disk.Call
	s.SetFault(func(c disk.Call) error { seen = append(seen, c); return nil })
	f, err := s.Create("/d/a")
	must(t, err)
	_, err = f.WriteAt([]byte("abc"), 7)
	must(t, err)
	must(t, f.SyncData())
	must(t, f.Truncate(5))
	_, err = f.ReadAt(make([]byte, 2), 1)
	must(t, err)
	must(t, s.Rename("/d//a", "/d/b"))
	must(t, s.SyncDir("/d/"))
	want := []disk.Call{
		{N: 2, Op: disk.OpCreate, Name: "/d/a"},
		{N: 3, Op: disk.OpWrite, Name: "/d/a", Off: 7, Bytes: 3},
		{N: 4, Sync: 1, Op: disk.OpSync, Name: "/d/a"},
		{N: 5, Sync: 1, Op: disk.OpTruncate, Name: "/d/a", Off: 5},
		{N: 6, Sync: 1, Op: disk.OpRead, Name: "/d/a", Off: 1, Bytes: 2},
		{N: 7, Sync: 1, Op: disk.OpRename, Name: "/d/a", To: "/d/b"},
		{N: 8, Sync: 2, Op: disk.OpSyncDir, Name: "/d"},
	}
	for i, c := range seen {
		if i >= len(want) || c != want[i] {
			t.Fatalf("call %d is %+v, want %+v", i, c, want[min(i, len(want)-1)])
		}
	}
	if len(seen) != len(want) {
		t.Fatalf("%d calls", len(seen))
	}
}

func TestAShortWriteLeavesWhatTheFaultSays(t *testing.T) {
	s := newSim(t)
	f, err := s.Create("/d/a")
	must(t, err)
	failNext(s, disk.OpWrite, &disk.ShortWriteError{Bytes: 3, Err: syscall.ENOSPC})
	if n, err := f.WriteAt([]byte("12345678"), 0); n != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the write gave %d, %v", n, err)
	}
	if got := read(t, s, "/d/a"); got != "123" {
		t.Fatalf("the file holds %q", got)
	}
}

func TestABitFlipIsNoticedByNobody(t *testing.T) {
	s := newSim(t)
	failNext(s, disk.OpWrite, disk.BitFlipError(8*1+5))
	write(t, s, "/d/a", "abcd")
	must(t, s.SyncDir("/d"))
	if got := read(t, s, "/d/a"); got != "aBcd" {
		t.Fatalf("a write with a flipped bit left %q", got)
	}
	failNext(s, disk.OpRead, disk.BitFlipError(5))
	if got := read(t, s, "/d/a"); got != "ABcd" {
		t.Fatalf("a read with a flipped bit gave %q", got)
	}
	if got := read(t, s, "/d/a"); got != "aBcd" {
		t.Fatalf("the flipped bit stayed: %q", got)
	}
}

func TestAReadFailsWhereItIsToldTo(t *testing.T) {
	s := newSim(t)
	write(t, s, "/d/a", "abcd")
	f, err := s.Open("/d/a")
	must(t, err)
	for _, off := range []int64{0, 99} {
		failNext(s, disk.OpRead, syscall.EIO)
		if _, err := f.ReadAt(make([]byte, 4), off); !errors.Is(err, syscall.EIO) {
			t.Errorf("a read at %d gave %v", off, err)
		}
	}
}

func TestDamageIsDurable(t *testing.T) {
	s := newSim(t)
	write(t, s, "/d/a", "abcd")
	must(t, s.SyncDir("/d"))
	must(t, s.Damage("/d/a", func(b []byte) []byte { return append(b[:2], 'X') }))
	s.Crash(nil)
	if got := read(t, s, "/d/a"); got != "abX" {
		t.Fatalf("the file holds %q", got)
	}
	if err := s.Damage("/d/none", nil); !errors.Is(err, syscall.ENOENT) {
		t.Fatal(err)
	}
}

func TestEveryFateOfACrashIsASubsetOfWhatIsUnsynced(t *testing.T) {
	s := newSim(t)
	write(t, s, "/d/a", strings.Repeat("1", 1024))
	must(t, s.SyncDir("/d"))
	f, err := s.OpenWrite("/d/a")
	must(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("2", 1024)), 0) // two sectors
	must(t, err)
	write(t, s, "/d/b", "") // a name
	if n := s.Unsynced(); n != 3 {
		t.Fatalf("%d things are unsynced", n)
	}
	fates := map[string]bool{}
	for bits := range uint64(8) {
		c := s.Clone()
		c.Crash(disk.Subset(bits))
		data := read(t, c, "/d/a")
		fates[strings.Join(list(t, c, "/d"), " ")+" "+data[:1]+data[1023:]] = true
	}
	if len(fates) != 8 || !fates["a 11"] || !fates["a b 22"] || !fates["a 12"] {
		t.Fatalf("fates: %v", fates)
	}
	if got := read(t, s, "/d/a"); got[0] != '2' {
		t.Fatal("the first disk has felt the crash of its clone")
	}
	a, b := s.Clone(), s.Clone()
	a.Crash(disk.Coins(7))
	b.Crash(disk.Coins(7))
	if read(t, a, "/d/a") != read(t, b, "/d/a") {
		t.Error("one seed, two fates")
	}
}

func TestACloneKeepsTwoNamesOfOneFile(t *testing.T) {
	s := newSim(t)
	write(t, s, "/d/a", "one")
	must(t, s.SyncDir("/d"))
	must(t, s.Rename("/d/a", "/d/b")) // the platter still says a
	c := s.Clone()
	c.Crash(disk.Subset(0b01)) // a is gone or stays by the first coin, b by the second
	if got := list(t, c, "/d"); len(got) != 0 {
		t.Fatalf("the folder holds %v", got)
	}
	write(t, s, "/d/b", "two")
	s.Crash(nil)
	if got := read(t, s, "/d/a"); got != "two" {
		t.Fatalf("the file holds %q", got)
	}
}

func TestAGateHoldsOneCallAndLetsTheOthersGoOn(t *testing.T) {
	s := newSim(t)
	f, err := s.Create("/d/a")
	must(t, err)
	waiting, open := make(chan disk.Call), make(chan struct{})
	s.SetGate(func(c disk.Call) {
		if c.Op == disk.OpSync {
			waiting <- c
			<-open
		}
	})
	var wg sync.WaitGroup
	wg.Go(func() { must(t, f.SyncData()) })
	if c := <-waiting; c.Name != "/d/a" {
		t.Errorf("the call that waits is %+v", c)
	}
	_, err = f.WriteAt([]byte("meanwhile"), 0)
	must(t, err)
	close(open)
	wg.Wait()
	s.SetGate(nil)
	if n := s.Unsynced(); n != 1 { // the name; the slow sync took the write along
		t.Fatalf("%d things are unsynced", n)
	}
}
