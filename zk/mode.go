package zk

// CreateMode is the flags field of a create request (CreateMode, 3.9.5).
type CreateMode int32

// The create modes.
const (
	ModePersistent              CreateMode = 0
	ModeEphemeral               CreateMode = 1
	ModePersistentSequential    CreateMode = 2
	ModeEphemeralSequential     CreateMode = 3
	ModeContainer               CreateMode = 4
	ModePersistentTTL           CreateMode = 5
	ModePersistentSequentialTTL CreateMode = 6
)

// Valid tells whether the number is a create mode at all.
func (m CreateMode) Valid() bool { return m >= ModePersistent && m <= ModePersistentSequentialTTL }

// Ephemeral tells whether the znode ends with its session.
func (m CreateMode) Ephemeral() bool { return m == ModeEphemeral || m == ModeEphemeralSequential }

// Sequential tells whether a ten-digit number is appended to the path.
func (m CreateMode) Sequential() bool {
	return m == ModePersistentSequential || m == ModeEphemeralSequential || m == ModePersistentSequentialTTL
}

// TTL tells whether the znode carries a time to live.
func (m CreateMode) TTL() bool { return m == ModePersistentTTL || m == ModePersistentSequentialTTL }

// Kind says what a stored owner field means (EphemeralType, 3.9.5).
type Kind uint8

// The kinds of znode.
const (
	KindPersistent Kind = iota
	KindEphemeral
	KindContainer
	KindTTL
)

// Marks in the stored owner field, and the largest TTL in milliseconds (EphemeralType, 3.9.5).
const (
	OwnerContainer  int64 = -1 << 63
	ownerTTLMask    int64 = -1 << 56 // 0xFF in the top byte
	ownerTTLFeature int64 = 0x00ffff0000000000
	TTLMsMax        int64 = 1<<40 - 1
)

// OwnerKind reads a stored owner field. Session ids never carry 0xFF in their top byte: server ids end at 254
// wherever TTL znodes are in use.
func OwnerKind(owner int64) Kind {
	switch {
	case owner == 0:
		return KindPersistent
	case owner == OwnerContainer:
		return KindContainer
	case owner&ownerTTLMask == ownerTTLMask && owner&ownerTTLFeature == 0:
		return KindTTL
	default:
		return KindEphemeral
	}
}

// OwnerTTLMs reads the time to live, in milliseconds, of a znode whose kind is KindTTL.
func OwnerTTLMs(owner int64) int64 { return owner & TTLMsMax }

// OwnerTTL makes the stored owner field of a znode that lives ttlMs milliseconds (1 to TTLMsMax).
func OwnerTTL(ttlMs int64) int64 { return ownerTTLMask | ttlMs }
