package snap

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/codec"
	"paddock/tree"
	"paddock/zk"
)

// logged is a transaction of a captured log.
type logged struct {
	header codec.TxnHeader
	txn    codec.Txn
	digest codec.TxnDigest
}

// readLogs reads the captured logs of a folder, oldest first, each up to its first torn record.
func readLogs(t *testing.T, folder string) []logged {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "log.*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []logged
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for b = b[16:]; len(b) > 12; {
			size := int(binary.BigEndian.Uint32(b[8:]))
			if size == 0 || 12+size > len(b) {
				break
			}
			if binary.BigEndian.Uint64(b) != uint64(adler32.Checksum(b[12:12+size])) {
				break
			}
			h, txn, digest, err := codec.DecodeTxn(b[12 : 12+size])
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, logged{h, txn, digest})
			b = b[12+size+1:]
		}
	}
	slices.SortFunc(all, func(a, b logged) int { return int(a.header.Zxid - b.header.Zxid) })
	return all
}

// replay applies a transaction as a server does at its start.
func replay(tr *tree.Tree, h *codec.TxnHeader, txn *codec.Txn) {
	switch txn.Type {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		var owner int64
		switch {
		case txn.Ephemeral:
			owner = h.ClientID
		case txn.Type == zk.OpCreateContainer:
			owner = zk.OwnerContainer
		case txn.Type == zk.OpCreateTTL:
			owner = zk.OwnerTTL(txn.TTLMs)
		}
		_, err := tr.Create(txn.Path, txn.Data, txn.ACL, owner, txn.ParentCVersion, h.Zxid, h.TimeMs)
		if err == zk.ErrNodeExists {
			tr.RepairParent(txn.Path, txn.ParentCVersion, h.Zxid)
		}
	case zk.OpDelete, zk.OpDeleteContainer:
		tr.Delete(txn.Path, h.Zxid)
	case zk.OpSetData, zk.OpReconfig:
		tr.SetData(txn.Path, txn.Data, txn.Version, h.Zxid, h.TimeMs)
	case zk.OpSetACL:
		tr.SetACL(txn.Path, txn.ACL, txn.Version)
	case zk.OpMulti:
		if slices.ContainsFunc(txn.Sub, func(sub codec.Txn) bool { return sub.Type == zk.OpError }) {
			return // a failed multi is logged with its parts, and changes nothing
		}
		for i := range txn.Sub {
			replay(tr, h, &txn.Sub[i])
		}
	case zk.OpCloseSession:
		for _, path := range txn.Paths {
			tr.Delete(path, h.Zxid)
		}
		for n := range tr.Ephemerals(h.ClientID) {
			tr.Delete(string(tr.AppendPath(nil, n)), h.Zxid)
		}
	}
}

// seenByClients renders a tree as tree.txt of the captured folders does.
func seenByClients(tr *tree.Tree) []string {
	var lines []string
	tr.BeginWalk(1<<63 - 1)
	defer tr.EndWalk()
	for tr.WalkStep(1000, 1<<20, func(path, data []byte, acl tree.ACLRef, st *zk.StatPersisted) {
		n := tr.Lookup(string(path))
		s := tr.Stat(n)
		var list []string
		for _, a := range tr.ACLList(acl) {
			list = append(list, fmt.Sprintf("%d:%s:%s", a.Perms, a.ID.Scheme, a.ID.ID))
		}
		lines = append(lines, fmt.Sprintf("%+q data=%s czxid=%x mzxid=%x ctime=%d mtime=%d version=%d cversion=%d aversion=%d "+
			"owner=%x length=%d children=%d pzxid=%x acl=%q", tr.AppendPath(nil, n), dataText(data), s.Czxid, s.Mzxid, s.Ctime,
			s.Mtime, s.Version, s.CVersion, s.AVersion, uint64(s.EphemeralOwner), s.DataLength, s.NumChildren, s.Pzxid, list))
	}) {
		continue
	}
	slices.Sort(lines)
	return lines
}

func dataText(data []byte) string {
	switch {
	case data == nil:
		return "null"
	case len(data) <= 40:
		return fmt.Sprintf("%+q", data)
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(data))
}

// From every snapshot of every captured folder, the logs lead to the tree that Apache's clients saw at the end, and
// on the way, once the snapshot's own fuzzy stretch is over, every digest is the one that Apache logged.
func TestRealSnapshotsAndLogsMakeTheTreeThatClientsSaw(t *testing.T) {
	folders, err := filepath.Glob("../interop/testdata/apache-*")
	if err != nil || len(folders) < 4 {
		t.Fatalf("%d folders: %v", len(folders), err)
	}
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, "tree.txt"))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSpace(string(text)), "\n")
		slices.Sort(want)
		logs := readLogs(t, filepath.Join(folder, "version-2"))
		snapshots, err := filepath.Glob(filepath.Join(folder, "version-2", "snapshot.*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range snapshots {
			t.Run(strings.TrimPrefix(file, "../interop/testdata/"), func(t *testing.T) {
				replayFrom(t, file, logs, want)
			})
		}
	}
}

func replayFrom(t *testing.T, file string, logs []logged, want []string) {
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sim := newSim(t)
	put(t, sim, filepath.Base(file), content)
	l, err := Load(sim, dir, quiet())
	if err != nil {
		return // cut by the kill, see TestSnapshotsOfRealServersLoad
	}
	fuzzyEnd := max(newest(l.Tree), l.Digest.Zxid)
	compared := 0
	for _, rec := range logs {
		if rec.header.Zxid <= l.Zxid {
			continue
		}
		replay(l.Tree, &rec.header, &rec.txn)
		if rec.header.Zxid >= fuzzyEnd && rec.digest.Version == codec.DigestVersion {
			compared++
			if rec.digest.Tree != l.Tree.Digest() {
				t.Fatalf("zxid %#x: digest %d, Apache's is %d", rec.header.Zxid, l.Tree.Digest(), rec.digest.Tree)
			}
		}
	}
	if err := l.Tree.Check(); err != nil {
		t.Fatal(err)
	}
	if l.Tree.UnknownACLs() != 0 {
		t.Errorf("%d unknown ACLs", l.Tree.UnknownACLs())
	}
	got := seenByClients(l.Tree)
	if i := slices.IndexFunc(got, func(s string) bool { return !slices.Contains(want, s) }); i >= 0 || len(got) != len(want) {
		t.Errorf("%d znodes, want %d; first that differs: %s", len(got), len(want), got[max(i, 0)])
	}
	t.Logf("%d digests agree", compared)
}
