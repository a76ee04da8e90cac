package server

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"paddock/audit"
	"paddock/codec"
	"paddock/console"
	"paddock/tree"
	"paddock/zk"
)

// Edit implements console.Editor. The change is a guest's request.
func (i inside) Edit(ctx context.Context, by console.Author, e *console.Edit) (path string, err error) {
	path = e.Path
	session := int64(0)
	defer func() { i.note(&by, session, e.Op, path, err) }()
	if err := i.mayAsk(&by); err != nil {
		return path, err
	}
	op, body, err := i.request(ctx, &by, e)
	if err != nil {
		return path, err
	}
	g, err := i.s.visit(ctx, by.From, by.Secrets)
	if err != nil {
		return path, err
	}
	defer g.leave()
	session = g.session
	got, err := g.call(ctx, op, body)
	if err != nil {
		return path, known(err)
	}
	if got.err == zk.ErrOK && e.Op == zk.OpCreate {
		d := codec.NewDecoder(got.body)
		path = d.String()
		return path, d.Err()
	}
	return path, refusal(got.err)
}

// mayAsk refuses who has not proved what is enforced, or what he has entered, before a session is opened for him.
func (i inside) mayAsk(by *console.Author) error {
	who, err := i.Identify(by.From.Addr(), by.Secrets)
	if err == nil && !i.proved(who) {
		err = console.ErrNoAuth
	}
	return err
}

// request encodes a change.
func (i inside) request(ctx context.Context, by *console.Author, e *console.Edit) (zk.Op, []byte, error) {
	switch e.Op {
	case zk.OpSetData:
		return e.Op, codec.AppendSetDataRequest(nil, e.Path, e.Data, e.Version), nil
	case zk.OpDelete:
		return e.Op, codec.AppendPathVersion(nil, e.Path, e.Version), nil
	}
	acl, err := i.aclOf(ctx, by, e)
	if err != nil {
		return 0, nil, err
	}
	if e.Op == zk.OpSetACL {
		return e.Op, codec.AppendSetACLRequest(nil, e.Path, acl, e.Version), nil
	}
	op := e.Op
	if e.Mode.TTL() {
		op = zk.OpCreateTTL
	} else if e.Mode == zk.ModeContainer {
		op = zk.OpCreateContainer // with create it would make a plain one
	}
	return op, codec.AppendCreateRequest(nil, op, &codec.CreateRequest{Path: e.Path, Data: e.Data, ACL: acl, Mode: e.Mode, TTLMs: e.TTLMs}), nil
}

// aclOf puts the entries that are kept into an ACL. That they are still those which were seen, the version says.
func (i inside) aclOf(ctx context.Context, by *console.Author, e *console.Edit) (acl []zk.ACL, err error) {
	var now []zk.ACL
	if slices.ContainsFunc(e.ACL, func(a console.ACLEntry) bool { return a.Kept >= 0 }) {
		if now, err = i.aclNow(ctx, by, e); err != nil {
			return nil, err
		}
	}
	for _, entry := range e.ACL {
		if entry.Kept >= len(now) {
			return nil, console.ErrChanged
		}
		if entry.Kept >= 0 {
			entry.ID = now[entry.Kept].ID
		}
		acl = append(acl, entry.ACL)
	}
	return acl, nil
}

// aclNow gives the ACL that was seen, digests included, to who could read them: elsewhere, or on another znode that has taken
// this one's place meanwhile, they would be somebody else's secrets in his hands.
func (i inside) aclNow(ctx context.Context, by *console.Author, e *console.Edit) (now []zk.ACL, err error) {
	who, err := i.Identify(by.From.Addr(), by.Secrets)
	if err != nil {
		return nil, err
	}
	version := int32(-1)
	err = i.look(ctx, who, e.Path, zk.PermAdmin, func(t *tree.Tree, n tree.Node, acl []zk.ACL) {
		now, version = slices.Clone(acl), t.Stat(n).AVersion
	})
	switch {
	case errors.Is(err, console.ErrNoNode):
		return nil, console.RefusedError(zk.ErrNoNode)
	case errors.Is(err, console.ErrNoAuth):
		return nil, console.RefusedError(zk.ErrNoAuth)
	case err == nil && version != e.Version:
		return nil, console.ErrChanged
	}
	return now, err
}

// refusal is a reply's code as an error.
func refusal(code zk.Err) error {
	switch code {
	case zk.ErrOK:
		return nil
	case zk.ErrBadVersion:
		return console.ErrChanged
	default:
		return console.RefusedError(code)
	}
}

// known makes an error of a guest one that the console knows.
func known(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return fmt.Errorf("%w: %w", console.ErrTooLarge, err)
	case errors.Is(err, context.DeadlineExceeded): // it may have been sent: nobody knows what becomes of it
		return console.RefusedError(zk.ErrSessionExpired)
	}
	return err
}

// note writes an edit into the server's log, in the words of the audit log, which has it too if there is one.
func (i inside) note(by *console.Author, session int64, op zk.Op, path string, err error) {
	who, authErr := i.Identify(by.From.Addr(), by.Secrets)
	result := audit.Success
	if err != nil || authErr != nil {
		result = audit.Failure
	}
	i.s.log.Info("an edit in the console", "session", fmt.Sprintf("0x%x", uint64(session)), "user", audit.Users(who),
		"ip", by.From.Addr().String(), "operation", op.String(), "znode", path, "result", string(result), "err", err)
}

// Bounds of a walk through a subtree.
const (
	belowStep  = guestWindow // znodes at a time
	belowMax   = 1_000_000   // that are counted
	belowDepth = 1000        // levels: each keeps its path, and the names beside it
)

// below walks through a subtree, children before their parents, as somebody who may list it.
type below struct {
	i     inside
	who   []zk.ID
	found console.Below
	visit func(paths []string) error
}

// errEnough ends a walk.
var errEnough = errors.New("server: enough")

// Below implements console.Editor.
func (i inside) Below(ctx context.Context, by console.Author, path string) (console.Below, error) {
	b := below{i: i}
	b.visit = func([]string) error {
		if b.found.Znodes >= belowMax {
			b.found.More = true
			return errEnough
		}
		return nil
	}
	err := b.all(ctx, &by, path)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return b.found, err
}

// DeleteBelow implements console.Editor. Everything is deleted by one guest, a burst at a time.
func (i inside) DeleteBelow(ctx context.Context, by console.Author, path string, gone func(int)) (err error) {
	var g *guest
	defer func() {
		session := int64(0)
		if g != nil {
			session = g.session
			g.leave()
		}
		i.note(&by, session, zk.OpDelete, path+" and all below", err)
	}()
	b := below{i: i}
	b.visit = func(paths []string) error {
		if g == nil {
			if g, err = i.s.visit(ctx, by.From, by.Secrets); err != nil {
				return err
			}
		}
		n, err := g.deleteAll(ctx, paths)
		if n > 0 {
			gone(n)
		}
		return err
	}
	return b.all(ctx, &by, path)
}

// deleteAll deletes znodes and counts those that it has deleted. One that has gone meanwhile is no matter.
func (g *guest) deleteAll(ctx context.Context, paths []string) (gone int, err error) {
	var bodies [][]byte
	for _, path := range paths {
		bodies = append(bodies, codec.AppendPathVersion(nil, path, -1))
	}
	replies, err := g.calls(ctx, zk.OpDelete, bodies)
	for n, r := range replies {
		switch r.err {
		case zk.ErrOK:
			gone++
		case zk.ErrNoNode:
		default:
			if err == nil {
				err = fmt.Errorf("%w: %q", refusal(r.err), paths[n])
			}
		}
	}
	return gone, err
}

// all walks through a subtree and its top.
func (b *below) all(ctx context.Context, by *console.Author, path string) (err error) {
	if zk.IsSpecialPath(path) || path == zk.PathRoot {
		return console.ErrReserved
	}
	if err := b.i.mayAsk(by); err != nil {
		return err
	}
	if b.who, err = b.i.Identify(by.From.Addr(), by.Secrets); err != nil {
		return err
	}
	parents, err := b.look(ctx, []string{path})
	if err == nil && b.found.Znodes == 0 {
		err = console.ErrNoNode
	}
	if err == nil && len(parents) > 0 {
		err = b.children(ctx, path, 0)
	}
	if err != nil {
		return err
	}
	return b.visit([]string{path})
}

// children walks through what is below a path.
func (b *below) children(ctx context.Context, path string, depth int) error {
	if depth == belowDepth {
		return console.ErrTooDeep
	}
	var names []string
	err := b.i.look(ctx, b.who, path, zk.PermRead, func(t *tree.Tree, n tree.Node, _ []zk.ACL) {
		for child := t.FirstChild(n); child != 0; child = t.NextSibling(child) {
			names = append(names, string(t.Name(child)))
		}
	})
	if errors.Is(err, console.ErrNoNode) && depth > 0 { // it has gone meanwhile
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %q", err, path)
	}
	for part := range slices.Chunk(names, belowStep) {
		if err := ctx.Err(); err != nil { // ask looks at it too, but not first
			return err
		}
		for at, name := range part {
			part[at] = strings.TrimSuffix(path, "/") + "/" + name
		}
		parents, err := b.look(ctx, part)
		if err != nil {
			return err
		}
		for _, parent := range parents {
			if err := b.children(ctx, parent, depth+1); err != nil {
				return err
			}
		}
		if err := b.visit(part); err != nil {
			return err
		}
	}
	return nil
}

// look counts znodes and tells which of them have children.
func (b *below) look(ctx context.Context, paths []string) (parents []string, err error) {
	return parents, b.i.s.ask(ctx, func() {
		t := b.i.s.proc.Tree()
		for _, path := range paths {
			n := t.Lookup(path)
			if n == 0 {
				continue
			}
			b.found.Znodes++
			b.found.DataBytes += int64(len(t.Data(n)))
			if zk.OwnerKind(t.Persisted(n).EphemeralOwner) == zk.KindEphemeral {
				b.found.Ephemerals++
			}
			if t.NumChildren(n) > 0 {
				parents = append(parents, path)
			}
		}
	})
}

// editor lets the console edit, and warns of what that means; or says why it may not. Where every client has to show a certificate
// it may not: browsers are not asked for one, and would get past what the operator has put before all else. The day the admin port
// can ask for certificates (admin.needClientAuth), this is the place to let it.
func (s *Server) editor() (e console.Editor, refused string) {
	if auth := s.cfg.TLS.ClientAuth; s.cfg.ClientPort < 0 && !strings.EqualFold(auth, "want") && !strings.EqualFold(auth, "none") {
		refused = "Every client of this server has to show a certificate, which the console cannot ask for: " +
			"edit with a client, as in paddock cli. ssl.clientAuth=want, or a clientPort, would let the console edit."
		s.log.Warn("admin.console=write: the console only reads", "because", refused)
		return nil, refused
	}
	addr, err := netip.ParseAddr(s.cfg.Admin.Address)
	here := err == nil && addr.IsLoopback() || s.cfg.Admin.Address == "localhost"
	if !here && !s.cfg.Admin.ForceHTTPS {
		s.log.Warn("the console edits, and is open to other machines in the clear: passwords that are entered there can be read on the way; "+
			"admin.serverAddress=127.0.0.1 keeps it here", "address", s.cfg.Admin.Address)
	}
	return inside{s}, ""
}
