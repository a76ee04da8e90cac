package console

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"paddock/zk"
)

// Bounds of one answer.
const (
	childrenMax   = 500
	listedMax     = 1000     // sessions, watchers, paths of a session
	dataFirst     = 64 << 10 // bytes of a znode's data that come at once
	listedBytes   = 1 << 20  // of names, paths and ids in a list: they may be long
	secretsMax    = 8
	dataPatience  = 30 * time.Second
	identityField = "X-Paddock-Identity" // base64 of user:password; may come several times
)

// request is a question of the page.
type request struct {
	who   []zk.ID
	param func(name string) string
}

type answerer func(ctx context.Context, q request) (any, error)

// userError is a question that cannot be answered, and says why.
type userError string

func (e userError) Error() string { return string(e) }

// answer makes a handler of a function.
func (c *Console) answer(f answerer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), dataPatience)
		defer cancel()
		query := r.URL.Query()
		who, err := c.identify(r)
		var body any
		if err == nil {
			body, err = f(ctx, request{who, query.Get})
		}
		c.send(w, body, err)
	}
}

// send answers with a body, or with an error.
func (c *Console) send(w http.ResponseWriter, body any, err error) {
	status := http.StatusOK
	if err != nil {
		status, body = statusOf(err), map[string]string{"error": text(err)}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		c.cfg.Log.Debug("console: an answer could not be sent", "err", err)
	}
}

// text is what the user is told of an error.
func text(err error) string {
	_, rest, found := strings.Cut(err.Error(), "console: ")
	if !found {
		return err.Error()
	}
	return rest
}

// inTurn lets one question at a time through to the server.
func (c *Console) inTurn(f answerer) answerer {
	return func(ctx context.Context, q request) (any, error) {
		select {
		case c.turn <- struct{}{}:
			defer func() { <-c.turn }()
			return f(ctx, q)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func statusOf(err error) int {
	var bad userError
	var refused RefusedError
	switch {
	case errors.As(err, &bad), errors.Is(err, ErrReserved), errors.Is(err, ErrTooDeep):
		return http.StatusBadRequest
	case errors.Is(err, ErrNoNode), errors.Is(err, ErrNoSession):
		return http.StatusNotFound
	case errors.Is(err, ErrNoAuth), errors.Is(err, errNobody):
		return http.StatusForbidden
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrChanged):
		return http.StatusConflict
	case errors.As(err, &refused):
		return refused.status()
	default:
		return http.StatusServiceUnavailable
	}
}

// status is that of a change that the server has refused.
func (r RefusedError) status() int {
	switch zk.Err(r) {
	case zk.ErrNoAuth:
		return http.StatusForbidden
	case zk.ErrInvalidACL, zk.ErrUnimplemented, zk.ErrBadArguments, zk.ErrMarshallingError:
		return http.StatusBadRequest
	case zk.ErrThrottledOp, zk.ErrSessionExpired:
		return http.StatusServiceUnavailable
	default:
		return http.StatusConflict // with what there is
	}
}

// identify tells who asks, by the address and by what the user has entered.
func (c *Console) identify(r *http.Request) ([]zk.ID, error) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return nil, fmt.Errorf("console: the address of who asks: %w", err)
	}
	entered, err := secrets(r)
	if err != nil {
		return nil, err
	}
	return c.src.Identify(from.Addr().Unmap(), entered)
}

// errNobody is what is said to who changes something without having said who he is.
var errNobody = errors.New("console: enter an identity first: every change is made in somebody's name")

// secrets are what the user has entered.
func secrets(r *http.Request) (all []string, err error) {
	for _, text := range r.Header.Values(identityField) {
		secret, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(all) == secretsMax {
			return nil, userError(fmt.Sprintf("%s must be base64 of user:password, %d at most", identityField, secretsMax))
		}
		all = append(all, string(secret))
	}
	return all, nil
}

// path takes a znode's path from a question.
func (q *request) path() (string, error) {
	path := q.param("path")
	if fault := zk.PathFault(path); fault != "" {
		return "", userError(fmt.Sprintf("the path %q: %s", path, fault))
	}
	return path, nil
}

// whoAmI lists the names of the identities, as zkCli's whoami does: never a secret.
func (c *Console) whoAmI(_ context.Context, q request) (any, error) {
	names := []string{"world:anyone"}
	for _, id := range q.who {
		name := id.ID
		if id.Scheme == "digest" {
			name, _, _ = strings.Cut(name, ":")
		}
		names = append(names, strings.TrimSuffix(id.Scheme+":"+name, ":"))
	}
	return map[string]any{"identities": names}, nil
}

// server gives what the page shows at its top.
func (c *Console) server(context.Context, request) (any, error) {
	about := map[string]any{"version": c.cfg.Version, "serving": false}
	if c.cfg.Editor != nil {
		about["token"] = c.cfg.Token // an edit must bring it: see guard
	}
	if m := c.history.newest(); m != nil {
		about["serving"], about["uptimeMs"], about["zxid"] = true, m.UptimeMs, hexID(m.LastZxid)
		about["znodes"], about["dataBytes"], about["ephemerals"] = m.Znodes, m.DataBytes, m.Ephemerals
		about["connections"], about["sessions"], about["watches"] = m.Connections, m.Sessions, m.Watches
	}
	return about, nil
}

// past gives the points after those that the page has.
func (c *Console) past(_ context.Context, q request) (any, error) {
	n, err := strconv.Atoi(q.param("after"))
	if err != nil {
		return nil, userError("after must be a number")
	}
	points, added := c.history.after(n)
	return map[string]any{"points": points, "added": added, "everyMs": sampleEvery.Milliseconds(), "pointsMax": pointsMax}, nil
}

func (c *Console) znode(ctx context.Context, q request) (any, error) {
	path, err := q.path()
	if err != nil {
		return nil, err
	}
	z, err := c.src.Znode(ctx, q.who, path, 0, dataFirst)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"path": path, "acl": entriesShown(z.ACL), "aclCount": len(z.ACL), "readable": z.Readable}
	if z.Readable {
		s := &z.Stat
		answer["data"], answer["null"] = z.Data, z.Null // base64
		answer["kind"], answer["ttlMs"] = kindName(z.Kind), z.TTLMs
		answer["stat"] = map[string]any{
			"czxid": hexID(s.Czxid), "mzxid": hexID(s.Mzxid), "pzxid": hexID(s.Pzxid), "ctime": s.Ctime, "mtime": s.Mtime,
			"version": s.Version, "cversion": s.CVersion, "aversion": s.AVersion, "owner": hexID(s.EphemeralOwner),
			"dataLength": s.DataLength, "numChildren": s.NumChildren,
		}
	}
	return answer, nil
}

// entriesShown are the first entries of an ACL, up to the bounds of a list.
func entriesShown(acl []zk.ACL) []map[string]string {
	shown, bytes := []map[string]string{}, 0
	for _, a := range acl {
		if bytes += len(a.ID.Scheme) + len(a.ID.ID); len(shown) == listedMax || bytes > listedBytes {
			break
		}
		shown = append(shown, map[string]string{"scheme": a.ID.Scheme, "id": a.ID.ID, "perms": perms(a.Perms)})
	}
	return shown
}

func (c *Console) children(ctx context.Context, q request) (any, error) {
	path, err := q.path()
	if err != nil {
		return nil, err
	}
	return c.src.Children(ctx, q.who, path, ChildrenQuery{
		After: q.param("after"), Prefix: q.param("prefix"), Limit: childrenMax, Bytes: listedBytes,
	})
}

func (c *Console) watchers(ctx context.Context, q request) (any, error) {
	path, err := q.path()
	if err != nil {
		return nil, err
	}
	found, err := c.src.Watchers(ctx, q.who, path, listedMax)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, id := range found.Sessions {
		ids = append(ids, hexID(id))
	}
	return map[string]any{"sessions": ids, "total": found.Total}, nil
}

func (c *Console) sessions(ctx context.Context, _ request) (any, error) {
	found, err := c.src.Sessions(ctx, listedMax)
	if err != nil {
		return nil, err
	}
	all := []any{}
	for i := range found.Sessions {
		all = append(all, shown(&found.Sessions[i]))
	}
	return map[string]any{
		"sessions": all, "sessionCount": found.SessionCount, "strangers": append([]Conn{}, found.Conns...), "connCount": found.ConnsCount,
	}, nil
}

func (c *Console) session(ctx context.Context, q request) (any, error) {
	id, err := strconv.ParseUint(strings.TrimPrefix(q.param("id"), "0x"), 16, 64)
	if err != nil {
		return nil, userError("a session's id is a hexadecimal number, such as 0x1000001a2b30000")
	}
	held, err := c.src.Held(ctx, q.who, int64(id), listedMax)
	if err != nil {
		return nil, err
	}
	answer := shown(&held.Session)
	answer["paths"], answer["watches"] = append([]string{}, held.Ephemerals...), append([]string{}, held.Watches...)
	answer["watchCount"] = held.WatchCount
	return answer, nil
}

func shown(s *Session) map[string]any {
	return map[string]any{
		"id": hexID(s.ID), "timeoutMs": s.TimeoutMs, "expiresInMs": s.ExpiresInMs, "ephemerals": s.Ephemerals, "conn": s.Conn,
	}
}

// hexID writes a number of 64 bits, which JavaScript does not have.
func hexID(id int64) string { return "0x" + strconv.FormatUint(uint64(id), 16) }

// perms writes permissions as zkCli does.
func perms(p zk.Perm) string {
	var text strings.Builder
	for _, one := range []struct {
		perm   zk.Perm
		letter byte
	}{{zk.PermCreate, 'c'}, {zk.PermDelete, 'd'}, {zk.PermRead, 'r'}, {zk.PermWrite, 'w'}, {zk.PermAdmin, 'a'}} {
		if p&one.perm != 0 {
			text.WriteByte(one.letter)
		}
	}
	return text.String()
}

func kindName(k zk.Kind) string {
	switch k {
	case zk.KindEphemeral:
		return "ephemeral"
	case zk.KindContainer:
		return "container"
	case zk.KindTTL:
		return "ttl"
	case zk.KindPersistent:
	}
	return "persistent"
}
