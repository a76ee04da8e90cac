package inspect

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/codec"
	"paddock/disk"
	"paddock/snap"
	"paddock/tree"
	"paddock/zk"
)

func now() time.Time { return time.Unix(1795305956, 0) }

// snapshot writes one of a small tree at zxid 9 and gives its path.
func snapshot(t *testing.T, packed snap.Compression) string {
	t.Helper()
	tr := tree.New()
	acl := []zk.ACL{{Perms: zk.PermRead, ID: zk.ID{Scheme: "ip", ID: "10.0.0.1"}}}
	for i, path := range []string{"/a", "/a/b", "/a/b/c", "/d", "/a/e"} {
		if _, err := tr.Create(path, []byte(path), acl, 0, int32(i), int64(i+1), 1000); err != zk.ErrOK {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	w := snap.Begin(snap.Config{FS: disk.OS{}, Dir: dir, Log: quiet(), Now: now, Compression: packed}, tr, []snap.Session{{ID: 5, TimeoutMs: 100}}, 9)
	for w.Step(9) {
		time.Sleep(time.Millisecond)
	}
	r := <-w.Done()
	check(t, r.Err)
	return filepath.Join(dir, r.File)
}

func TestAVerifiedSnapshotIsToldWhole(t *testing.T) {
	for _, packed := range []snap.Compression{snap.Plain, snap.Gzip, snap.Snappy} {
		v, err := VerifySnapshot(disk.OS{}, snapshot(t, packed), 9)
		check(t, err)
		want := "complete to zxid 0x9, 10 znodes, 18 bytes of data, 2 ACL lists, 1 sessions, exact: the digest is that of zxid 0x9"
		if v.Text() != want || !v.Exact() || v.LastSeen != 5 {
			t.Errorf("%q, want %q", v.Text(), want)
		}
	}
}

func TestEveryFlippedBitOfASnapshotIsFound(t *testing.T) {
	path := snapshot(t, snap.Plain)
	text, err := os.ReadFile(path)
	check(t, err)
	for i := range text {
		broken := bytes.Clone(text)
		broken[i] ^= 1 << (i % 8)
		check(t, os.WriteFile(path, broken, 0o600))
		if v, err := VerifySnapshot(disk.OS{}, path, 9); err == nil {
			t.Errorf("byte %d of %d: %s", i, len(text), v.Text())
		} else if !errors.Is(err, snap.ErrCorrupt) || !strings.Contains(err.Error(), path) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	for n := range text {
		check(t, os.WriteFile(path, text[:n], 0o600))
		if _, err := VerifySnapshot(disk.OS{}, path, 9); err == nil && n != len(text)-21 && n != len(text)-54 {
			t.Errorf("the first %d bytes of %d pass", n, len(text))
		}
	}
}

func TestWhatNoServerWouldLoadIsAFault(t *testing.T) {
	st := &zk.StatPersisted{Mzxid: 3}
	for _, c := range []struct {
		want  string
		paths []string
		acl   int64
	}{
		{`"/a/b" comes before its parent`, []string{"", "/a", "/ab", "/a/b"}, -1},
		{`"/x/y" comes before its parent`, []string{"", "/x/y"}, -1},
		{"the root is there twice", []string{"", "/a", ""}, -1},
		{`"/a/" is no path`, []string{"", "/a/"}, -1},
		{`"/a" has the ACL id 7, which the table lacks`, []string{"", "/a"}, 7},
		{"", []string{"", "/a", "/a/b", "/a/b/c", "/a/bc", "/ab", "/b"}, -1},
	} {
		k := snapCheck{acls: map[int64]bool{}}
		for _, p := range c.paths {
			acl := int64(-1)
			if p != "" {
				acl = c.acl
			}
			check(t, k.node(p, nil, acl, st))
		}
		if got := strings.Join(k.verdict.Faults, "; "); got != c.want {
			t.Errorf("%q: %q, want %q", c.paths, got, c.want)
		}
	}
}

func TestASummaryOfNoZnodeIsAnError(t *testing.T) {
	l := load(t, snapshot(t, snap.Plain))
	if err := Summarize(&bytes.Buffer{}, l, "/none", 0); !errors.Is(err, ErrNoNode) || !strings.Contains(err.Error(), "/none") {
		t.Errorf("%v", err)
	}
}

func TestASnapshotDoesNotDifferFromItself(t *testing.T) {
	l := load(t, snapshot(t, snap.Plain))
	var out bytes.Buffer
	differ, err := Compare(&out, NewSide(l.Tree), NewSide(l.Tree), CompareOptions{})
	if differ || err != nil || strings.Contains(out.String(), "Node ") {
		t.Errorf("%v, %v\n%s", differ, err, out.String())
	}
}

func TestMultisAreDecodedOnce(t *testing.T) {
	h := codec.TxnHeader{Zxid: 1, Type: zk.OpMulti}
	txn := codec.Txn{Type: zk.OpMulti, Sub: []codec.Txn{{Type: zk.OpDelete, Path: "/a"}, {Type: zk.OpError, Err: zk.ErrNoNode}}}
	line, err := txnLine(codec.AppendTxn(nil, &h, &txn, codec.TxnDigest{}))
	check(t, err)
	if !strings.HasSuffix(line, "multi delete:\x00\x00\x00\x02/a;error:\uFFFD\uFFFD\uFFFD\uFFFD\n") {
		t.Errorf("%q", line)
	}
}
