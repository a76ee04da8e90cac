package codec

import "paddock/zk"

// The request records. Each has a method of Decoder that reads it and an Append function that writes it, both
// without the header. Strings and buffers are borrowed from the input. Where Apache decodes a null path or a null ACL list
// and notices it later, it is zk.NullText or nil here; in the path of a read it is an error.

// CreateRequest asks for a new znode; TTLMs is set for createTTL only and -1 otherwise.
type CreateRequest struct {
	Path  string
	Data  []byte
	ACL   []zk.ACL
	Mode  zk.CreateMode
	TTLMs int64
}

// CreateRequest reads the body of create, create2 and createContainer, and of createTTL if op says so; the ACL
// list is read into acl, which may be nil.
func (d *Decoder) CreateRequest(op zk.Op, acl []zk.ACL) CreateRequest {
	r := CreateRequest{Path: d.Text(), Data: d.Buffer(), ACL: d.ACL(acl), Mode: zk.CreateMode(d.Int32()), TTLMs: -1}
	if op == zk.OpCreateTTL {
		r.TTLMs = d.Int64()
	}
	return r
}

// AppendCreateRequest appends the body of create, create2, createContainer or createTTL.
func AppendCreateRequest(b []byte, op zk.Op, r *CreateRequest) []byte {
	b = AppendString(b, r.Path)
	b = AppendBuffer(b, r.Data)
	b = AppendACL(b, r.ACL)
	b = AppendInt32(b, int32(r.Mode))
	if op == zk.OpCreateTTL {
		b = AppendInt64(b, r.TTLMs)
	}
	return b
}

// PathVersion is the body of delete and check.
type PathVersion struct {
	Path    string
	Version int32
}

// PathVersion reads the body of delete and check.
func (d *Decoder) PathVersion() PathVersion { return PathVersion{Path: d.Text(), Version: d.Int32()} }

// AppendPathVersion appends the body of delete and check.
func AppendPathVersion(b []byte, path string, version int32) []byte {
	return AppendInt32(AppendString(b, path), version)
}

// PathWatch is the body of exists, getData, getChildren and getChildren2.
type PathWatch struct {
	Path  string
	Watch bool
}

// PathWatch reads the body of exists, getData, getChildren and getChildren2.
func (d *Decoder) PathWatch() PathWatch { return PathWatch{Path: d.Path(), Watch: d.Bool()} }

// AppendPathWatch appends the body of exists, getData, getChildren and getChildren2.
func AppendPathWatch(b []byte, path string, watch bool) []byte {
	return AppendBool(AppendString(b, path), watch)
}

// SetDataRequest replaces a znode's data.
type SetDataRequest struct {
	Path    string
	Data    []byte
	Version int32
}

// SetDataRequest reads the body of setData.
func (d *Decoder) SetDataRequest() SetDataRequest {
	return SetDataRequest{Path: d.Text(), Data: d.Buffer(), Version: d.Int32()}
}

// AppendSetDataRequest appends the body of setData.
func AppendSetDataRequest(b []byte, path string, data []byte, version int32) []byte {
	return AppendInt32(AppendBuffer(AppendString(b, path), data), version)
}

// SetACLRequest replaces a znode's ACL list.
type SetACLRequest struct {
	Path    string
	ACL     []zk.ACL
	Version int32
}

// SetACLRequest reads the body of setACL into acl, which may be nil.
func (d *Decoder) SetACLRequest(acl []zk.ACL) SetACLRequest {
	return SetACLRequest{Path: d.Text(), ACL: d.ACL(acl), Version: d.Int32()}
}

// AppendSetACLRequest appends the body of setACL.
func AppendSetACLRequest(b []byte, path string, acl []zk.ACL, version int32) []byte {
	return AppendInt32(AppendACL(AppendString(b, path), acl), version)
}

// AuthPacket adds an identity to a connection.
type AuthPacket struct {
	Type   int32 // sent as 0, never read by servers
	Scheme string
	Auth   []byte
}

// AuthPacket reads the body of auth.
func (d *Decoder) AuthPacket() AuthPacket {
	return AuthPacket{Type: d.Int32(), Scheme: d.String(), Auth: d.Buffer()}
}

// AppendAuthPacket appends the body of auth.
func AppendAuthPacket(b []byte, scheme string, auth []byte) []byte {
	return AppendBuffer(AppendString(AppendInt32(b, 0), scheme), auth)
}
