package apply

import "slices"

// DigestAt is the digest of the tree after a transaction.
type DigestAt struct {
	Zxid   int64
	Digest uint64
}

// Apache keeps the digest of every 128th transaction, of the newest 1024 of them (DataTree.logZxidDigest, 3.9.5): two servers
// that differ can be told from when on.
const (
	digestInterval = 128
	digestsMax     = 1024
)

// Digests is this history, oldest first.
type Digests struct {
	ring []DigestAt
	next int // where the oldest is, once the ring is full
}

// Note remembers the digest after a transaction if its turn has come.
func (d *Digests) Note(zxid int64, digest uint64) {
	if zxid%digestInterval != 0 {
		return
	}
	if len(d.ring) < digestsMax {
		d.ring = append(d.ring, DigestAt{zxid, digest})
		return
	}
	d.ring[d.next] = DigestAt{zxid, digest}
	d.next = (d.next + 1) % digestsMax
}

// List gives a copy, oldest first.
func (d *Digests) List() []DigestAt {
	return append(slices.Clone(d.ring[d.next:]), d.ring[:d.next]...)
}

// KeepDigests makes the history go on from that of the log's replay.
func (p *Processor) KeepDigests(d Digests) { p.digests = d }

// Digests gives the history.
func (p *Processor) Digests() []DigestAt { return p.digests.List() }
