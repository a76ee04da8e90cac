package link

import (
	"context"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// AddWatch sets a watch that stays until it is removed.
func (l *Link) AddWatch(ctx context.Context, path string, mode AddMode) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	full := l.serverPath(path)
	body := codec.AppendPathCode(nil, full, int32(mode))
	_, err := l.do(ctx, path, func(c *client.Client, done client.Handler) error {
		return c.SendRequest(zk.OpAddWatch, body, 0, done)
	}, func(code zk.Err) zk.Err {
		if code != zk.ErrOK {
			return code
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if mode == ModeRecursive {
			l.watches.recursive.add(full)
		} else {
			l.watches.persistent.add(full)
		}
		return code
	})
	return err
}

// RemoveWatches removes all watches of a kind from a path. With local they go even if the server cannot be told. An event tells
// of each kind that was removed.
func (l *Link) RemoveWatches(ctx context.Context, path string, kind WatchKind, local bool) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	full := l.serverPath(path)
	body := codec.AppendPathCode(nil, full, int32(kind))
	_, err := l.do(ctx, path, func(c *client.Client, done client.Handler) error {
		return c.SendRequest(zk.OpRemoveWatches, body, 0, done)
	}, func(code zk.Err) zk.Err { return l.forget(path, full, kind, local, code) })
	if err != nil && local && Code(err) == ErrConnectionLoss && l.State().Alive() {
		if code := l.forget(path, full, kind, true, ErrConnectionLoss); code != zk.ErrOK && code != zk.ErrNoWatcher {
			return &Error{Code: code, Path: path}
		}
		return nil
	}
	return err
}

// forget does the client's part of RemoveWatches and gives the code that the caller shall see.
func (l *Link) forget(path, full string, kind WatchKind, local bool, code zk.Err) zk.Err {
	l.mu.Lock()
	known := l.watches.knows(full, kind)
	var types []zk.EventType
	if known && (local || code == zk.ErrOK) {
		types = l.watches.remove(full, kind)
	}
	l.mu.Unlock()
	if !known {
		return zk.ErrNoWatcher
	}
	state := "SyncConnected"
	if code == ErrConnectionLoss || code == zk.ErrSessionExpired {
		state = disconnected
	}
	for _, t := range types {
		l.emit(Event{Type: t, State: state, Path: path, Zxid: zk.NoZxid})
	}
	if len(types) > 0 {
		return zk.ErrOK
	}
	return code
}

// HasWatch tells whether a watch of a kind is set on a path.
func (l *Link) HasWatch(path string, kind WatchKind) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.watches.knows(l.serverPath(path), kind)
}
