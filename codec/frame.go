package codec

import (
	"encoding/binary"

	"paddock/zk"
)

// FrameLengthBytes is the size of the length in front of every frame.
const FrameLengthBytes = 4

// BeginFrame appends room for a frame length and returns where it stands, for EndFrame.
func BeginFrame(b []byte) ([]byte, int) { return append(b, 0, 0, 0, 0), len(b) }

// EndFrame fills in the length of the frame that began at offset at.
func EndFrame(b []byte, at int) {
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-FrameLengthBytes))
}

// RequestHeader stands in front of every request but the first.
type RequestHeader struct {
	Xid int32
	Op  zk.Op
}

// RequestHeader reads a request header.
func (d *Decoder) RequestHeader() RequestHeader {
	return RequestHeader{Xid: d.Int32(), Op: zk.Op(d.Int32())}
}

// AppendRequestHeader appends a request header.
func AppendRequestHeader(b []byte, h RequestHeader) []byte {
	return AppendInt32(AppendInt32(b, h.Xid), int32(h.Op))
}

// ReplyHeader stands in front of every reply and notification. A body follows only when Err is ErrOK.
type ReplyHeader struct {
	Xid  int32
	Zxid int64
	Err  zk.Err
}

// ReplyHeaderBytes is the size of a reply header.
const ReplyHeaderBytes = 16

// ReplyHeader reads a reply header.
func (d *Decoder) ReplyHeader() ReplyHeader {
	return ReplyHeader{Xid: d.Int32(), Zxid: d.Int64(), Err: zk.Err(d.Int32())}
}

// AppendReplyHeader appends a reply header.
func AppendReplyHeader(b []byte, h ReplyHeader) []byte {
	return AppendInt32(AppendInt64(AppendInt32(b, h.Xid), h.Zxid), int32(h.Err))
}

// WatcherEvent is the body of a notification.
type WatcherEvent struct {
	Type  zk.EventType
	State int32
	Path  string
}

// AppendEvent appends a whole notification frame, length and header included.
func AppendEvent(b []byte, zxid int64, typ zk.EventType, path string) []byte {
	b, at := BeginFrame(b)
	b = AppendReplyHeader(b, ReplyHeader{Xid: zk.XidNotification, Zxid: zxid})
	b = AppendInt32(b, int32(typ))
	b = AppendInt32(b, zk.StateSyncConnected)
	b = AppendText(b, path)
	EndFrame(b, at)
	return b
}

// WatcherEvent reads the body of a notification.
func (d *Decoder) WatcherEvent() WatcherEvent {
	return WatcherEvent{Type: zk.EventType(d.Int32()), State: d.Int32(), Path: d.Path()}
}

// MultiHeader stands in front of each part of a multi request or reply; Done marks the end.
type MultiHeader struct {
	Op   zk.Op
	Done bool
	Err  zk.Err
}

// MultiHeader reads a multi header.
func (d *Decoder) MultiHeader() MultiHeader {
	return MultiHeader{Op: zk.Op(d.Int32()), Done: d.Bool(), Err: zk.Err(d.Int32())}
}

// AppendMultiHeader appends a multi header.
func AppendMultiHeader(b []byte, h MultiHeader) []byte {
	return AppendInt32(AppendBool(AppendInt32(b, int32(h.Op)), h.Done), int32(h.Err))
}

// MultiEnd is the header behind the last part.
func MultiEnd() MultiHeader { return MultiHeader{Op: zk.OpError, Done: true, Err: -1} }
