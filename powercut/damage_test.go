package powercut

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/synctest"

	"paddock/disk"
	"paddock/server"
	"paddock/snap"
	"paddock/wal"
)

// TestDamagedFilesAreRefusedOrLeaveACorrectPrefix damages log and snapshot files that servers have left, after a good end and
// after power cuts: each copy loads to exactly a state that once was, or is refused with a file and an offset. Less than
// everything is found only if the end of the log was hit.
func TestDamagedFilesAreRefusedOrLeaveACorrectPrefix(t *testing.T) {
	copies := 1500
	if *full {
		copies = 10_000
	}
	var bases []Found
	synctest.Test(t, func(t *testing.T) {
		for i := range uint64(3) {
			w := life(t, *seed+i, "-Dzookeeper.snapshot.compression.method="+[]string{"", "gz", "snappy"}[i])
			bases = append(bases, Found{Before: w.disk.Clone(), hist: w.hist})
		}
		cut := torn(t)
		cut.shown = 0
		bases = append(bases, cut)
	})
	rng := rand.New(rand.NewPCG(*seed, 99))
	ends := map[string]int{}
	for i := range copies {
		b := bases[i%len(bases)]
		d := b.Before.Clone()
		d.Crash(nil)
		hit := damage(t, d, rng)
		before := allocated()
		end, err := loadDamaged(&b, d, hit)
		if err != nil {
			t.Fatalf("copy %d of seed %d, %s: %v", i, *seed, hit, err)
		}
		if used := allocated() - before; used > 24<<20+32*uint64(d.Used()) {
			t.Fatalf("copy %d of seed %d, %s: %d bytes of memory for %d of files", i, *seed, hit, used, d.Used())
		}
		ends[end]++
	}
	t.Logf("of %d damaged copies (seed %d): %v", copies, *seed, ends)
	for _, end := range []string{"whole", "prefix", "refused"} {
		if ends[end] < copies/20 {
			t.Errorf("%s: only %d", end, ends[end])
		}
	}
}

// allocated is how many bytes the program has taken from the heap so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// blow is where a file was hit, and how.
type blow struct {
	file, how string
	last      bool // it is the last log file with records
}

func (b *blow) String() string { return b.how + " in " + b.file }

// damage hits one file at random.
func damage(t *testing.T, d *disk.Sim, rng *rand.Rand) *blow {
	t.Helper()
	entries, err := d.ReadDir(logDir)
	if err != nil {
		t.Fatal(err)
	}
	var files []disk.Entry
	for _, e := range entries {
		if strings.HasPrefix(e.Name, "log.") || strings.HasPrefix(e.Name, "snapshot.") {
			files = append(files, e)
		}
	}
	segments, err := wal.Segments(d, logDir)
	if err != nil {
		t.Fatal(err)
	}
	f := files[rng.IntN(len(files))]
	if last := segments[len(segments)-1]; rng.IntN(3) == 0 {
		f = disk.Entry{Name: last.Name, Size: last.Size}
	}
	hit := &blow{file: f.Name, last: f.Name == segments[len(segments)-1].Name}
	if err := d.Damage(logDir+"/"+f.Name, func(b []byte) []byte { return hit.strike(b, rng) }); err != nil {
		t.Fatal(err)
	}
	return hit
}

// strike changes a file's bytes.
func (b *blow) strike(data []byte, rng *rand.Rand) []byte {
	const sector = 512
	at := func() int { return rng.IntN(len(data)) }
	switch rng.IntN(5) {
	case 0:
		n := at()
		b.how = fmt.Sprintf("cut off at %d of %d", n, len(data))
		return data[:n]
	case 1:
		i := at()
		b.how = fmt.Sprintf("a bit flipped at %d of %d", i, len(data))
		data[i] ^= 1 << rng.IntN(8)
	case 2:
		i := at() / sector * sector
		n := min(sector*(1+rng.IntN(8)), len(data)-i)
		b.how = fmt.Sprintf("%d bytes zeroed at %d of %d", n, i, len(data))
		clear(data[i : i+n])
	case 3:
		i, j := at()/sector*sector, at()/sector*sector
		n := min(sector, len(data)-i, len(data)-j)
		b.how = fmt.Sprintf("%d bytes at %d and %d of %d swapped", n, i, j, len(data))
		old := append([]byte{}, data[i:i+n]...)
		copy(data[i:i+n], data[j:j+n])
		copy(data[j:j+n], old)
	default:
		n := 2 + rng.IntN(30)
		b.how = fmt.Sprintf("%d random bytes in %d", n, len(data))
		for range n {
			data[at()] = byte(rng.Uint32())
		}
	}
	return data
}

var place = regexp.MustCompile(`/version-2/(log|snapshot)\.[0-9a-f]+.*(byte|offset) \d+`)

// loadDamaged starts a server on a damaged disk: "whole", "prefix" or "refused".
func loadDamaged(base *Found, d *disk.Sim, hit *blow) (end string, err error) {
	w := &World{}
	if w.cfg, err = configWith(nil); err != nil {
		return "", err
	}
	said := &witness{}
	env := w.env()
	env.FS, env.Net = d, newNetwork()
	srv, err := server.NewIn(env, w.cfg, "powercut", slog.New(said))
	if err != nil {
		return "refused", refusal(err)
	}
	defer func() { err = errors.Join(err, srv.Discard()) }()
	found := srv.Loaded()
	want, there := base.hist.at(found.Zxid)
	if !there {
		return "", fmt.Errorf("loaded up to zxid %d", found.Zxid)
	}
	if logged := said.err(); logged != nil {
		return "", logged
	}
	if err := compare(found, want); err != nil {
		return "", err
	}
	if found.Zxid == base.hist.last().zxid {
		return "whole", nil
	}
	if !hit.last {
		return "", fmt.Errorf("loaded up to zxid %d of %d", found.Zxid, base.hist.last().zxid)
	}
	return "prefix", nil
}

// refusal makes sure that an operator learns what is wrong and where.
func refusal(err error) error {
	switch {
	case !errors.Is(err, wal.ErrCorrupt) && !errors.Is(err, snap.ErrCorrupt):
		return fmt.Errorf("refused for another reason than damage: %w", err)
	case !place.MatchString(err.Error()):
		return fmt.Errorf("refused without file and offset: %w", err)
	}
	return nil
}

// TestASnapshotAheadOfItsLogIsRefusedAndAloneItIsServed: a snapshot that was written while the tree changed is no state by
// itself. Where the log ends before it, transactions are lost, and moving it aside leads back to a state that once was. Where
// there is no log at all it is an operator's copy, as ZooKeeper's manual has it, and served with a warning.
func TestASnapshotAheadOfItsLogIsRefusedAndAloneItIsServed(t *testing.T) {
	for _, setting := range []string{"-Dzookeeper.digest.enabled=true", "-Dzookeeper.digest.enabled=false"} {
		t.Run(setting, func(t *testing.T) { aheadOfItsLog(t, setting) })
	}
}

func aheadOfItsLog(t *testing.T, setting string) {
	t.Helper()
	var w *World
	synctest.Test(t, func(t *testing.T) { w = life(t, 5, setting) })
	d := w.disk.Clone()
	d.Crash(nil)
	fuzzy := 0
	for _, e := range names(t, d, "snapshot.") {
		alone := d.Clone()
		for _, other := range append(names(t, d, "snapshot."), names(t, d, "log.")...) {
			if other != e {
				must(t, alone.Remove(logDir+"/"+other))
			}
		}
		found, err := snap.Load(alone, logDir, slog.New(slog.DiscardHandler))
		must(t, err)
		if found.ChangedUntil() == found.Zxid {
			continue
		}
		fuzzy++
		srv, err := start(alone)
		must(t, err)
		must(t, srv.Discard())

		short := d.Clone()
		for _, other := range names(t, d, "snapshot.") {
			if zxid, _ := snap.ParseName(other); zxid > found.Zxid {
				must(t, short.Remove(logDir+"/"+other))
			}
		}
		must(t, wal.TruncateAfter(wal.Config{Dir: logDir, FS: short}, found.Zxid))
		_, err = start(short)
		if !errors.Is(err, wal.ErrCorrupt) || !strings.Contains(err.Error(), e) || !place.MatchString(err.Error()) {
			t.Fatalf("a log that ends with the snapshot's beginning: %v", err)
		}
		must(t, short.Remove(logDir+"/"+e))
		srv, err = start(short)
		must(t, err)
		want, _ := w.hist.at(found.Zxid)
		must(t, compare(srv.Loaded(), want))
		must(t, srv.Discard())
	}
	if fuzzy == 0 {
		t.Error("no snapshot of a moving tree")
	}
}

func names(t *testing.T, d *disk.Sim, prefix string) (out []string) {
	t.Helper()
	entries, err := d.ReadDir(logDir)
	must(t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name, prefix) {
			out = append(out, e.Name)
		}
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
