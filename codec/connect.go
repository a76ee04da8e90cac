package codec

// ConnectRequest opens or renews a session; it is the first frame of a connection.
type ConnectRequest struct {
	ProtocolVersion int32
	LastZxidSeen    int64
	TimeoutMs       int32
	SessionID       int64
	Password        []byte // borrowed
	ReadOnly        bool
	HasReadOnly     bool // clients older than 3.4 omit the last byte
}

// DecodeConnectRequest reads a frame; the readOnly byte may be missing.
func DecodeConnectRequest(frame []byte) (ConnectRequest, error) {
	d := NewDecoder(frame)
	r := ConnectRequest{
		ProtocolVersion: d.Int32(), LastZxidSeen: d.Int64(), TimeoutMs: d.Int32(),
		SessionID: d.Int64(), Password: d.Buffer(),
	}
	if d.Err() == nil && d.Remaining() > 0 {
		r.ReadOnly, r.HasReadOnly = d.Bool(), true
	}
	return r, d.Err()
}

// AppendConnectRequest appends the record without a frame length.
func AppendConnectRequest(b []byte, r *ConnectRequest) []byte {
	b = AppendInt32(b, r.ProtocolVersion)
	b = AppendInt64(b, r.LastZxidSeen)
	b = AppendInt32(b, r.TimeoutMs)
	b = AppendInt64(b, r.SessionID)
	b = AppendBuffer(b, r.Password)
	if r.HasReadOnly {
		b = AppendBool(b, r.ReadOnly)
	}
	return b
}

// ConnectResponse answers a ConnectRequest; a refusal is all zeros.
type ConnectResponse struct {
	ProtocolVersion int32
	TimeoutMs       int32
	SessionID       int64
	Password        []byte
	ReadOnly        bool
	HasReadOnly     bool // true when the request carried the byte
}

// AppendConnectResponse appends the record without a frame length.
func AppendConnectResponse(b []byte, r *ConnectResponse) []byte {
	b = AppendInt32(b, r.ProtocolVersion)
	b = AppendInt32(b, r.TimeoutMs)
	b = AppendInt64(b, r.SessionID)
	b = AppendBuffer(b, r.Password)
	if r.HasReadOnly {
		b = AppendBool(b, r.ReadOnly)
	}
	return b
}

// DecodeConnectResponse reads a frame; old servers omit the readOnly byte.
func DecodeConnectResponse(frame []byte) (ConnectResponse, error) {
	d := NewDecoder(frame)
	r := ConnectResponse{
		ProtocolVersion: d.Int32(), TimeoutMs: d.Int32(), SessionID: d.Int64(), Password: d.Buffer(),
	}
	if d.Err() == nil && d.Remaining() > 0 {
		r.ReadOnly, r.HasReadOnly = d.Bool(), true
	}
	return r, d.Err()
}
