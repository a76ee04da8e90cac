package snap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy/xerial"

	"paddock/disk"
	"paddock/tree"
	"paddock/zk"
)

const dir = "/data"

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// logTo collects what is logged.
func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func newSim(t testing.TB) *disk.Sim {
	t.Helper()
	sim := disk.NewSim()
	if err := sim.MkdirAll(dir); err != nil {
		t.Fatal(err)
	}
	return sim
}

func put(t testing.TB, fs disk.FS, name string, content []byte) {
	t.Helper()
	f, err := fs.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(content, 0); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), fs.SyncDir(dir), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, fs disk.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// captured reads a file that Apache 3.9.5 wrote (testdata/Capture.java).
func captured(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// load reads the folder and checks the tree.
func load(t testing.TB, fs disk.FS) Loaded {
	t.Helper()
	l, err := Load(fs, dir, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Tree.Check(); err != nil {
		t.Fatal(err)
	}
	return l
}

// dump lists a tree for comparison, a line per znode.
func dump(tr *tree.Tree) []string {
	var lines []string
	var visit func(n tree.Node)
	visit = func(n tree.Node) {
		data := tr.Data(n)
		lines = append(lines, fmt.Sprintf("%s %x %v %v %+v", tr.AppendPath(nil, n), data, data == nil,
			tr.ACLList(tr.ACLRef(n)), tr.Persisted(n)))
		for c := tr.FirstChild(n); c != 0; c = tr.NextSibling(c) {
			visit(c)
		}
	}
	visit(tr.Lookup("/"))
	slices.Sort(lines)
	return lines
}

func sameTree(t testing.TB, got, want *tree.Tree) {
	t.Helper()
	a, b := dump(got), dump(want)
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			t.Errorf("missing: %.300s", b[i])
		case i >= len(b):
			t.Errorf("extra: %.300s", a[i])
		case a[i] != b[i]:
			t.Errorf("got  %.300s\nwant %.300s", a[i], b[i])
		}
	}
}

const capturedSession = 0x1000abcd12340001

// capturedTree makes by transactions what testdata/Capture.java makes.
func capturedTree() *tree.Tree {
	open := zk.OpenACL()
	digest := []zk.ACL{
		{Perms: 31, ID: zk.ID{Scheme: "digest", ID: "alice:K2WZu1JB7cVH9uX6vCGYDhYAcN8="}},
		{Perms: 1, ID: zk.ID{Scheme: "ip", ID: "10.0.0.0/8"}},
	}
	read := []zk.ACL{{Perms: 1, ID: zk.ID{Scheme: "world", ID: "anyone"}}}
	t := tree.New()
	at := func(zxid int64) int64 { return 1700000000000 + zxid }
	t.Create("/app", []byte("hello"), open, 0, 1, 1, at(1))
	t.Create("/app/empty", []byte{}, digest, 0, 1, 2, at(2))
	t.Create("/app/null", nil, open, 0, 2, 3, at(3))
	t.Create("/app/eph", []byte("e"), digest, capturedSession, 3, 4, at(4))
	t.Create("/app/gone", []byte("g"), open, 0, 4, 5, at(5))
	t.Create("/ümläut 中", make([]byte, 5000), read, 0, 2, 6, at(6))
	t.Create("/app/ttl", []byte("t"), open, zk.OwnerTTL(60000), 5, 7, at(7))
	t.Delete("/app/gone", 8)
	t.SetData("/app", []byte("hello again"), 1, 9, at(9))
	t.SetACL("/app", digest, 1)
	t.SetData("/", []byte("root data"), 1, 11, at(11))
	t.Create("/zookeeper/quota/app", []byte{}, open, 0, 1, 12, at(12))
	return t
}

func TestApachesSnapshotsLoad(t *testing.T) {
	want := capturedTree()
	for _, name := range []string{"snapshot.c", "snapshot.c.gz", "snapshot.c.snappy"} {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t)
			put(t, sim, name, captured(t, name))
			l := load(t, sim)
			sameTree(t, l.Tree, want)
			if l.Zxid != 12 || l.File != name || l.LastZxid != 12 {
				t.Errorf("zxid %d, file %s, last zxid %d", l.Zxid, l.File, l.LastZxid)
			}
			// The numbers are those that Apache printed when it wrote the file.
			if l.Digest != (Digest{Zxid: 12, Version: 2, Tree: 18594645913}) || l.Tree.Digest() != 18594645913 {
				t.Errorf("digest %+v, the tree's is %d", l.Digest, l.Tree.Digest())
			}
			if l.Tree.Count() != 12 || l.Tree.ApproximateDataSize() != 5134 || l.Tree.EphemeralCount() != 1 {
				t.Errorf("count %d, data size %d", l.Tree.Count(), l.Tree.ApproximateDataSize())
			}
			if want := map[int64]int32{capturedSession: 30000, capturedSession + 1: 4000}; !maps.Equal(l.Sessions, want) {
				t.Errorf("sessions %v, want %v", l.Sessions, want)
			}
		})
	}
}

// The snapshots of real servers, old releases among them, were taken while the tree changed.
func TestSnapshotsOfRealServersLoad(t *testing.T) {
	files, err := filepath.Glob("../interop/testdata/*/version-2/snapshot.*")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d captured snapshots: %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sim := newSim(t)
		put(t, sim, filepath.Base(file), content)
		packed := compressionOf(file)
		stream, err := unpackAll(packed, content)
		if err != nil || !bytes.HasSuffix(stream, []byte{0, 0, 0, 1, '/'}) {
			// Of a compressed one, the beginning alone does not tell.
			if _, err := Load(sim, dir, quiet()); !errors.Is(err, ErrNone) && (packed == Plain || !errors.Is(err, ErrCorrupt)) {
				t.Errorf("%s was cut by the kill: %v", file, err)
			}
			continue
		}
		l := load(t, sim)
		if packed.FileName(l.Zxid) != l.File {
			t.Errorf("%s: zxid %#x", file, l.Zxid)
		}
		// Apache's files may hold what came later; then even a digest of the same zxid says nothing.
		if l.Digest.Zxid != 0 && newest(l.Tree) <= l.Zxid && l.Digest.Zxid == l.Zxid && l.Digest.Tree != l.Tree.Digest() {
			t.Errorf("%s: digest %d, want %d", file, l.Tree.Digest(), l.Digest.Tree)
		}
		for _, path := range []string{"/", zk.PathZookeeper, zk.PathQuota} {
			if l.Tree.Lookup(path) == 0 {
				t.Errorf("%s: no %s", file, path)
			}
		}
		if old := strings.Contains(file, "3.4."); old != (l.Tree.Lookup(zk.PathConfig) == 0) {
			t.Errorf("%s: %s is there: %v", file, zk.PathConfig, old)
		}
		if old := strings.Contains(file, "3.4.") || strings.Contains(file, "3.5."); old != (l.Digest == Digest{}) {
			t.Errorf("%s: digest block %+v", file, l.Digest)
		}
	}
}

func unpackAll(c Compression, content []byte) ([]byte, error) {
	r, err := c.unpack(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// newest is the largest zxid in the tree.
func newest(tr *tree.Tree) int64 {
	var zxid int64
	tr.BeginWalk(1<<63 - 1)
	defer tr.EndWalk()
	for tr.WalkStep(1000, 1<<20, func(_, _ []byte, _ tree.ACLRef, st *zk.StatPersisted) {
		zxid = max(zxid, st.Czxid, st.Mzxid, st.Pzxid)
	}) {
		continue
	}
	return zxid
}

func TestNames(t *testing.T) {
	for name, want := range map[string]int64{
		"snapshot.0": 0, "snapshot.1f": 31, "snapshot.100000000": 1 << 32, "snapshot.a.gz": 10, "snapshot.a.snappy": 10,
		"snapshot.a.tmp": 10, "snapshot.7fffffffffffffff": 1<<63 - 1,
		"snapshot": -1, "snapshot.": -1, "snapshot.x": -1, "snapshot.-1": -1, "snapshots.1": -1, "log.1": -1,
		"writing.snapshot": -1, "snapshot.ffffffffffffffff": -1,
	} {
		got, ok := ParseName(name)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%s: %d %v, want %d", name, got, ok, want)
		}
		if ok && want != 10 && FileName(got) != name {
			t.Errorf("%s is written back as %s", name, FileName(got))
		}
	}
	for name, want := range map[string]Compression{
		"snapshot.1": Plain, "snapshot.1.gz": Gzip, "snapshot.1.GZ": Gzip, "snapshot.1.snappy": Snappy,
		"snapshot.1.tmp": Plain,
	} {
		if got := compressionOf(name); got != want {
			t.Errorf("%s: compression %d, want %d", name, got, want)
		}
	}
}

func TestABrokenNewestFallsBackWithAWarning(t *testing.T) {
	whole := captured(t, "snapshot.c")
	flipped := slices.Clone(whole)
	flipped[0x50] ^= 1 // in a session's time-out or an ACL
	zeroed := slices.Clone(whole)
	clear(zeroed[64:256])
	gz, snappy := captured(t, "snapshot.c.gz"), captured(t, "snapshot.c.snappy")
	for _, c := range []struct {
		what, name string
		content    []byte
		reason     string
	}{
		{"empty", "snapshot.10", nil, "0 bytes"},
		{"cut", "snapshot.10", whole[:2000], "offset 1995"},
		{"a flipped bit", "snapshot.10", flipped, "seal"},
		{"a hole", "snapshot.10", zeroed, "corrupt"},
		{"no snapshot at all", "snapshot.10", []byte("something else\x00\x00\x00\x01/"), "magic"},
		{"a newer version", "snapshot.10", patch(whole, 7, 3), "format version 3"},
		{"left behind by Apache", "snapshot.10.tmp", whole[:50], "offset 45"},
		{"cut gzip", "snapshot.10.gz", gz[:len(gz)-9], "EOF"},
		{"flipped gzip", "snapshot.10.gz", patch(gz, 200, 0), "snapshot.10.gz"},
		{"plain under a gzip name", "snapshot.10.gz", whole, "offset 0"},
		{"cut snappy", "snapshot.10.snappy", snappy[:len(snappy)-9], "snappy block"},
		{"short gzip", "snapshot.10.gz", gz[:1], "1 bytes"},
	} {
		t.Run(c.what, func(t *testing.T) {
			sim := newSim(t)
			put(t, sim, "snapshot.c", whole)
			put(t, sim, c.name, c.content)
			var logged bytes.Buffer
			l, err := Load(sim, dir, logTo(&logged))
			if err != nil || l.File != "snapshot.c" || l.Zxid != 12 {
				t.Fatalf("loaded %q: %v", l.File, err)
			}
			if s := logged.String(); !strings.Contains(s, c.name) || !strings.Contains(s, c.reason) ||
				!strings.Contains(s, "level=WARN") {
				t.Errorf("logged %s, want it to name %s and %q", s, c.name, c.reason)
			}
			if told := l.Passed != nil && l.Passed.File == c.name && l.Passed.Zxid == 16; told == strings.HasSuffix(c.name, ".tmp") {
				t.Errorf("it is told that %+v was passed over", l.Passed)
			}
		})
	}
}

func patch(b []byte, at int, v byte) []byte {
	b = slices.Clone(b)
	b[at] = v
	return b
}

func TestAFolderWithoutSnapshot(t *testing.T) {
	sim := newSim(t)
	put(t, sim, "log.1", []byte("x"))
	put(t, sim, "writing.snapshot", captured(t, "snapshot.c"))
	if _, err := Load(sim, dir, quiet()); !errors.Is(err, ErrNone) {
		t.Errorf("no snapshot: %v", err)
	}
	put(t, sim, "snapshot.0", nil)
	if l, err := Load(sim, dir, quiet()); !errors.Is(err, ErrNone) || l.Passed == nil || l.Passed.Zxid != 0 {
		t.Errorf("an empty file, as Apache leaves it when it dies at its first start: %v", err)
	}
	put(t, sim, "snapshot.5", patch(captured(t, "snapshot.c"), 200, 0xaa))
	_, err := Load(sim, dir, quiet())
	if !errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "snapshot.5") {
		t.Errorf("nothing but a broken one: %v", err)
	}
	if _, err := Load(sim, "/elsewhere", quiet()); err == nil || errors.Is(err, ErrNone) {
		t.Errorf("no folder: %v", err)
	}
}

func TestAHundredBrokenSnapshotsAreEnough(t *testing.T) {
	sim := newSim(t)
	put(t, sim, "snapshot.1", captured(t, "snapshot.0"))
	broken := patch(captured(t, "snapshot.0"), 100, 1)
	for i := range 99 {
		put(t, sim, FileName(int64(i+2)), broken)
	}
	if l, err := Load(sim, dir, quiet()); err != nil || l.Zxid != 1 {
		t.Errorf("99 broken: %v", err)
	}
	put(t, sim, FileName(200), broken)
	if _, err := Load(sim, dir, quiet()); err == nil {
		t.Error("100 broken ones and it went on")
	}
}

// blocks cuts a captured snapshot behind its first, second and third seal.
func blocks(b []byte) (sealed, digest, last []byte) {
	n := len(b) - lastZxidBytes - sealBytes
	return b[:n-digestBytes-sealBytes], b[n-digestBytes-sealBytes : n], b[n:]
}

func TestBlocksBehindTheFirstSealMayBeMissing(t *testing.T) {
	whole := captured(t, "snapshot.c")
	sealed, digest, _ := blocks(whole)
	resealed := func(parts ...[]byte) []byte {
		sim := newSim(t)
		f, err := createFile(new(config(sim)))
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range parts {
			if i == 0 {
				err = f.write(p)
			} else {
				err = f.seal(p)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return get(t, sim, tempName)
	}
	zxid := []byte{0, 0, 0, 0, 0, 0, 0, 99}
	hexDigest := append([]byte{0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 2}, "ff"...)
	future := bytes.Repeat([]byte("future"), 20)
	for _, c := range []struct {
		what    string
		content []byte
		digest  Digest
		last    int64
		err     string
	}{
		{"3.4 and 3.5 have none", sealed, Digest{}, 0, ""},
		{"3.6 to 3.8 have a digest", slices.Concat(sealed, digest), Digest{12, 2, 18594645913}, 0, ""},
		{"3.9 has both", whole, Digest{12, 2, 18594645913}, 12, ""},
		{"3.9 with digests switched off", resealed(sealed, zxid), Digest{}, 99, ""},
		{"3.6.0 wrote digests in hexadecimal", resealed(sealed, hexDigest), Digest{12, 1, 255}, 0, ""},
		{"a release to come may add more", resealed(whole, future), Digest{12, 2, 18594645913}, 12, ""},
		{"but not without a seal", slices.Concat(whole, future, []byte{0, 0, 0, 1, '/'}), Digest{}, 0, "seal"},
		{"a cut digest", slices.Concat(sealed, digest[:7], []byte{0, 0, 0, 1, '/'}), Digest{}, 0, "corrupt"},
		{"a digest without a seal", slices.Concat(sealed, digest[:20], []byte{0, 0, 0, 1, '/'}), Digest{}, 0, "corrupt"},
		{"a flipped digest", patch(whole, len(sealed)+15, 9), Digest{}, 0, "seal"},
		{"a flipped last zxid", patch(whole, len(whole)-20, 9), Digest{}, 0, "seal"},
		{"very much more", slices.Concat(whole, make([]byte, 1<<20), []byte{0, 0, 0, 1, '/'}), Digest{}, 0, "more than"},
	} {
		t.Run(c.what, func(t *testing.T) {
			sim := newSim(t)
			put(t, sim, "snapshot.c", c.content)
			l, err := Load(sim, dir, quiet())
			if c.err != "" {
				if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%v, want %q", err, c.err)
				}
				return
			}
			if err != nil || l.Digest != c.digest || l.LastZxid != c.last {
				t.Errorf("digest %+v, last zxid %d: %v", l.Digest, l.LastZxid, err)
			}
		})
	}
}

// decodeStream makes a tree of an unpacked stream.
func decodeStream(r io.Reader) (*tree.Tree, *source, error) {
	into := newLoading()
	d := &decoder{src: newSource(r), to: into}
	t, err := into.finish(d.run())
	return t, d.src, err
}

// Every shortened file and every flipped bit of a file must be found out.
func TestNoDamagePassesTheSeals(t *testing.T) {
	whole := captured(t, "snapshot.0")
	sealed, digest, _ := blocks(whole)
	decode := func(b []byte) error {
		_, _, err := decodeStream(bytes.NewReader(b))
		return err
	}
	for n := range whole {
		// A file that ends right behind a seal is a whole one, of an older release.
		if err := decode(whole[:n]); (err == nil) != (n == len(sealed) || n == len(sealed)+len(digest)) {
			t.Errorf("cut at %d: %v", n, err)
		}
		for bit := range 8 {
			if err := decode(patch(whole, n, whole[n]^1<<bit)); err == nil && n >= 8 && n < 16 {
				t.Errorf("bit %d at %d flipped and nobody saw it", bit, n)
			}
		}
	}
}

func TestLengthsAreNotBelieved(t *testing.T) {
	head := captured(t, "snapshot.0")[:headerBytes]
	for what, tail := range map[string][]byte{
		"two billion sessions":        {0x7f, 0xff, 0xff, 0xff},
		"minus one session":           {0xff, 0xff, 0xff, 0xff},
		"two billion ACL lists":       {0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff},
		"minus two ACL lists":         {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe},
		"two billion ACL entries":     {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff},
		"a null ACL list":             {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff},
		"a path of two gigabytes":     {0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff},
		"a path of minus two bytes":   {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe},
		"a null path":                 {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},
		"two gigabytes of data":       {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff},
		"minus two bytes of data":     {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe},
		"no root":                     {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, '/'},
		"a znode without its parents": slices.Concat(make([]byte, 8), []byte{0, 0, 0, 2, '/', 'a'}, make([]byte, 72)),
	} {
		_, src, err := decodeStream(bytes.NewReader(slices.Concat(head, tail)))
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
		if cap(src.buf) > sourceBufferBytes {
			t.Errorf("%s took a buffer of %d bytes", what, cap(src.buf))
		}
	}
}

func TestSnappyFrames(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 10000)
	one := xerial.Encode(nil, body)
	read := func(b []byte) ([]byte, error) {
		r, err := newSnappyReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		_, err = out.ReadFrom(r)
		return out.Bytes(), err
	}
	if got, err := read(one); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes: %v", len(got), err)
	}
	if got, err := read(slices.Concat(one, one)); err != nil || !bytes.Equal(got, slices.Concat(body, body)) {
		t.Errorf("two streams in a row: %d bytes: %v", len(got), err)
	}
	for what, b := range map[string][]byte{
		"no header":               one[:10],
		"wrong magic":             patch(one, 3, 'x'),
		"a newer version":         patch(one, 15, 2),
		"a block of no bytes":     slices.Concat(one[:16], make([]byte, 4)),
		"a block of minus bytes":  slices.Concat(one[:16], []byte{0xff, 0, 0, 0}),
		"a block of two gigabyte": slices.Concat(one[:16], []byte{0x7f, 0xff, 0xff, 0xff}, body[:100]),
		"a block that claims 1 GB": slices.Concat(one[:16],
			[]byte{0, 0, 0, 7, 0x80, 0x80, 0x80, 0x80, 0x04, 0, 0}),
		"half a length": slices.Concat(one, []byte{0, 0}),
	} {
		if _, err := read(b); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What it promises: no panic, no memory beyond a small multiple of the input, and either an error or a sound tree.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"snapshot.0", "snapshot.c", "snapshot.c.gz", "snapshot.c.snappy"} {
		b := captured(f, name)
		f.Add(b, byte(compressionOf(name)))
	}
	f.Fuzz(func(t *testing.T, b []byte, c byte) {
		r, err := Compression(c % 3).unpack(bytes.NewReader(b))
		if err != nil {
			return
		}
		tr, src, err := decodeStream(r)
		if Compression(c%3) == Plain && cap(src.buf) > max(sourceBufferBytes, 4*len(b)) {
			t.Fatalf("a buffer of %d bytes for %d", cap(src.buf), len(b))
		}
		if err != nil {
			return
		}
		if err := tr.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// The seals keep a fuzzer out, so this one gets past them: it makes the records, and the file around them is whole.
func FuzzRecords(f *testing.F) {
	for _, name := range []string{"snapshot.0", "snapshot.c"} {
		sealed, _, _ := blocks(captured(f, name))
		f.Add(sealed[headerBytes : len(sealed)-sealBytes])
	}
	head := captured(f, "snapshot.0")[:headerBytes]
	f.Fuzz(func(t *testing.T, records []byte) {
		sim := newSim(t)
		w, err := createFile(new(config(sim)))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.write(head), w.write(records), w.finish(1, Digest{Zxid: 1, Version: 2})); err != nil {
			t.Fatal(err)
		}
		l, err := Load(sim, dir, quiet())
		if err != nil {
			return
		}
		if err := l.Tree.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestGzipOfOursLoadsToo(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(captured(t, "snapshot.c")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sim := newSim(t)
	put(t, sim, "snapshot.c.gz", b.Bytes())
	sameTree(t, load(t, sim).Tree, capturedTree())
}
