package tree

import (
	"fmt"

	"paddock/zk"
)

// SetLocalData replaces the data of a znode and nothing else: no version, no time, no zxid. That is how a server keeps
// the use of a quota (DataTree.updateQuotaStat, 3.9.5), which is in no transaction; so the znode must be outside the
// digest. It copies data, which must not be borrowed from the tree.
//
// Apache forgets to count the change in its approximate data size; here it counts.
func (t *Tree) SetLocalData(path string, data []byte) zk.Err {
	if InDigest(path) {
		panic(fmt.Sprintf("tree: data of %q changed without a transaction", path))
	}
	n := t.Lookup(path)
	if n == 0 {
		return zk.ErrNoNode
	}
	nd := t.slab.at(n)
	t.dataUnits += int64(len(data)) - int64(max(nd.dataBytes, 0))
	t.replaceData(nd, data)
	nd.crc = PathDataCRC(path, data)
	return zk.ErrOK
}
