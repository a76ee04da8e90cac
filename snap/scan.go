package snap

import (
	"fmt"

	"paddock/disk"
	"paddock/zk"
)

// Visitor gets what a snapshot holds, in the order of the file. Paths, data and lists are borrowed for the call. An error ends
// the scan and comes back from it. What is nil is passed over.
type Visitor struct {
	Session func(id int64, timeoutMs int32) error
	ACL     func(id int64, list []zk.ACL) error
	// Node gets "" for the root, and the ACL id -1 for the open list, which no snapshot holds.
	Node func(path string, data []byte, acl int64, st *zk.StatPersisted) error
}

// Summary is what a scan has counted and read behind the znodes.
type Summary struct {
	Sessions, ACLs, Nodes  int
	StreamBytes            int64 // unpacked
	HasDigest, HasLastZxid bool
	Digest                 Digest
	LastZxid               int64
	Unknown                int // bytes in blocks of a later release
}

// Scan reads one snapshot to its end and verifies every seal, like Load, but makes no tree: it needs the memory of one record.
// Damage matches ErrCorrupt and is told with its offset in the unpacked stream. That parents come first, and nothing
// twice, is not looked at.
func Scan(fs disk.FS, path string, v Visitor) (Summary, error) {
	d, err := readFile(fs, path, visiting{v})
	if err != nil {
		return Summary{}, fmt.Errorf("snap: read %s: %w", path, err)
	}
	return Summary{
		Sessions: d.counts.sessions, ACLs: d.counts.acls, Nodes: d.counts.nodes, StreamBytes: d.src.offset(),
		HasDigest: d.hasDigest, HasLastZxid: d.hasLastZxid, Digest: d.digest, LastZxid: d.lastZxid, Unknown: d.unknown,
	}, nil
}

// visiting is the sink that shows everything to a Visitor.
type visiting struct{ v Visitor }

func (s visiting) session(id int64, timeoutMs int32) error {
	if s.v.Session == nil {
		return nil
	}
	return s.v.Session(id, timeoutMs)
}

func (s visiting) acl(id int64, list []zk.ACL) error {
	if s.v.ACL == nil {
		return nil
	}
	return s.v.ACL(id, list)
}

func (s visiting) node(_ int64, path string, data []byte, acl int64, st *zk.StatPersisted) error {
	if s.v.Node == nil {
		return nil
	}
	return s.v.Node(path, data, acl, st)
}
