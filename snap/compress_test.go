package snap

import (
	"bytes"
	stdgzip "compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/snappy/xerial"

	"paddock/disk"
	"paddock/tree"
	"paddock/zk"
)

func compressions() []Compression { return []Compression{Plain, Gzip, Snappy} }

func (c Compression) String() string { return "compression" + c.Extension() }

// largeTree has znodes of all sizes, some that pack well and some that do not.
func largeTree(znodes int) *tree.Tree {
	r := rand.New(rand.NewPCG(8, 8))
	tr := tree.New()
	for i := range znodes {
		data := make([]byte, r.IntN(3000))
		if i%2 == 0 {
			for j := range data {
				data[j] = byte(r.Uint32())
			}
		}
		tr.Create(fmt.Sprintf("/n%d", i), data, zk.OpenACL(), 0, int32(i+1), int64(i+1), 0)
	}
	return tr
}

func TestMethodsAreApaches(t *testing.T) {
	for text, want := range map[string]Compression{
		"": Plain, "gz": Gzip, "GZ": Gzip, "snappy": Snappy, "Snappy": Snappy,
	} {
		if got, ok := ParseMethod(text); got != want || !ok {
			t.Errorf("%q: %v %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"gzip", ".gz", " gz", "zstd"} {
		if got, ok := ParseMethod(text); got != Plain || ok {
			t.Errorf("%q: %v %v, want none", text, got, ok)
		}
	}
}

func TestCompressedSnapshotsLoad(t *testing.T) {
	want := largeTree(500)
	for _, c := range compressions() {
		sim := newSim(t)
		cfg := config(sim)
		cfg.Compression = c
		if err := WriteEmpty(cfg); err != nil {
			t.Fatal(err)
		}
		if l := load(t, sim); l.File != "snapshot.0"+c.Extension() {
			t.Errorf("%v: the first snapshot is %s", c, l.File)
		}
		r := finish(Begin(cfg, want, []Session{{ID: 1, TimeoutMs: 4000}}, 500), 500, nil)
		name := "snapshot.1f4" + c.Extension()
		if r.Err != nil || r.File != name || r.Bytes != int64(len(get(t, sim, name))) {
			t.Errorf("%v: %+v, the file has %d bytes", c, r, len(get(t, sim, name)))
		}
		sim.Crash(nil)
		l := load(t, sim)
		sameTree(t, l.Tree, want)
		if l.File != name || l.Zxid != 500 || l.Digest.Tree != want.Digest() || l.LastZxid != 500 || l.Sessions[1] != 4000 {
			t.Errorf("%v: %s zxid %d digest %+v", c, l.File, l.Zxid, l.Digest)
		}
	}
}

// Other implementations must be able to unpack what we pack: Go's own gzip, and the frames of snappy-java as another
// package reads them. Apache itself reads them in interop.
func TestWhatIsPackedOthersUnpack(t *testing.T) {
	want := largeTree(100)
	files := map[Compression][]byte{}
	for _, c := range compressions() {
		sim := newSim(t)
		cfg := config(sim)
		cfg.Compression = c
		if r := finish(Begin(cfg, want, nil, 100), 100, nil); r.Err != nil {
			t.Fatal(r.Err)
		}
		files[c] = get(t, sim, c.FileName(100))
	}
	z, err := stdgzip.NewReader(bytes.NewReader(files[Gzip]))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, files[Plain]) {
		t.Errorf("gzip gives other bytes: %v", err)
	}
	if got, err := xerial.Decode(files[Snappy]); err != nil || !bytes.Equal(got, files[Plain]) {
		t.Errorf("snappy gives other bytes: %v", err)
	}
	if len(files[Gzip]) >= len(files[Plain]) || len(files[Snappy]) >= len(files[Plain]) {
		t.Errorf("plain %d bytes, gzip %d, snappy %d", len(files[Plain]), len(files[Gzip]), len(files[Snappy]))
	}
}

// Wherever a compressed file is cut or a bit of it flipped, the snapshot before is taken, with a warning; or what was loaded
// is right all the same, as bits of gzip's header do not matter.
func TestABrokenCompressedNewestFallsBackWithAWarning(t *testing.T) {
	want := capturedTree()
	for _, c := range compressions()[1:] {
		sim := newSim(t)
		cfg := config(sim)
		cfg.Compression = c
		if err := WriteEmpty(cfg); err != nil {
			t.Fatal(err)
		}
		if r := finish(Begin(cfg, want, nil, 12), 12, nil); r.Err != nil {
			t.Fatal(r.Err)
		}
		name := c.FileName(12)
		whole := get(t, sim, name)
		fell := 0
		try := func(what string, b []byte) {
			put(t, sim, name, b)
			var logged bytes.Buffer
			l, err := Load(sim, dir, logTo(&logged))
			switch {
			case err != nil:
				t.Fatalf("%v, %s: %v", c, what, err)
			case l.Zxid == 12:
				sameTree(t, l.Tree, want)
			default:
				fell++
				if _, err := Scan(sim, filepath.Join(dir, name), Visitor{}); !errors.Is(err, ErrCorrupt) {
					t.Errorf("%v, %s: damage is not called so: %v", c, what, err)
				}
				if !strings.Contains(logged.String(), "level=WARN") || !strings.Contains(logged.String(), name) {
					t.Errorf("%v, %s: no warning: %s", c, what, logged.String())
				}
			}
		}
		for n := range whole {
			try(fmt.Sprint("cut at ", n), whole[:n])
		}
		if fell != len(whole) {
			t.Errorf("%v: %d of %d cuts were noticed", c, fell, len(whole))
		}
		fell = 0
		for n := range whole {
			try(fmt.Sprint("bit flipped at ", n), patch(whole, n, whole[n]^1<<(n%8)))
		}
		if fell < len(whole)/2 { // the captured tree has much that repeats, and snappy many ways to say so
			t.Errorf("%v: %d of %d flipped bits were noticed", c, fell, len(whole))
		}
	}
}

// A few kilobytes that unpack to hundreds of megabytes cost no more memory than what can be believed of them.
func TestABombIsRefusedBeforeItUnfolds(t *testing.T) {
	const zeros = 100 << 20
	head := captured(t, "snapshot.0")[:headerBytes]
	for _, c := range compressions()[1:] {
		for what, start := range map[string][]byte{
			"nothing but zeros":             nil,
			"zeros behind a header":         head,
			"zeros for two billion ACLs":    append(bytes.Clone(head), 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff),
			"a record that ends in no time": append(bytes.Clone(head), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0),
		} {
			bomb := &bytes.Buffer{}
			pack := c.packInto(bomb)
			_, err := pack.Write(start)
			for n, piece := 0, make([]byte, 1<<20); n < zeros && err == nil; n += len(piece) {
				_, err = pack.Write(piece)
			}
			if err := errors.Join(err, pack.Close()); err != nil {
				t.Fatal(err)
			}
			r, err := c.unpack(bomb)
			if err != nil {
				t.Fatal(err)
			}
			_, src, err := decodeStream(r)
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("%v, %s: %v", c, what, err)
			}
			if cap(src.buf) > 16<<20 || src.offset() > 16<<20 {
				t.Errorf("%v, %s: read to %d with a buffer of %d bytes", c, what, src.offset(), cap(src.buf))
			}
		}
	}
}

// Every call on the disk fails once, with every compression: whatever is named snapshot.* then is whole, and nothing
// unfinished is left but where its removal failed.
func TestAfterADiskErrorEveryNamedSnapshotIsWhole(t *testing.T) {
	want := largeTree(60)
	for _, c := range compressions() {
		for k, done := 1, false; !done; k++ {
			sim := newSim(t)
			cfg := config(sim)
			cfg.Compression = c
			cfg.SliceBytes = 20 << 10
			if err := WriteEmpty(cfg); err != nil {
				t.Fatal(err)
			}
			calls, _ := sim.Counts()
			sim.SetFault(disk.FailAtCall(calls+k, syscall.ENOSPC))
			r := finish(Begin(cfg, want, nil, 60), 60, nil)
			done = r.Err == nil
			if !done && !errors.Is(r.Err, syscall.ENOSPC) {
				t.Errorf("%v, call %d: %v", c, k, r.Err)
			}
			sim.SetFault(nil)
			files, err := List(sim, dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				if _, err := Scan(sim, filepath.Join(dir, f.Name), Visitor{}); err != nil {
					t.Errorf("%v, call %d: %v", c, k, err)
				}
			}
			if err := RemoveUnfinished(sim, dir); err != nil {
				t.Error(err)
			}
			if entries, err := sim.ReadDir(dir); err != nil || len(entries) != len(files) {
				t.Errorf("%v, call %d: %v is left: %v", c, k, entries, err)
			}
			if k > 200 {
				t.Fatal("more calls than there can be")
			}
		}
	}
}

func TestNothingUnfinishedIsNothingToRemove(t *testing.T) {
	sim := newSim(t)
	if err := RemoveUnfinished(sim, dir); err != nil {
		t.Error(err)
	}
	put(t, sim, tempName, []byte("half"))
	sim.SetFault(func(c disk.Call) error {
		if c.Op == disk.OpRemove {
			return syscall.EROFS
		}
		return nil
	})
	if err := RemoveUnfinished(sim, dir); !errors.Is(err, syscall.EROFS) {
		t.Errorf("got %v", err)
	}
}

// What it promises: whatever is written in whatever pieces comes out again.
func FuzzSnappyRoundTrip(f *testing.F) {
	f.Add([]byte("abc"), uint16(1), uint8(1))
	f.Add(bytes.Repeat([]byte("0123"), 20000), uint16(7000), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, piece uint16, times uint8) {
		b = bytes.Repeat(b, int(times%8)+1)
		var packed bytes.Buffer
		w := newSnappyWriter(&packed)
		for rest := b; len(rest) > 0; {
			n := min(len(rest), int(piece)+1)
			if got, err := w.Write(rest[:n]); err != nil || got != n {
				t.Fatal(got, err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := newSnappyReader(&packed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%d bytes of %d: %v", len(got), len(b), err)
		}
	})
}
