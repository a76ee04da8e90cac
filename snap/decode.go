package snap

import (
	"fmt"
	"strconv"

	"paddock/codec"
	"paddock/zk"
)

// Digest is a snapshot's digest block: what the tree's digest was once zxid had been applied. Zxid 0: there is none.
type Digest struct {
	Zxid    int64
	Version int32 // only codec.DigestVersion can be compared
	Tree    uint64
}

// sink takes what a snapshot holds, in the order of the file: sessions, ACL lists, znodes. Paths, data and lists are borrowed
// for the call; at is a znode's offset in the stream.
type sink interface {
	session(id int64, timeoutMs int32) error
	acl(id int64, list []zk.ACL) error
	node(at int64, path string, data []byte, acl int64, st *zk.StatPersisted) error
}

// decoder reads one snapshot stream.
type decoder struct {
	src    *source
	to     sink
	list   []zk.ACL // scratch
	counts struct{ sessions, acls, nodes int }

	digest                 Digest
	lastZxid               int64
	hasDigest, hasLastZxid bool
	unknown                int // bytes in blocks that we do not know
}

// run reads the whole stream and verifies every seal.
func (d *decoder) run() error {
	for _, part := range [...]func() error{d.header, d.readSessions, d.readACLs, d.nodes, d.seal, d.trailer} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: offset %d: %s", ErrCorrupt, d.src.offset(), fmt.Sprintf(format, args...))
}

// take reads n bytes; the result is borrowed until the next read.
func (d *decoder) take(n int) (codec.Decoder, error) {
	b, err := d.src.peek(n)
	d.src.skip(len(b))
	return codec.NewDecoder(b), err
}

func (d *decoder) header() error {
	r, err := d.take(headerBytes)
	if err != nil {
		return err
	}
	if got := r.Int32(); got != magic {
		return d.corrupt("magic number %#x, want %#x", uint32(got), uint32(magic))
	}
	if got := r.Int32(); got != formatVersion {
		return d.corrupt("format version %d, want %d", got, formatVersion)
	}
	return nil // the database id says nothing
}

func (d *decoder) count(what string) (int, error) {
	r, err := d.take(4)
	if err != nil {
		return 0, err
	}
	n := r.Int32()
	if n < 0 {
		return 0, d.corrupt("%d %s", n, what)
	}
	return int(n), nil
}

func (d *decoder) readSessions() error {
	n, err := d.count("sessions")
	for ; n > 0 && err == nil; n-- {
		var r codec.Decoder
		if r, err = d.take(12); err == nil {
			d.counts.sessions++
			err = d.to.session(r.Int64(), r.Int32())
		}
	}
	return err
}

func (d *decoder) readACLs() error {
	n, err := d.count("ACL lists")
	for ; n > 0 && err == nil; n-- {
		err = d.readACL()
	}
	return err
}

func (d *decoder) readACL() error {
	head, err := d.src.peek(12)
	if err != nil {
		return err
	}
	r := codec.NewDecoder(head)
	id, entries := r.Int64(), r.Int32()
	if entries < 0 {
		return d.corrupt("ACL list of %d entries", entries)
	}
	size := 12
	for ; entries > 0; entries-- {
		size += 4 // permissions
		for range 2 {
			if size, err = d.skipBuffer(size); err != nil {
				return err
			}
		}
	}
	b, err := d.take(size)
	if err != nil {
		return err
	}
	b.Int64()
	d.list = b.ACL(d.list)
	if b.Err() != nil {
		return d.corrupt("ACL list: %v", b.Err())
	}
	if d.list == nil {
		d.list = []zk.ACL{} // an empty list is none, and not the open one
	}
	d.counts.acls++
	return refused(d.src.offset(), d.to.acl(id, d.list))
}

// skipBuffer gives the place behind a string or buffer that begins at bytes from here, none of which is consumed.
func (d *decoder) skipBuffer(at int) (int, error) {
	b, err := d.src.peek(at + 4)
	if err != nil {
		return 0, err
	}
	r := codec.NewDecoder(b[at:])
	n := r.Int32()
	if n < -1 {
		return 0, d.corrupt("length %d at %d bytes from here", n, at)
	}
	return at + 4 + max(int(n), 0), nil
}

func (d *decoder) nodes() error {
	for {
		end, err := d.node()
		if err != nil || end {
			return err
		}
	}
}

// node reads one znode, or the end of them.
func (d *decoder) node() (end bool, err error) {
	size, err := d.skipBuffer(0)
	if err != nil {
		return false, err
	}
	b, err := d.src.peek(size)
	if err != nil {
		return false, err
	}
	r := codec.NewDecoder(b)
	if r.Path() == endOfNodes {
		d.src.skip(size)
		return true, nil
	}
	if r.Err() != nil {
		return false, d.corrupt("%v", r.Err())
	}
	if size, err = d.skipBuffer(size); err != nil {
		return false, err
	}
	size += 8 + codec.StatPersistedBytes
	if b, err = d.src.peek(size); err != nil {
		return false, err
	}
	r = codec.NewDecoder(b)
	path, data, acl, st := r.Path(), r.Buffer(), r.Int64(), r.StatPersisted()
	if err := d.to.node(d.src.offset(), path, data, acl, &st); err != nil {
		return false, err
	}
	d.counts.nodes++
	d.src.skip(size)
	return false, nil
}

// seal compares the checksum so far with the one in the file.
func (d *decoder) seal() error {
	sum := int64(d.src.checksum())
	r, err := d.take(sealBytes)
	if err != nil {
		return err
	}
	if got := r.Int64(); got != sum {
		return d.corrupt("seal %#x, the bytes have %#x", uint64(got), sum)
	}
	if got := r.String(); got != sealPath {
		return d.corrupt("seal ends with %q", got)
	}
	return nil
}

// trailer reads the blocks behind the first seal, as many as there are.
func (d *decoder) trailer() error {
	rest, err := d.src.rest(trailerBytesMx)
	if err != nil || len(rest) == 0 {
		return err
	}
	if len(rest) != lastZxidBytes+sealBytes { // else digests were switched off
		if err := d.readDigest(rest); err != nil {
			return err
		}
	}
	if rest, err = d.src.rest(trailerBytesMx); err != nil || len(rest) == 0 {
		return err
	}
	r, err := d.take(lastZxidBytes)
	if err != nil {
		return err
	}
	d.lastZxid, d.hasLastZxid = r.Int64(), true
	if err := d.seal(); err != nil {
		return err
	}
	return d.later()
}

// readDigest reads the digest block; its first version wrote the digest in hexadecimal (DataTree.ZxidDigest, 3.9.5).
func (d *decoder) readDigest(rest []byte) error {
	r := codec.NewDecoder(rest)
	d.digest = Digest{Zxid: r.Int64(), Version: r.Int32()}
	if d.digest.Version >= 2 {
		d.digest.Tree = uint64(r.Int64())
	} else if s := r.String(); s != "" {
		v, err := strconv.ParseInt(s, 16, 64)
		if err != nil {
			return d.corrupt("digest %q", s)
		}
		d.digest.Tree = uint64(v)
	}
	if r.Err() != nil {
		return d.corrupt("digest: %v", r.Err())
	}
	d.src.skip(r.Offset())
	d.hasDigest = true
	return d.seal()
}

// later passes over blocks of a release to come, if they end with a seal as all do.
func (d *decoder) later() error {
	rest, err := d.src.rest(trailerBytesMx)
	if err != nil || len(rest) == 0 {
		return err
	}
	d.unknown = len(rest)
	if len(rest) < sealBytes {
		return d.corrupt("%d bytes behind the last seal", len(rest))
	}
	d.src.skip(len(rest) - sealBytes)
	return d.seal()
}
