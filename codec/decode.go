package codec

import (
	"encoding/binary"
	"errors"
	"fmt"

	"paddock/zk"
)

// ErrMalformed marks every decoding error: the bytes do not hold the record that was asked for.
var ErrMalformed = errors.New("malformed record")

// ErrNullACL is an ErrMalformed of its own kind: a multi with a create whose ACL list is null.
var ErrNullACL = fmt.Errorf("%w: null ACL list in a multi", ErrMalformed)

// Decoder reads jute values from a slice. After the first error every further read returns a zero value and
// changes nothing; Err tells what was wrong and at which offset.
type Decoder struct {
	buf []byte
	off int
	err error
}

// NewDecoder reads from buf, which must not change while anything that was borrowed from it is in use.
func NewDecoder(buf []byte) Decoder { return Decoder{buf: buf} }

// Err returns the first error, wrapping ErrMalformed, or nil.
func (d *Decoder) Err() error { return d.err }

// Offset is the number of bytes read so far.
func (d *Decoder) Offset() int { return d.off }

// Remaining is the number of bytes not read yet.
func (d *Decoder) Remaining() int { return len(d.buf) - d.off }

func (d *Decoder) fail(what string, n int) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s at offset %d: needs %d bytes, %d left", ErrMalformed, what, d.off, n, d.Remaining())
	}
}

// refuse makes a record malformed that has the right bytes and the wrong values.
func (d *Decoder) refuse(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s before offset %d", ErrMalformed, what, d.off)
	}
}

// take returns the next n bytes (n >= 0), or nil and an error.
func (d *Decoder) take(what string, n int) []byte {
	if d.err != nil {
		return nil
	}
	if n > d.Remaining() {
		d.fail(what, n)
		return nil
	}
	p := d.buf[d.off : d.off+n : d.off+n]
	d.off += n
	return p
}

// Int32 reads a jute int.
func (d *Decoder) Int32() int32 {
	if p := d.take("int", 4); p != nil {
		return int32(binary.BigEndian.Uint32(p))
	}
	return 0
}

// Int64 reads a jute long.
func (d *Decoder) Int64() int64 {
	if p := d.take("long", 8); p != nil {
		return int64(binary.BigEndian.Uint64(p))
	}
	return 0
}

// Bool reads a jute boolean: any byte but 0 is true.
func (d *Decoder) Bool() bool {
	p := d.take("boolean", 1)
	return p != nil && p[0] != 0
}

// Buffer reads a jute buffer, borrowed from the input; null gives nil.
func (d *Decoder) Buffer() []byte {
	n := d.Int32()
	if d.err != nil || n == -1 {
		return nil
	}
	if n < 0 {
		d.err = fmt.Errorf("%w: length %d at offset %d", ErrMalformed, n, d.off-4)
		return nil
	}
	return d.take("buffer", int(n))
}

// String reads a jute ustring, borrowed from the input unless it is not UTF-8; null gives "".
func (d *Decoder) String() string { return zk.Text(d.Buffer()) }

// Text reads a jute ustring that may be null, where Apache notices a null only when it looks at the string: zk.NullText.
func (d *Decoder) Text() string {
	p := d.Buffer()
	if p == nil {
		return zk.NullText
	}
	return zk.Text(p)
}

// Path reads a ustring that must not be null, as a znode path.
func (d *Decoder) Path() string {
	p := d.Buffer()
	if p == nil && d.err == nil {
		d.err = fmt.Errorf("%w: null path before offset %d", ErrMalformed, d.off)
	}
	return zk.Text(p)
}

// Count reads the length of a vector whose elements take at least elementBytesMin bytes each; null gives -1.
// A count that the rest of the input cannot hold is an error, so that the caller may allocate for it.
func (d *Decoder) Count(elementBytesMin int) int {
	n := d.Int32()
	if d.err != nil || n == -1 {
		return -1
	}
	if n < 0 {
		return 0 // less than null is empty (BinaryInputArchive.BinaryIndex, 3.9.5)
	}
	if int64(n)*int64(elementBytesMin) > int64(d.Remaining()) {
		d.err = fmt.Errorf("%w: vector of %d elements at offset %d, %d bytes left", ErrMalformed, n, d.off-4, d.Remaining())
		return -1
	}
	return int(n)
}

// Strings reads a vector of ustrings, each borrowed; null gives nil, and an empty one does not. A string that is null
// gives zk.NullText.
func (d *Decoder) Strings() []string {
	n := d.Count(4)
	if n < 0 {
		return nil
	}
	vs := make([]string, n)
	for i := range vs {
		vs[i] = d.Text()
	}
	if d.err != nil {
		return nil
	}
	return vs
}

// ACL reads a vector of ACL records into dst, which may be nil or a scratch slice; strings are borrowed. Null gives nil,
// and an empty vector does not. A string that is null gives zk.NullText.
func (d *Decoder) ACL(dst []zk.ACL) []zk.ACL {
	n := d.Count(12)
	if n < 0 {
		return nil
	}
	if dst == nil {
		dst = []zk.ACL{}
	}
	dst = dst[:0]
	for i := 0; i < n && d.err == nil; i++ {
		perms := zk.Perm(d.Int32())
		scheme := d.Text()
		id := d.Text()
		dst = append(dst, zk.ACL{Perms: perms, ID: zk.ID{Scheme: scheme, ID: id}})
	}
	return dst
}

// Stat reads the Stat that a client sees.
func (d *Decoder) Stat() zk.Stat {
	return zk.Stat{
		Czxid: d.Int64(), Mzxid: d.Int64(), Ctime: d.Int64(), Mtime: d.Int64(),
		Version: d.Int32(), CVersion: d.Int32(), AVersion: d.Int32(), EphemeralOwner: d.Int64(),
		DataLength: d.Int32(), NumChildren: d.Int32(), Pzxid: d.Int64(),
	}
}

// StatPersisted reads the Stat of the disk.
func (d *Decoder) StatPersisted() zk.StatPersisted {
	return zk.StatPersisted{
		Czxid: d.Int64(), Mzxid: d.Int64(), Ctime: d.Int64(), Mtime: d.Int64(),
		Version: d.Int32(), CVersion: d.Int32(), AVersion: d.Int32(), EphemeralOwner: d.Int64(),
		Pzxid: d.Int64(),
	}
}
