package server

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"paddock/client"
	"paddock/zk"
)

// manySnapshots makes a snapshot after 100 to 200 transactions.
const manySnapshots = "snapCount=200"

// TestSnapshotsUnderLoadAndTheLogGiveTheSameTree restarts from what several snapshots, written while the tree changed,
// have left: from the newest, and from the one before when the newest is damaged.
func TestSnapshotsUnderLoadAndTheLogGiveTheSameTree(t *testing.T) { inBothModes(t, snapshotsUnderLoad) }

func snapshotsUnderLoad(t *testing.T, newPlace placer) {
	p := newPlace(t, manySnapshots)
	r := p.start(t)
	fill(t, r, 2000) // so that a snapshot takes several slices
	stir(t, r, func() bool { return len(files(t, p.version2(), "snapshot.")) >= 5 })
	r.stop()
	want := r.s.state(t)
	if logs := files(t, p.version2(), "log."); len(logs) < 3 {
		t.Fatalf("log files %v, want several", logs)
	}
	same(t, "from the newest snapshot", p.peek(t), want)
	for name, damage := range map[string]func([]byte) []byte{
		"an empty newest snapshot":     func([]byte) []byte { return nil },
		"half of the newest snapshot":  func(b []byte) []byte { return b[:len(b)/2] },
		"a flipped bit in its middle":  func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"a flipped bit in its digest":  func(b []byte) []byte { b[len(b)-40] ^= 1; return b },
		"the newest snapshot is a lie": func(b []byte) []byte { return b[:copy(b, "ZKSN")] },
	} {
		t.Run(name, func(t *testing.T) {
			copied := p.copy(t)
			newest := filepath.Join(copied.version2(), newestOf(t, copied.version2(), "snapshot."))
			b, err := os.ReadFile(newest)
			check(t, err)
			check(t, os.WriteFile(newest, damage(b), 0o644))
			same(t, name, copied.peek(t), want)
		})
	}
}

// fill makes znodes of 300 bytes in multis.
func fill(t *testing.T, r *runner, znodes int) {
	t.Helper()
	c := r.dial(client.Options{})
	value := []byte(strings.Repeat("v", 300))
	parts := []client.Part{{Op: zk.OpCreate, Path: "/fill", ACL: zk.OpenACL()}}
	for i := range znodes {
		parts = append(parts, client.Part{Op: zk.OpCreate, Path: fmt.Sprintf("/fill/%d", i), Data: value, ACL: zk.OpenACL()})
	}
	for batch := range slices.Chunk(parts, 500) {
		_, err := c.Multi(batch...)
		check(t, err)
	}
}

// stir changes the tree from eight connections, in all ways there are, until enough.
func stir(t *testing.T, r *runner, enough func() bool) {
	t.Helper()
	var over atomic.Bool
	var crowd sync.WaitGroup
	for i := range 8 {
		c := r.dial(client.Options{})
		rng := rand.New(rand.NewPCG(7, uint64(i)))
		crowd.Go(func() {
			for !over.Load() {
				if err := change(c, rng); client.Code(err) == zk.ErrSystemError {
					t.Error(err)
					return
				}
			}
			if i%2 == 0 {
				if err := c.Close(); err != nil { // half of the ephemerals go, half stay
					t.Error(err)
				}
			}
		})
	}
	defer crowd.Wait()
	defer over.Store(true)
	waitFor(t, "enough changes", enough)
}

// change tries one of the changes that there are, in a namespace that all connections share.
func change(c *client.Client, rng *rand.Rand) error {
	var err error
	path := fmt.Sprintf("/fill/%d", rng.IntN(2200))
	child := fmt.Sprintf("%s/%d", path, rng.IntN(4))
	value := []byte(strings.Repeat("w", rng.IntN(600)))
	secret := []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "ip", ID: fmt.Sprintf("127.0.0.0/%d", 8+rng.IntN(16))}}}
	switch rng.IntN(10) {
	case 0:
		_, err = c.Create(path, value, zk.OpenACL(), zk.ModePersistent)
	case 1:
		_, err = c.Create(child, nil, secret, zk.ModePersistent)
	case 2:
		_, err = c.Create(child, value, zk.OpenACL(), zk.ModeEphemeral)
	case 3:
		_, err = c.Create(path+"/s", value, zk.OpenACL(), zk.ModePersistentSequential)
	case 4:
		err = c.Delete(path, -1)
	case 5:
		err = c.Delete(child, -1)
	case 6, 7:
		_, err = c.SetData(path, value, -1)
	case 8:
		_, err = c.SetACL(path, secret, -1)
	case 9:
		_, err = c.Multi(
			client.Part{Op: zk.OpSetData, Path: path, Data: value, Version: -1},
			client.Part{Op: zk.OpCreate, Path: child, ACL: zk.OpenACL()},
			client.Part{Op: zk.OpSetData, Path: "/fill", Data: value, Version: -1})
	}
	return err
}

// TestCopyOfARunningServersDirectoryHasEveryAcknowledgedWrite copies the files as a crash would leave them.
func TestCopyOfARunningServersDirectoryHasEveryAcknowledgedWrite(t *testing.T) {
	p := newPlace(t, manySnapshots)
	r := p.start(t)
	fill(t, r, 500)
	var over atomic.Bool
	var crowd sync.WaitGroup
	ledgers := make([]ledger, 6)
	for i := range ledgers {
		l, c := &ledgers[i], r.dial(client.Options{})
		l.path = fmt.Sprintf("/l%d", i)
		_, err := c.Create(l.path, []byte("0"), zk.OpenACL(), zk.ModePersistent)
		check(t, err)
		crowd.Go(func() { l.write(t, c, &over) })
	}
	for round := range 6 {
		begun := len(files(t, p.version2(), "snapshot."))
		waitFor(t, "another snapshot", func() bool { return len(files(t, p.version2(), "snapshot.")) > begun })
		before := make([]int64, len(ledgers))
		for i := range ledgers {
			before[i] = ledgers[i].acked.Load()
		}
		found := p.copy(t).peek(t)
		for i := range ledgers {
			ledgers[i].check(t, found, before[i], ledgers[i].sent.Load())
		}
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	over.Store(true)
	crowd.Wait()
	quiet := p.copy(t)
	r.stop()
	same(t, "a copy at a quiet moment", quiet.peek(t), r.s.state(t))
}

// ledger is one client's row of writes: create a child n, then set the parent's data to n.
type ledger struct {
	path        string
	sent, acked atomic.Int64
}

func (l *ledger) write(t *testing.T, c *client.Client, over *atomic.Bool) {
	for n := int64(1); !over.Load(); n++ {
		l.sent.Store(n)
		_, err := c.Create(fmt.Sprintf("%s/%d", l.path, n), nil, zk.OpenACL(), zk.ModePersistent)
		if err == nil {
			_, err = c.SetData(l.path, strconv.AppendInt(nil, n, 10), -1)
		}
		if err != nil {
			t.Error(err)
			return
		}
		l.acked.Store(n)
	}
}

// check wants every acknowledged write, nothing that was never sent, and no later write without the earlier ones.
func (l *ledger) check(t *testing.T, found state, acked, sent int64) {
	t.Helper()
	n, err := strconv.ParseInt(found.znodes[l.path].data, 10, 64)
	if err != nil || n < acked || n > sent {
		t.Errorf("%s holds %d (%v); acknowledged %d, sent %d", l.path, n, err, acked, sent)
	}
	children := int64(0)
	for path := range found.znodes {
		if strings.HasPrefix(path, l.path+"/") {
			children++
		}
	}
	if children != n && children != n+1 {
		t.Errorf("%s holds %d and has %d children", l.path, n, children)
	}
	for i := int64(1); i <= children; i++ {
		if _, there := found.znodes[fmt.Sprintf("%s/%d", l.path, i)]; !there {
			t.Errorf("%s: child %d of %d is missing", l.path, i, children)
		}
	}
}

// copy copies the files in an order that makes the copy one that a crash could have left: snapshots first, then the
// log that continues them; the newest log file first, because the others do not grow any more.
func (p *place) copy(t *testing.T) *place {
	t.Helper()
	to := &place{dir: t.TempDir(), lines: p.lines, props: p.props}
	check(t, os.MkdirAll(to.version2(), 0o755))
	for _, prefix := range []string{"snapshot.", "log."} {
		names := files(t, p.version2(), prefix)
		slices.SortFunc(names, func(a, b string) int { return cmp.Compare(zxidOf(t, b), zxidOf(t, a)) })
		for _, name := range names {
			copyFile(t, filepath.Join(p.version2(), name), filepath.Join(to.version2(), name))
		}
	}
	return to
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	check(t, err)
	defer func() { check(t, in.Close()) }()
	out, err := os.Create(to)
	check(t, err)
	_, err = io.Copy(out, in)
	check(t, err)
	check(t, out.Close())
}

func newestOf(t *testing.T, dir, prefix string) string {
	t.Helper()
	names := files(t, dir, prefix)
	return slices.MaxFunc(names, byZxid(t))
}

func byZxid(t *testing.T) func(a, b string) int {
	return func(a, b string) int { return cmp.Compare(zxidOf(t, a), zxidOf(t, b)) }
}

func zxidOf(t *testing.T, name string) int64 {
	t.Helper()
	hex := strings.Split(name, ".")[1] // what follows says how it is compressed
	zxid, err := strconv.ParseInt(hex, 16, 64)
	check(t, err)
	return zxid
}
