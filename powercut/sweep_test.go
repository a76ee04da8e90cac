package powercut

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"paddock/disk"
)

var (
	full = flag.Bool("full", false, "the long sweep: every fate, many seeds")
	seed = flag.Uint64("seed", 1, "of the first script")
)

// sweep says how thorough to be.
type sweep struct {
	steps   int // of the script
	every   int // n-th point is looked at
	allUpTo int // things unsynced: then every subset is tried
	samples int // else so many, besides nothing and everything
	lives   int // how many recovered disks get a second life, with a sweep of its own
}

// thorough is the sweep of this run, and how many scripts it is made with.
func thorough() (s sweep, scripts uint64) {
	if *full {
		return sweep{steps: 250, every: 1, allUpTo: 8, samples: 16, lives: 100}, 10
	}
	return sweep{steps: 120, every: 1, allUpTo: 5, samples: 2, lives: 6}, 3
}

func TestAPowerCutAnywhereLosesNothingThatClientsHaveSeen(t *testing.T) {
	s, scripts := thorough()
	for i := range scripts {
		t.Run(fmt.Sprintf("seed %d", *seed+i), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &run{sweep: s, rng: rand.New(rand.NewPCG(*seed+i, 7)), seen: map[string]int{}}
				if err := r.first(*seed + i); err != nil {
					t.Fatal(err)
				}
				if err := r.second(); err != nil {
					t.Fatal(err)
				}
				t.Logf("%d points, %d power cuts recovered, %d of them with unacknowledged transactions; %d second lives with %d cuts; "+
					"calls: %v", r.points, r.cuts, r.ahead, r.relived, r.cutsAgain, r.seen)
				r.enough(t)
			})
		})
	}
}

// enough makes sure that the script has come to all that is worth a power cut.
func (r *run) enough(t *testing.T) {
	t.Helper()
	if r.cuts < 2*r.points || r.ahead < r.cuts/10 || r.relived < r.lives || r.cutsAgain < 20*r.lives {
		t.Error("that is not much")
	}
	for what, n := range map[string]int{
		"write writing.snapshot": 6, "rename to snapshot.": 3, "write log.": 50, "rename to log.": 5, "truncate log.": 3,
		"write paddock.spare": 5, "rename to paddock.cut": 3, "remove paddock.spare": 1, "syncdir ": 10,
	} {
		if r.seen[what] < n {
			t.Errorf("%s: %d times", what, r.seen[what])
		}
	}
}

// kind names a call by what it does to which kind of file.
func kind(c disk.Call) string {
	name := func(path string) string {
		base := strings.TrimPrefix(filepath.Base(path), "version-2")
		for _, prefix := range []string{"log.", "snapshot.", "paddock.spare", "paddock.cut"} {
			if strings.HasPrefix(base, prefix) {
				return prefix
			}
		}
		return base
	}
	if c.Op == disk.OpRename {
		return "rename to " + name(c.To)
	}
	return string(c.Op) + " " + name(c.Name)
}

// run is one script and its sweep.
type run struct {
	sweep
	rng       *rand.Rand
	points    int
	cuts      int
	ahead     int       // cuts that kept transactions which nobody had seen
	again     [2]sample // whole and torn
	relived   int
	cutsAgain int
	seen      map[string]int // calls by kind, in both lives
}

// first runs the script on a fresh disk.
func (r *run) first(seed uint64) error {
	d := disk.NewSim()
	if seed%2 == 0 {
		d.SetSector(4096)
	}
	w, err := newWorld(Found{Before: d}, seed, r.visit)
	if err != nil {
		return err
	}
	w.opening()
	w.steps(r.steps)
	defer r.count(w)
	return w.end()
}

func (r *run) count(w *World) {
	for _, c := range w.calls {
		r.seen[kind(c)]++
	}
}

// visit tries the fates of one point.
func (r *run) visit(p *Point) error {
	if r.points++; r.points%r.every != 0 {
		return nil
	}
	for _, fate := range r.fates(p.Unsynced()) {
		if err := r.found(p)(p.Recover(fate)); err != nil {
			return err
		}
	}
	return r.found(p)(p.Kill())
}

// found counts what a recovery gave, and keeps a sample.
func (r *run) found(p *Point) func(Found, error) error {
	return func(f Found, err error) error {
		if err != nil {
			return err
		}
		r.cuts++
		if f.Zxid > p.World.shown {
			r.ahead++
		}
		r.keep(f)
		return nil
	}
}

// fates of n things that are not synced.
func (r *run) fates(n int) (all []func() bool) {
	if n <= r.allUpTo {
		for bits := range uint64(1) << n {
			all = append(all, disk.Subset(bits))
		}
		return all
	}
	all = append(all, nil, func() bool { return true })
	for range r.samples {
		all = append(all, disk.Coins(r.rng.Uint64()))
	}
	return all
}

// keep chooses some for a second life, without knowing how many there will be.
func (r *run) keep(f Found) {
	if f.hist == nil {
		return
	}
	s := &r.again[0]
	if f.torn() {
		s = &r.again[1]
	}
	if s.of++; len(s.found) < r.lives {
		s.found = append(s.found, f)
	} else if i := r.rng.IntN(s.of); i < r.lives {
		s.found[i] = f
	}
}

// sample is some of many.
type sample struct {
	found []Found
	of    int
}

// chosen are half of them with an end that has to be cut; where a script leaves fewer, more of the whole ones.
func (r *run) chosen() []Found {
	whole, torn := r.again[0].found, r.again[1].found
	for _, found := range [][]Found{whole, torn} { // what came early stands in front
		r.rng.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	}
	torn = torn[:min(len(torn), r.lives/2)]
	return append(whole[:min(len(whole), r.lives-len(torn))], torn...)
}

// second lets servers live on recovered disks, from the first call of loading on, and cuts their power too.
func (r *run) second() error {
	for _, f := range r.chosen() {
		f.Before = f.Before.Clone()
		w, err := newWorld(f, r.rng.Uint64(), func(p *Point) error {
			for _, fate := range []func() bool{disk.Subset(0), disk.Coins(r.rng.Uint64())} {
				if _, err := p.Recover(fate); err != nil {
					return err
				}
				r.cutsAgain++
			}
			return nil
		})
		if err != nil {
			return err
		}
		w.open(longMs)
		w.drain()
		w.steps(8)
		if err := w.end(); err != nil {
			return err
		}
		r.count(w)
		r.relived++
	}
	return nil
}

// life runs one script to its end, without power cuts.
func life(t *testing.T, seed uint64, settings ...string) *World {
	t.Helper()
	w, err := newWorld(Found{Before: disk.NewSim()}, seed, func(*Point) error { return nil }, settings...)
	if err != nil {
		t.Fatal(err)
	}
	w.opening()
	w.steps(120)
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestOneSeedIsOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := life(t, 5), life(t, 5)
		for i := range a.calls {
			if i >= len(b.calls) || a.calls[i] != b.calls[i] {
				t.Fatalf("call %d is %+v, the first time it was %+v", i, b.calls[min(i, len(b.calls)-1)], a.calls[i])
			}
		}
		if len(a.calls) != len(b.calls) || !reflect.DeepEqual(a.hist.last().nodes, b.hist.last().nodes) {
			t.Fatal("the two runs end differently")
		}
	})
}

// The judge is not blind: a server that does not sync is found out.
func TestAServerThatDoesNotSyncIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := 0
		w, err := newWorld(Found{Before: disk.NewSim()}, 3, func(p *Point) error {
			if _, err := p.Recover(nil); err != nil {
				lost++
			}
			return nil
		}, "-Dzookeeper.forceSync=no")
		if err != nil {
			t.Fatal(err)
		}
		w.opening()
		w.steps(40)
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		if lost < 20 {
			t.Errorf("%d points lost something", lost)
		}
	})
}
