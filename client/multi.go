package client

import (
	"fmt"
	"strings"

	"paddock/codec"
	"paddock/zk"
)

// Part is one operation of a multi: create, create2, delete, setData or check. Which fields count depends on Op, as
// in the operation of that name; TTLMs counts for createTTL only.
type Part struct {
	Op      zk.Op
	Path    string
	Data    []byte
	ACL     []zk.ACL
	Mode    zk.CreateMode
	TTLMs   int64
	Version int32
}

// PartResult is the answer to one part.
type PartResult struct {
	Op   zk.Op  // OpError in a failed multi
	Code zk.Err // ErrOK for parts before the one that failed, ErrRuntimeInconsistency behind it
	Path string // create and create2
	Stat zk.Stat
}

func appendMulti(b []byte, parts []Part) []byte {
	for i := range parts {
		b = codec.AppendMultiHeader(b, codec.MultiHeader{Op: parts[i].Op, Err: -1})
		b = appendPart(b, &parts[i])
	}
	return codec.AppendMultiHeader(b, codec.MultiEnd())
}

func appendPart(b []byte, p *Part) []byte {
	switch p.Op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		r := codec.CreateRequest{Path: p.Path, Data: p.Data, ACL: p.ACL, Mode: p.Mode, TTLMs: p.TTLMs}
		return codec.AppendCreateRequest(b, p.Op, &r)
	case zk.OpSetData:
		return codec.AppendSetDataRequest(b, p.Path, p.Data, p.Version)
	case zk.OpDelete, zk.OpCheck:
		return codec.AppendPathVersion(b, p.Path, p.Version)
	default: // the server has to refuse it
		return codec.AppendString(b, p.Path)
	}
}

// DecodeMulti reads the body of an answer to multi into dst, which may be nil. Paths are borrowed from body.
func DecodeMulti(body []byte, dst []PartResult) ([]PartResult, error) {
	dst = dst[:0]
	d := codec.NewDecoder(body)
	for {
		h := d.MultiHeader()
		if h.Done || d.Err() != nil {
			return dst, d.Err()
		}
		r := PartResult{Op: h.Op}
		switch h.Op {
		case zk.OpCreate:
			r.Path = d.Path()
		case zk.OpCreate2:
			r.Path, r.Stat = d.Path(), d.Stat()
		case zk.OpSetData:
			r.Stat = d.Stat()
		case zk.OpError:
			r.Code = zk.Err(d.Int32())
		case zk.OpDelete, zk.OpCheck:
		default:
			return dst, fmt.Errorf("client: multi: result of type %d at offset %d: %w", h.Op, d.Offset(), codec.ErrMalformed)
		}
		dst = append(dst, r)
	}
}

// Multi carries out all parts or none. If one fails, the error names it, and the results tell about each.
func (c *Client) Multi(parts ...Part) ([]PartResult, error) {
	body, err := c.wait(func(done Handler) error { return c.SendMulti(parts, 0, done) }, "")
	if err != nil {
		return nil, err
	}
	results, err := DecodeMulti(body, nil)
	if err != nil {
		return nil, err
	}
	for i := range results {
		results[i].Path = strings.Clone(results[i].Path)
		if code := results[i].Code; code != zk.ErrOK && err == nil {
			refused := &Error{Op: zk.OpMulti, Code: code}
			if i < len(parts) {
				refused.Path = parts[i].Path
			}
			err = refused
		}
	}
	return results, err
}
