package codec

import (
	"encoding/binary"

	"paddock/zk"
)

// AppendInt32 appends a jute int.
func AppendInt32(b []byte, v int32) []byte { return binary.BigEndian.AppendUint32(b, uint32(v)) }

// AppendInt64 appends a jute long.
func AppendInt64(b []byte, v int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(v)) }

// AppendBool appends a jute boolean: one byte, 0 or 1.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendBuffer appends a jute buffer; nil becomes null (length -1).
func AppendBuffer(b, v []byte) []byte {
	if v == nil {
		return AppendInt32(b, -1)
	}
	b = AppendInt32(b, int32(len(v)))
	return append(b, v...)
}

// AppendString appends a jute ustring; zk.NullText becomes null.
func AppendString(b []byte, v string) []byte {
	if v == zk.NullText {
		return AppendInt32(b, -1)
	}
	b = AppendInt32(b, int32(len(v)))
	return append(b, v...)
}

// AppendStrings appends a vector of ustrings.
func AppendStrings(b []byte, vs []string) []byte {
	b = AppendInt32(b, int32(len(vs)))
	for _, v := range vs {
		b = AppendString(b, v)
	}
	return b
}

// AppendACL appends a vector of ACL records; nil becomes null.
func AppendACL(b []byte, acl []zk.ACL) []byte {
	if acl == nil {
		return AppendInt32(b, -1)
	}
	b = AppendInt32(b, int32(len(acl)))
	for i := range acl {
		b = AppendInt32(b, int32(acl[i].Perms))
		b = AppendString(b, acl[i].ID.Scheme)
		b = AppendString(b, acl[i].ID.ID)
	}
	return b
}

// StatBytes and StatPersistedBytes are the sizes of the two Stat records.
const (
	StatBytes          = 68
	StatPersistedBytes = 60
)

// AppendStat appends the Stat that a client sees (68 bytes).
func AppendStat(b []byte, s *zk.Stat) []byte {
	b = AppendInt64(b, s.Czxid)
	b = AppendInt64(b, s.Mzxid)
	b = AppendInt64(b, s.Ctime)
	b = AppendInt64(b, s.Mtime)
	b = AppendInt32(b, s.Version)
	b = AppendInt32(b, s.CVersion)
	b = AppendInt32(b, s.AVersion)
	b = AppendInt64(b, s.EphemeralOwner)
	b = AppendInt32(b, s.DataLength)
	b = AppendInt32(b, s.NumChildren)
	return AppendInt64(b, s.Pzxid)
}

// AppendStatPersisted appends the Stat of the disk (60 bytes).
func AppendStatPersisted(b []byte, s *zk.StatPersisted) []byte {
	b = AppendInt64(b, s.Czxid)
	b = AppendInt64(b, s.Mzxid)
	b = AppendInt64(b, s.Ctime)
	b = AppendInt64(b, s.Mtime)
	b = AppendInt32(b, s.Version)
	b = AppendInt32(b, s.CVersion)
	b = AppendInt32(b, s.AVersion)
	b = AppendInt64(b, s.EphemeralOwner)
	return AppendInt64(b, s.Pzxid)
}
