package tree

import "paddock/zk"

// AdoptTTL353 turns the TTL znodes that ZooKeeper 3.5.3 stored into those of later versions, and tells how many there
// were. 3.5.3 set the highest bit of the owner field alone, so every negative owner counts, containers aside, as with
// emulate353TTLNodes; of the time to live, 40 bits count (EphemeralType, EphemeralTypeEmulate353, 3.9.5). The digest of
// the tree changes with the owners. No walk and no search may be under way.
func (t *Tree) AdoptTTL353() int {
	adopted := 0
	for session := range t.EphemeralSessions() {
		if session >= 0 {
			continue
		}
		for n := range t.Ephemerals(session) {
			nd := t.slab.at(n)
			t.scratch = t.appendDiskPath(t.scratch[:0], n)
			t.unlinkOwned(n, nd)
			nd.owner = zk.OwnerTTL(nd.owner & zk.TTLMsMax)
			t.linkOwned(n, nd)
			t.redigest(nd, InDigest(string(t.scratch)))
			adopted++
		}
	}
	return adopted
}
