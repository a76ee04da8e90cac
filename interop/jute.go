package interop

import (
	"encoding/binary"
	"errors"
)

// Opcodes as clients send them. The names are those of Apache's ZooDefs.
const (
	OpCreate       = 1
	OpDelete       = 2
	OpExists       = 3
	OpGetData      = 4
	OpSetData      = 5
	OpGetACL       = 6
	OpSetACL       = 7
	OpGetChildren  = 8
	OpSync         = 9
	OpPing         = 11
	OpGetChildren2 = 12
	OpCheck        = 13
	OpMulti        = 14
	OpCreate2      = 15
	OpAuth         = 100
	OpSetWatches   = 101
	OpCloseSession = -11
)

// Flags of create.
const (
	Ephemeral  = 1
	Sequential = 2
)

// ErrShort says that a record ended before its last field.
var ErrShort = errors.New("interop: record too short")

// ACL is one entry of a znode's access list.
type ACL struct {
	Perms      int32
	Scheme, ID string
}

// Open lets everybody do everything.
func Open() []ACL { return []ACL{{Perms: 31, Scheme: "world", ID: "anyone"}} }

// Stat is the 68-byte record that Apache's servers send, in its order.
type Stat struct {
	Czxid, Mzxid, Ctime, Mtime  int64
	Version, Cversion, Aversion int32
	EphemeralOwner              int64
	DataLength, NumChildren     int32
	Pzxid                       int64
}

// Body builds a request's bytes field by field.
type Body []byte

// Int appends a 4-byte integer.
func (b Body) Int(v int32) Body { return binary.BigEndian.AppendUint32(b, uint32(v)) }

// Long appends an 8-byte integer.
func (b Body) Long(v int64) Body { return binary.BigEndian.AppendUint64(b, uint64(v)) }

// Bool appends one byte.
func (b Body) Bool(v bool) Body {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// String appends a counted string.
func (b Body) String(v string) Body { return append(b.Int(int32(len(v))), v...) }

// Strings appends a counted list of strings.
func (b Body) Strings(list ...string) Body {
	b = b.Int(int32(len(list)))
	for _, v := range list {
		b = b.String(v)
	}
	return b
}

// Buffer appends a counted buffer; nil is the protocol's null.
func (b Body) Buffer(v []byte) Body {
	if v == nil {
		return b.Int(-1)
	}
	return append(b.Int(int32(len(v))), v...)
}

// ACLs appends an access list.
func (b Body) ACLs(list []ACL) Body {
	b = b.Int(int32(len(list)))
	for _, a := range list {
		b = b.Int(a.Perms).String(a.Scheme).String(a.ID)
	}
	return b
}

// Op appends the header that goes before each operation of a multi.
func (b Body) Op(op int32) Body { return b.Int(op).Bool(false).Int(-1) }

// End appends the header that ends a multi.
func (b Body) End() Body { return b.Int(-1).Bool(true).Int(-1) }

// CreateBody is the request of create and create2.
func CreateBody(path string, data []byte, acl []ACL, flags int32) Body {
	return Body(nil).String(path).Buffer(data).ACLs(acl).Int(flags)
}

// DeleteBody is the request of delete, and of check.
func DeleteBody(path string, version int32) Body { return Body(nil).String(path).Int(version) }

// SetDataBody is the request of setData.
func SetDataBody(path string, data []byte, version int32) Body {
	return Body(nil).String(path).Buffer(data).Int(version)
}

// SetACLBody is the request of setACL.
func SetACLBody(path string, acl []ACL, version int32) Body {
	return Body(nil).String(path).ACLs(acl).Int(version)
}

// WatchBody is the request of exists, getData, getChildren and getChildren2.
func WatchBody(path string, watch bool) Body { return Body(nil).String(path).Bool(watch) }

// AuthBody is the request of auth.
func AuthBody(scheme, secret string) Body {
	return Body(nil).Int(0).String(scheme).Buffer([]byte(secret))
}

// Reader takes a reply apart. After the first field that does not fit, every method returns zero and Err is set.
type Reader struct {
	rest []byte
	Err  error
}

// Read starts at the first byte of a record.
func Read(record []byte) *Reader { return &Reader{rest: record} }

// Len is the number of bytes that are left.
func (r *Reader) Len() int { return len(r.rest) }

func (r *Reader) take(n int) []byte {
	if r.Err != nil || n < 0 || n > len(r.rest) {
		r.Err, r.rest = ErrShort, nil
		return make([]byte, max(0, min(n, 8)))
	}
	head := r.rest[:n]
	r.rest = r.rest[n:]
	return head
}

// Int reads 4 bytes.
func (r *Reader) Int() int32 { return int32(binary.BigEndian.Uint32(r.take(4))) }

// Long reads 8 bytes.
func (r *Reader) Long() int64 { return int64(binary.BigEndian.Uint64(r.take(8))) }

// Bool reads one byte.
func (r *Reader) Bool() bool { return r.take(1)[0] != 0 }

// Buffer reads a counted buffer; the protocol's null is nil, and an empty one is not.
func (r *Reader) Buffer() []byte {
	n := r.Int()
	if n == -1 {
		return nil
	}
	head := r.take(int(n))
	if r.Err != nil {
		return nil
	}
	return append([]byte{}, head...)
}

// String reads a counted string.
func (r *Reader) String() string { return string(r.Buffer()) }

// Strings reads a counted list of strings.
func (r *Reader) Strings() []string {
	var list []string
	for n := r.Int(); n > 0 && r.Err == nil; n-- {
		list = append(list, r.String())
	}
	return list
}

// ACLs reads an access list.
func (r *Reader) ACLs() []ACL {
	var list []ACL
	for n := r.Int(); n > 0 && r.Err == nil; n-- {
		list = append(list, ACL{Perms: r.Int(), Scheme: r.String(), ID: r.String()})
	}
	return list
}

// Stat reads the 68 bytes of a Stat.
func (r *Reader) Stat() Stat {
	return Stat{
		Czxid: r.Long(), Mzxid: r.Long(), Ctime: r.Long(), Mtime: r.Long(),
		Version: r.Int(), Cversion: r.Int(), Aversion: r.Int(),
		EphemeralOwner: r.Long(),
		DataLength:     r.Int(), NumChildren: r.Int(),
		Pzxid: r.Long(),
	}
}
