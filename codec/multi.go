package codec

import "paddock/zk"

// MultiOp is one part of a multi or multiRead request. Which fields count depends on Op: Create for the creates, Set for
// setData, Path and Version for delete and check, Path for getData and getChildren (whose watch flag is ignored).
type MultiOp struct {
	Op      zk.Op
	Create  CreateRequest
	Set     SetDataRequest
	Path    string
	Version int32
}

// NullPath tells whether the part's path is null.
func (o *MultiOp) NullPath() bool {
	return o.Path == zk.NullText || o.Create.Path == zk.NullText || o.Set.Path == zk.NullText
}

// Subject is the path of the part, whatever its kind.
func (o *MultiOp) Subject() string {
	switch o.Op {
	case zk.OpSetData:
		return o.Set.Path
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
		return o.Create.Path
	}
	return o.Path
}

// Multi reads the body of a multi or multiRead, end included. What Apache refuses while decoding is an error here too: parts
// that may not be in one, reads beside writes, create modes that do not exist, and TTL modes outside createTTL
// (MultiOperationRecord, Op.Create and CreateOptions, 3.9.5). One of them is ErrNullACL, for which Apache uses no zxid up. reads tells that the
// parts are reads. The parts are read into room, which may be nil.
func (d *Decoder) Multi(room []MultiOp) (ops []MultiOp, reads bool) {
	ops = room[:0]
	for {
		h := d.MultiHeader()
		if d.err != nil || h.Done {
			return ops, reads
		}
		ops = append(ops, MultiOp{Op: h.Op})
		o := &ops[len(ops)-1]
		d.multiOp(o)
		read := o.Op == zk.OpGetData || o.Op == zk.OpGetChildren
		if len(ops) > 1 && read != reads {
			d.refuse("reads beside writes in a multi")
		}
		if d.err != nil {
			return nil, false
		}
		reads = read
	}
}

func (d *Decoder) multiOp(o *MultiOp) {
	switch o.Op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer:
		o.Create = d.CreateRequest(o.Op, nil)
		d.refuseOptions(&o.Create)
		if o.Create.Mode == zk.ModeContainer {
			o.Op = zk.OpCreateContainer
		}
	case zk.OpCreateTTL:
		o.Create = d.CreateRequest(o.Op, nil)
		if !o.Create.Mode.TTL() { // then it is an ordinary create, and its TTL is ignored
			o.Op, o.Create.TTLMs = zk.OpCreate, -1
		}
		if o.Create.Mode == zk.ModeContainer {
			o.Op = zk.OpCreateContainer
		}
	case zk.OpDelete, zk.OpCheck:
		o.Path, o.Version = d.Text(), d.Int32()
	case zk.OpSetData:
		o.Set = d.SetDataRequest()
	case zk.OpGetData, zk.OpGetChildren:
		o.Path = d.Text()
		d.Bool()
	default:
		d.refuse("part that a multi may not hold")
	}
}

// refuseOptions makes the checks of a create part in Apache's order.
func (d *Decoder) refuseOptions(r *CreateRequest) {
	switch {
	case d.err != nil:
	case !r.Mode.Valid():
		d.refuse("create mode that does not exist")
	case r.ACL == nil:
		d.err = ErrNullACL
	case r.Mode.TTL():
		d.refuse("create mode that a multi may not hold")
	}
}
