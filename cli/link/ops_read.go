package link

import (
	"context"
	"fmt"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

func finish(op zk.Op, d *codec.Decoder) error {
	if err := d.Err(); err != nil {
		return fmt.Errorf("answer to %s: %w", op, err)
	}
	return nil
}

// read sends an operation that may leave a watch, which register notes with the answer.
func (l *Link) read(ctx context.Context, op zk.Op, path string, watch bool, register func(full string, code zk.Err)) ([]byte, error) {
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	return l.readFull(ctx, op, path, l.serverPath(path), watch, register)
}

func (l *Link) readFull(
	ctx context.Context, op zk.Op, path, full string, watch bool, register func(full string, code zk.Err),
) ([]byte, error) {
	var then func(zk.Err) zk.Err
	if watch {
		then = func(code zk.Err) zk.Err {
			l.mu.Lock()
			defer l.mu.Unlock()
			register(full, code)
			return code
		}
	}
	return l.do(ctx, path, func(c *client.Client, done client.Handler) error {
		return c.SendRead(op, full, watch, 0, done)
	}, then)
}

// Exists gives a znode's Stat; a missing one gives ErrNoNode, and the watch is set all the same.
func (l *Link) Exists(ctx context.Context, path string, watch bool) (zk.Stat, error) {
	body, err := l.read(ctx, zk.OpExists, path, watch, func(full string, code zk.Err) {
		switch code {
		case zk.ErrOK:
			l.watches.data.add(full)
		case zk.ErrNoNode:
			l.watches.exist.add(full)
		default:
		}
	})
	if err != nil {
		return zk.Stat{}, err
	}
	d := codec.NewDecoder(body)
	stat := d.Stat()
	return stat, finish(zk.OpExists, &d)
}

// Get gives a znode's data, nil for null, and its Stat.
func (l *Link) Get(ctx context.Context, path string, watch bool) ([]byte, zk.Stat, error) {
	return dataOf(l.read(ctx, zk.OpGetData, path, watch, l.dataWatch))
}

// Config gives the ensemble's configuration, which no chroot hides.
func (l *Link) Config(ctx context.Context, watch bool) ([]byte, zk.Stat, error) {
	return dataOf(l.readFull(ctx, zk.OpGetData, zk.PathConfig, zk.PathConfig, watch, l.dataWatch))
}

func (l *Link) dataWatch(full string, code zk.Err) {
	if code == zk.ErrOK {
		l.watches.data.add(full)
	}
}

func dataOf(body []byte, err error) ([]byte, zk.Stat, error) {
	if err != nil {
		return nil, zk.Stat{}, err
	}
	d := codec.NewDecoder(body)
	data, stat := d.Buffer(), d.Stat()
	return data, stat, finish(zk.OpGetData, &d)
}

// Children gives the names of a znode's children, in no order, and its Stat.
func (l *Link) Children(ctx context.Context, path string, watch bool) ([]string, zk.Stat, error) {
	body, err := l.read(ctx, zk.OpGetChildren2, path, watch, func(full string, code zk.Err) {
		if code == zk.ErrOK {
			l.watches.child.add(full)
		}
	})
	if err != nil {
		return nil, zk.Stat{}, err
	}
	d := codec.NewDecoder(body)
	names, stat := d.Strings(), d.Stat()
	return names, stat, finish(zk.OpGetChildren2, &d)
}

// ACL gives a znode's ACL list and its Stat.
func (l *Link) ACL(ctx context.Context, path string) ([]zk.ACL, zk.Stat, error) {
	body, err := l.path(ctx, zk.OpGetACL, path)
	if err != nil {
		return nil, zk.Stat{}, err
	}
	d := codec.NewDecoder(body)
	acl, stat := d.ACL(nil), d.Stat()
	return acl, stat, finish(zk.OpGetACL, &d)
}

// path sends an operation whose body is a path.
func (l *Link) path(ctx context.Context, op zk.Op, path string) ([]byte, error) {
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	return l.do(ctx, path, func(c *client.Client, done client.Handler) error {
		return c.SendPath(op, l.serverPath(path), 0, done)
	}, nil)
}

// Sync makes later reads see everything that was written before it.
func (l *Link) Sync(ctx context.Context, path string) error {
	_, err := l.path(ctx, zk.OpSync, path)
	return err
}

// ChildrenNumber counts a znode's descendants.
func (l *Link) ChildrenNumber(ctx context.Context, path string) (int32, error) {
	body, err := l.path(ctx, zk.OpGetAllChildrenNumber, path)
	if err != nil {
		return 0, err
	}
	d := codec.NewDecoder(body)
	n := d.Int32()
	return n, finish(zk.OpGetAllChildrenNumber, &d)
}

// Ephemerals lists this session's ephemerals whose paths begin with prefix. As in the Java client, prefix and paths are the
// server's: no chroot is put in front or cut off.
func (l *Link) Ephemerals(ctx context.Context, prefix string) ([]string, error) {
	if err := CheckPath(prefix); err != nil {
		return nil, err
	}
	body, err := l.do(ctx, "", func(c *client.Client, done client.Handler) error {
		return c.SendPath(zk.OpGetEphemerals, prefix, 0, done)
	}, nil)
	if err != nil {
		return nil, err
	}
	d := codec.NewDecoder(body)
	list := d.Strings()
	return list, finish(zk.OpGetEphemerals, &d)
}

// WhoAmI lists the identities that the server knows of this connection.
func (l *Link) WhoAmI(ctx context.Context) ([]zk.ID, error) {
	body, err := l.do(ctx, "", func(c *client.Client, done client.Handler) error {
		return c.SendRequest(zk.OpWhoAmI, nil, 0, done)
	}, nil)
	if err != nil {
		return nil, err
	}
	d := codec.NewDecoder(body)
	var ids []zk.ID
	for range d.Count(2 * codec.FrameLengthBytes) { // two strings, each with its length
		ids = append(ids, zk.ID{Scheme: d.String(), ID: d.String()})
	}
	return ids, finish(zk.OpWhoAmI, &d)
}
