package zk

// StatPersisted is what the server keeps of a znode's history, on disk and in the digest (StatPersisted in
// zookeeper.jute; 60 bytes on disk). CVersion counts creates of children only, and EphemeralOwner holds the
// marks of container and TTL znodes: both differ from what a client sees in Stat.
type StatPersisted struct {
	Czxid          int64 // zxid of the create
	Mzxid          int64 // zxid of the last setData
	Ctime          int64 // ms since the epoch, of the create
	Mtime          int64 // ms since the epoch, of the last setData
	Version        int32 // number of setData
	CVersion       int32 // number of creates below this znode
	AVersion       int32 // number of setACL
	EphemeralOwner int64 // session id, or a container or TTL mark, or 0
	Pzxid          int64 // zxid of the last create or delete of a child
}

// Stat is what a client sees of a znode (Stat in zookeeper.jute; 68 bytes on the wire).
type Stat struct {
	Czxid          int64
	Mzxid          int64
	Ctime          int64
	Mtime          int64
	Version        int32
	CVersion       int32
	AVersion       int32
	EphemeralOwner int64
	DataLength     int32
	NumChildren    int32
	Pzxid          int64
}

// Wire makes the Stat that a client sees: a cversion that counts creates and deletes alike, and an owner only
// for ephemerals (DataNode.copyStat, 3.9.5).
func (s *StatPersisted) Wire(dataLength, numChildren int32) Stat {
	owner := s.EphemeralOwner
	if OwnerKind(owner) != KindEphemeral {
		owner = 0
	}
	return Stat{
		Czxid: s.Czxid, Mzxid: s.Mzxid, Ctime: s.Ctime, Mtime: s.Mtime,
		Version: s.Version, CVersion: 2*s.CVersion - numChildren, AVersion: s.AVersion,
		EphemeralOwner: owner, DataLength: dataLength, NumChildren: numChildren, Pzxid: s.Pzxid,
	}
}
