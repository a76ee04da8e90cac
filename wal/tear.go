package wal

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// sectorBytes is the smallest unit in which disks keep or lose a write. A disk with sectors of 4096 bytes loses eight of
// these at once.
const sectorBytes = 512

// tear is a place where reading a file stopped although something is written there. judge tells a batch that a crash tore
// from damage, by what a crash can do to space that held zeros:
//
//   - It loses whole sectors: their bytes, from the record's start on, are zeros.
//   - It breaks off a write: from some byte on there are zeros, up to the end of the file.
//
// A record that is not whole for another reason is damaged. Behind its end, the file is taken to go on in zeros for ever, so
// that a file that was not lengthened in time is the second case.
type tear struct {
	r    *reader
	at   int64 // where the record that is not whole starts
	used int64 // the end of the last byte that is not zero
	last int64 // a whole record above this zxid is new
	// fits says whether the record may have this zxid.
	fits func(zxid int64) bool
}

// judge returns what speaks against a crash; "" is nothing.
func (t *tear) judge() (against string, err error) {
	if t.used <= t.at+prefixBytes {
		return "", nil // broken off within the prefix
	}
	// A missing sector that holds the checksum's last byte, or anything up to the payload, shows beyond doubt: no whole record
	// has a checksum of zero, or a length and a zxid of zero. One that ends before that byte: see checksum.
	if gone, err := t.lost(t.at+7, t.at+prefixBytes); gone || err != nil {
		return "", err
	}
	var head [lookBytes]byte
	if err := readFull(t.r.f, head[:min(lookBytes, t.r.size-t.at)], t.at); err != nil {
		return "", err
	}
	sum, length := binary.BigEndian.Uint64(head[:]), int64(int32(binary.BigEndian.Uint32(head[8:])))
	if sum>>32 != 0 || length < payloadBytesMin {
		return "which no crash leaves there", nil
	}
	if zxid := payloadZxid(head[prefixBytes:]); !t.fits(zxid) {
		return t.zxid(zxid)
	}
	whole, err := t.otherLength(sum)
	if err != nil || whole > 0 {
		return fmt.Sprintf("in a record that is whole with a length of %d", whole), err
	}
	return t.body(sum, length)
}

// lost says whether one of the sectors with the bytes from, …, to-1 may have been lost: it is zero, or the part of it is that
// does not belong to the record before. That part was durable already, or it would be lost too.
func (t *tear) lost(from, to int64) (bool, error) {
	for s := from / sectorBytes * sectorBytes; s < to; s += sectorBytes {
		lo, hi := max(s, t.at), min(s+sectorBytes, t.used)
		if lo >= hi {
			return true, nil
		}
		b, err := t.r.view(lo, int(hi-lo))
		if err != nil || usedOf(b) == 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// zxid judges a zxid that does not fit: some of it has to be missing.
func (t *tear) zxid(found int64) (against string, err error) {
	at := t.at + prefixBytes + zxidOffset
	if gone, err := t.lost(at, at+8); gone || err != nil || t.used < at+8 {
		return "", err
	}
	return fmt.Sprintf("in a record of zxid %#x, which is out of order", found), nil
}

// otherLength looks for an end mark up to which the payload has the right checksum: then only the length is damaged. A torn
// record looks so once in a billion times for each 'B' in it.
func (t *tear) otherLength(sum uint64) (length int64, err error) {
	a, b := uint32(1), uint32(0) // Adler-32, byte by byte
	start := t.at + prefixBytes
	for off := start; off < t.used; {
		chunk, err := t.r.view(off, int(min(t.used-off, int64(cap(t.r.window)))))
		if err != nil {
			return 0, err
		}
		for i, x := range chunk {
			n := off + int64(i) - start
			if x == endMark && n >= payloadBytesMin && uint64(b)<<16|uint64(a) == sum {
				return n, nil
			}
			a = (a + uint32(x)) % adlerPrime
			b = (b + a) % adlerPrime
		}
		off += int64(len(chunk))
	}
	return 0, nil
}

// body judges a record whose prefix and zxid are in order.
func (t *tear) body(sum uint64, length int64) (against string, err error) {
	end := t.at + frameBytes + length
	if end > t.used {
		// Broken off: then it is the last thing written.
		off, found, err := t.r.findRecord(t.at+1, t.last)
		if err != nil || !found {
			return "", err
		}
		return fmt.Sprintf("with a whole record inside at byte %d", off), nil
	}
	mark, err := t.r.view(end-1, 1)
	if err != nil {
		return "", err
	}
	if mark[0] == endMark {
		return t.checksum(sum, length)
	}
	if gone, err := t.lost(end-1, end); gone || err != nil {
		return "", err
	}
	return fmt.Sprintf("with byte %#02x where its end mark belongs and no sector missing there", mark[0]), nil
}

// checksum judges a record whose checksum alone is wrong. Missing sectors may be zeros that were written as such, and then
// hardly ever from one sector's beginning to another's end. So where zeros stand beside them too, they do not count if one
// flipped bit elsewhere tells the whole story.
func (t *tear) checksum(sum uint64, length int64) (against string, err error) {
	start := t.at + prefixBytes
	want, err := checksumAt(t.r, start, length)
	if err != nil {
		return "", err
	}
	// A sector may end within the checksum: what is left of it has to be right.
	if n := sectorBytes - t.at%sectorBytes; n < 8 && want<<(8*n) == sum<<(8*n) {
		gone, err := t.lost(t.at, t.at+1)
		if gone || err != nil {
			return "", err
		}
	}
	gone, beside, err := t.missing(start, start+length)
	switch {
	case err != nil:
		return "", err
	case !gone:
		return "with no sector missing that a crash could have lost", nil
	case !beside:
		return "", nil
	}
	flipped := bits.OnesCount64(sum^want) == 1
	if !flipped {
		flipped, err = t.flipped(length, uint32(sum), uint32(want))
	}
	if err != nil || !flipped {
		return "", err
	}
	return "in a record that is whole but for one flipped bit", nil
}

// missing says whether a sector with payload bytes from, …, to-1 may have been lost, and whether a zero stands beside such
// sectors, where none was lost.
func (t *tear) missing(from, to int64) (gone, beside bool, err error) {
	before := false // the sector before was lost
	for s := from / sectorBytes * sectorBytes; s < to; s += sectorBytes {
		lost, err := t.lost(s, s+1)
		if err != nil {
			return false, false, err
		}
		edge := s
		if lost {
			edge = s - 1
		}
		if lost != before && edge >= from {
			b, err := t.r.view(edge, 1)
			if err != nil {
				return false, false, err
			}
			beside = beside || b[0] == 0
		}
		gone, before = gone || lost, lost
	}
	return gone, beside, nil
}

// flipped says whether one flipped bit makes the payload's checksum what it is instead of what it should be. In a payload
// of n bytes, byte i adds its value to the lower half of Adler-32, and n-i times its value to the upper half.
// A bit that may have been lost with its sector is not flipped.
func (t *tear) flipped(length int64, should, is uint32) (bool, error) {
	low := (should&0xffff + adlerPrime - is&0xffff) % adlerPrime
	high := (should>>16 + adlerPrime - is>>16) % adlerPrime
	found := false
	for bit := range 8 {
		one := uint32(1) << bit
		weight := high // becomes high / 2^bit
		for range bit {
			weight = (weight + weight%2*adlerPrime) / 2
		}
		var was byte // the bit as it should be
		switch low {
		case one:
			was = byte(one)
		case adlerPrime - one:
			weight = (adlerPrime - weight) % adlerPrime
		default:
			continue
		}
		for i := length - int64(weight); i >= 0; i -= adlerPrime {
			if i == length {
				continue
			}
			at := t.at + prefixBytes + i
			b, err := t.r.view(at, 1)
			if err != nil {
				return false, err
			}
			if b[0]&byte(one) == was {
				continue
			}
			if gone, err := t.lost(at, at+1); gone || err != nil {
				return false, err
			}
			found = true
		}
	}
	return found, nil
}

// adlerPrime is the modulus of both halves of Adler-32 (RFC 1950).
const adlerPrime = 65521
