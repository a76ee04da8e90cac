package powercut

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"paddock/disk"
)

// TestAFailingCallEndsTheServerOrHurtsNobody lets every call on the disk fail, one after the other, reads included. Either
// the server goes on and answers everybody, or it ends at once with the disk's own error; no client has been told of a
// transaction that is not there afterwards.
func TestAFailingCallEndsTheServerOrHurtsNobody(t *testing.T) {
	for _, fault := range []error{syscall.EIO, &disk.ShortWriteError{Bytes: 700, Err: syscall.ENOSPC}} {
		for _, fresh := range []bool{true, false} {
			t.Run(fmt.Sprintf("%v, fresh disk %v", fault, fresh), func(t *testing.T) {
				ends := map[bool]int{}
				for k, reached := 1, true; reached; k++ {
					synctest.Test(t, func(t *testing.T) {
						on := Found{Before: disk.NewSim()}
						if !fresh {
							on = torn(t)
						}
						var died bool
						died, reached = failingCall(t, on, k, fault)
						ends[died]++
					})
				}
				t.Logf("%d servers ended, %d went on", ends[true], ends[false])
				if ends[true] < 30 || ends[false] < 10 {
					t.Error("that is one-sided")
				}
			})
		}
	}
}

// torn is what a power cut has left in the middle of a batch.
func torn(t *testing.T) (on Found) {
	t.Helper()
	w, err := newWorld(Found{Before: disk.NewSim()}, 11, func(p *Point) error {
		if on.Before != nil || p.World.shown < 60 || p.Call.Op != disk.OpSync {
			return nil
		}
		f, err := p.Recover(disk.Coins(3))
		if f.torn() {
			on = f
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.opening()
	w.steps(60)
	if err := w.end(); err != nil || on.Before == nil {
		t.Fatal(err, on)
	}
	return on
}

func failingCall(t *testing.T, on Found, k int, fault error) (died, reached bool) {
	t.Helper()
	d, failed := on.Before, disk.Call{}
	calls, _ := d.Counts()
	d.SetFault(func(c disk.Call) error {
		if c.N != calls+k {
			return nil
		}
		failed, reached = c, true
		return fault
	})
	w, err := newWorld(on, 11, func(*Point) error { return nil })
	if err != nil { // it did not even start
		if !errors.Is(err, fault) {
			t.Fatalf("%+v failed: %v", failed, err)
		}
		on.Before = d.Clone()
		on.Before.Crash(nil)
		startsAfter(t, on)
		return true, reached
	}
	w.open(longMs)
	w.drain()
	w.steps(40)
	err = w.end()
	if !w.dead() {
		if errors.Is(err, errLogged) || errors.Is(err, fault) { // what failed was only reported, or it was the last thing to do
			err = nil
		}
		if err != nil || w.owed() > 0 {
			t.Fatalf("%+v failed, the server went on: %d answers are owed, %v", failed, w.owed(), err)
		}
	} else if !errors.Is(err, fault) && !strings.Contains(err.Error(), fault.Error()) {
		t.Fatalf("%+v failed, and the server ended: %v", failed, err)
	}
	d.SetFault(nil)
	p := &Point{World: w, Call: failed}
	for _, fate := range []func() bool{nil, disk.Coins(uint64(k))} {
		if _, err := p.Recover(fate); err != nil {
			t.Fatalf("%+v failed (%v): %v", failed, fault, err)
		}
	}
	if _, err := p.Kill(); err != nil {
		t.Fatalf("%+v failed (%v): %v", failed, fault, err)
	}
	return w.dead(), reached
}

// startsAfter makes sure that a directory is not spoilt.
func startsAfter(t *testing.T, on Found) {
	t.Helper()
	w, err := newWorld(on, 1, func(*Point) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	w.open(longMs)
	w.drain()
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
}

// TestAFullDiskTellsNobodyYesAndLosesNothing fills the disk at some moment of the script, and frees it for the restart.
func TestAFullDiskTellsNobodyYesAndLosesNothing(t *testing.T) {
	for spare := range int64(12) {
		t.Run(fmt.Sprintf("%d KiB are left", 8*spare), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := disk.NewSim()
				w, err := newWorld(Found{Before: d}, uint64(spare), func(*Point) error { return nil })
				if err != nil {
					t.Fatal(err)
				}
				w.opening()
				w.steps(30)
				d.SetCapacity(d.Used() + spare*8<<10)
				w.steps(500)
				if err := w.end(); !errors.Is(err, syscall.ENOSPC) || !w.dead() {
					t.Fatalf("the disk was full, and the server ended with %v", err)
				}
				d.SetCapacity(0)
				for _, fate := range []func() bool{nil, disk.Coins(uint64(spare))} {
					f, err := (&Point{World: w}).Recover(fate)
					if err != nil {
						t.Fatal(err)
					}
					again, err := newWorld(Found{Before: f.Disk, hist: f.hist, shown: f.shown}, 3, func(*Point) error { return nil })
					if err != nil {
						t.Fatal(err)
					}
					again.open(longMs)
					again.drain()
					again.steps(10)
					if err := again.end(); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}
