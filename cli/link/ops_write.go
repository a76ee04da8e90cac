package link

import (
	"context"
	"slices"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// Create makes a znode and gives its path, which differs for the sequential modes. ttlMs counts for the modes with a time to
// live.
func (l *Link) Create(ctx context.Context, path string, data []byte, acl []zk.ACL, mode zk.CreateMode, ttlMs int64) (string, error) {
	checked := path
	if mode.Sequential() {
		checked += "1" // the server appends digits, so a slash at the end is fine
	}
	if err := CheckPath(checked); err != nil {
		return "", err
	}
	op := zk.OpCreate
	switch {
	case mode.TTL():
		op = zk.OpCreateTTL
	case mode == zk.ModeContainer:
		op = zk.OpCreateContainer
	}
	r := codec.CreateRequest{Path: l.serverPath(path), Data: data, ACL: acl, Mode: mode, TTLMs: ttlMs}
	body, err := l.do(ctx, path, func(c *client.Client, done client.Handler) error { return c.SendCreate(op, &r, 0, done) }, nil)
	if err != nil {
		return "", err
	}
	d := codec.NewDecoder(body)
	created := l.clientPath(d.String())
	return created, finish(op, &d)
}

// Delete removes a znode; version -1 matches any. The root cannot be deleted, and so cannot the one of a chroot: as Apache's client
// we ask for the server's, which says so.
func (l *Link) Delete(ctx context.Context, path string, version int32) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	there := path
	if path != zk.PathRoot {
		there = l.serverPath(path)
	}
	_, err := l.do(ctx, path, func(c *client.Client, done client.Handler) error {
		return c.SendDelete(there, version, 0, done)
	}, nil)
	return err
}

// Set replaces a znode's data; version -1 matches any.
func (l *Link) Set(ctx context.Context, path string, data []byte, version int32) (zk.Stat, error) {
	if err := CheckPath(path); err != nil {
		return zk.Stat{}, err
	}
	return statOf(zk.OpSetData)(l.do(ctx, path, func(c *client.Client, done client.Handler) error {
		return c.SendSetData(l.serverPath(path), data, version, 0, done)
	}, nil))
}

// SetACL replaces a znode's ACL list; version -1 matches any.
func (l *Link) SetACL(ctx context.Context, path string, acl []zk.ACL, version int32) (zk.Stat, error) {
	if err := CheckPath(path); err != nil {
		return zk.Stat{}, err
	}
	if len(acl) == 0 { // the Java client does not even ask
		return zk.Stat{}, &Error{Code: zk.ErrInvalidACL}
	}
	return statOf(zk.OpSetACL)(l.do(ctx, path, func(c *client.Client, done client.Handler) error {
		return c.SendSetACL(l.serverPath(path), acl, version, 0, done)
	}, nil))
}

func statOf(op zk.Op) func([]byte, error) (zk.Stat, error) {
	return func(body []byte, err error) (zk.Stat, error) {
		if err != nil {
			return zk.Stat{}, err
		}
		d := codec.NewDecoder(body)
		stat := d.Stat()
		return stat, finish(op, &d)
	}
}

// Multi is a transaction under way. Its parts' paths are the caller's.
func (l *Link) Multi(ctx context.Context, parts []client.Part) (*Pending, error) {
	full := make([]client.Part, len(parts))
	for i, part := range parts {
		if err := CheckPath(part.Path); err != nil {
			return nil, err
		}
		full[i] = part
		full[i].Path = l.serverPath(part.Path)
	}
	p, err := l.send(ctx, "", func(c *client.Client, done client.Handler) error { return c.SendMulti(full, 0, done) }, nil)
	if err == nil {
		l.flush()
	}
	return p, err
}

// MultiResult waits for a transaction. The results tell about each part; the error is that of the first which failed.
func (p *Pending) MultiResult(ctx context.Context) ([]client.PartResult, error) {
	body, err := p.wait(ctx)
	if err != nil {
		return nil, err
	}
	results, err := client.DecodeMulti(body, nil)
	if err != nil {
		return nil, err
	}
	for i := range results {
		if results[i].Code != zk.ErrOK && results[i].Code != zk.ErrRuntimeInconsistency {
			return results, &Error{Code: results[i].Code}
		}
	}
	return results, nil
}

// AddAuth adds an identity, to this connection and to those after it. A refusal makes the Link AuthFailed; it is no error
// here, as in the Java client, which does not wait for the answer.
func (l *Link) AddAuth(ctx context.Context, scheme string, auth []byte) error {
	l.mu.Lock()
	if !l.state.Alive() {
		l.mu.Unlock()
		return nil
	}
	l.identities = append(l.identities, identity{scheme, auth})
	conn := l.conn
	l.mu.Unlock()
	if conn == nil {
		return nil // it goes out with the next connection
	}
	answered := make(chan struct{})
	if err := conn.SendAuth(scheme, auth, 0, func(r *client.Reply) { l.onAuth(r); close(answered) }); err != nil {
		return nil //nolint:nilerr // the connection has ended; the next one presents it
	}
	conn.Flush()
	select {
	case <-answered:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Introduce gives another link the identities of this one.
func (l *Link) Introduce(ctx context.Context, to *Link) error {
	l.mu.Lock()
	identities := slices.Clone(l.identities)
	l.mu.Unlock()
	for _, id := range identities {
		if err := to.AddAuth(ctx, id.scheme, id.auth); err != nil {
			return err
		}
	}
	return nil
}

// Reconfig changes the ensemble. Empty strings are left out of the request.
func (l *Link) Reconfig(ctx context.Context, joining, leaving, members string, version int64) ([]byte, zk.Stat, error) {
	var body []byte
	for _, text := range []string{joining, leaving, members} {
		if text == "" {
			text = zk.NullText
		}
		body = codec.AppendText(body, text)
	}
	body = codec.AppendInt64(body, version)
	return dataOf(l.do(ctx, "", func(c *client.Client, done client.Handler) error {
		return c.SendRequest(zk.OpReconfig, body, 0, done)
	}, nil))
}
