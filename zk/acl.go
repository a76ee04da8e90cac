package zk

// Perm is a set of permission bits (ZooDefs.Perms, 3.9.5).
type Perm int32

// The permission bits.
const (
	PermRead   Perm = 1
	PermWrite  Perm = 2
	PermCreate Perm = 4
	PermDelete Perm = 8
	PermAdmin  Perm = 16
	PermAll    Perm = 31
)

// ID is an identity: an authentication scheme and a name within it.
type ID struct {
	Scheme string
	ID     string
}

// ACL grants permissions to an identity. An ACL list is used as it stands: order matters and is kept.
type ACL struct {
	Perms Perm
	ID    ID
}

// OpenACL returns the list that lets everybody do everything (ZooDefs.Ids.OPEN_ACL_UNSAFE). It is a fresh slice.
func OpenACL() []ACL {
	return []ACL{{Perms: PermAll, ID: ID{Scheme: "world", ID: "anyone"}}}
}
