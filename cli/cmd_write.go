package cli

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"

	"paddock/cli/getopt"
	"paddock/cli/link"
	"paddock/client"
	"paddock/zk"
)

// Commands that change znodes.
func writeCommands() []*command {
	return []*command{
		{
			name: "create", usage: "[-s] [-e] [-c] [-t ttl] path [data] [acl]", words: 2, run: create,
			help: "Make a znode: sequential, ephemeral, a container, or with a time to live in milliseconds.",
			spec: spec(flag("e", "ephemeral"), flag("s", "sequential"), flag("c", "container"), arg("t", "ttl")),
		},
		{
			name: "set", usage: "path data [-s] [-v version] [-b]", help: "Replace a znode's data.", words: 3, detail: true, run: set,
			spec: spec(
				flag("s", "Print znode stats additionally"), arg("v", "Set with an expected version"),
				flag("b", "Supply data in base64 format"),
			),
		},
		{
			name: "delete", usage: "[-v version] path", help: "Delete a znode without children.", words: 2, run: deleteNode,
			spec: spec(arg("v", "version")),
		},
		{
			name: "deleteall", usage: "path [-b batch size]", words: 2, run: deleteAll,
			help: "Delete a znode and all below it, in transactions of 1000 or the given size.", spec: spec(arg("b", "batch size")),
		},
		{
			name: "setAcl", usage: "[-s] [-v version] [-R] path acl", words: 3, run: setACL,
			help: "Set who may do what, as scheme:id:perms,... with perms of cdrwa; with -R on the whole subtree.",
			spec: spec(flag("s", "stats"), arg("v", "version"), flag("R", "recursive")),
		},
	}
}

// createMode checks the options of create against each other.
func createMode(p *getopt.Parsed) (mode zk.CreateMode, ttlMs int64, err error) {
	e, seq, c, ttl := p.Has("e"), p.Has("s"), p.Has("c"), p.Has("t")
	if c && (e || seq) {
		return 0, 0, failf("-c cannot be combined with -s or -e. Containers cannot be ephemeral or sequential.")
	}
	if ttl {
		if ttlMs, err = strconv.ParseInt(p.Value("t"), 10, 64); err != nil {
			return 0, 0, failf("-t argument must be a long value")
		}
	}
	switch {
	case ttl && e:
		return 0, 0, failf("TTLs cannot be used with Ephemeral znodes")
	case ttl && c:
		return 0, 0, failf("TTLs cannot be used with Container znodes")
	case ttl && (ttlMs <= 0 || ttlMs > zk.TTLMsMax):
		return 0, 0, failf("ttl must be positive and cannot be larger than: %d", zk.TTLMsMax)
	case e && seq:
		mode = zk.ModeEphemeralSequential
	case e:
		mode = zk.ModeEphemeral
	case seq && ttl:
		mode = zk.ModePersistentSequentialTTL
	case seq:
		mode = zk.ModePersistentSequential
	case c:
		mode = zk.ModeContainer
	case ttl:
		mode = zk.ModePersistentTTL
	}
	return mode, ttlMs, nil
}

func create(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	mode, ttlMs, err := createMode(p)
	if err != nil {
		return err
	}
	var data []byte
	if len(p.Args) > 2 {
		data = []byte(p.Args[2])
	}
	acl := zk.OpenACL()
	if len(p.Args) > 3 {
		if acl = parseACL(p.Args[3], s.complain); len(acl) == 0 {
			return s.invalidACL(&link.Error{Code: zk.ErrInvalidACL})
		}
	}
	created, err := s.link.Create(ctx, p.Args[1], data, acl, mode, ttlMs)
	switch link.Code(err) {
	case zk.ErrInvalidACL:
		return s.invalidACL(err)
	case zk.ErrEphemeralOnLocalSession:
		s.complain("Unable to create ephemeral node on a local session")
	default:
	}
	if err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(map[string]any{"created": created})
		return nil
	}
	s.complain("Created %s", created)
	return nil
}

// invalidACL says it twice, as Apache's shell does.
func (s *Shell) invalidACL(err error) error {
	s.complain("%s", err.Error())
	return err
}

// expected reads -v.
func expected(p *getopt.Parsed) (int32, error) {
	if !p.Has("v") {
		return -1, nil
	}
	n, err := strconv.ParseInt(p.Value("v"), 10, 32)
	if err != nil {
		return 0, failf("-v %q: expected a version, a number as dataVersion or aclVersion shows it", p.Value("v"))
	}
	return int32(n), nil
}

func set(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	version, err := expected(p)
	if err != nil {
		return err
	}
	data := []byte(p.Args[2])
	if p.Has("b") {
		if data, err = decodeBase64(p.Args[2]); err != nil {
			return err
		}
	}
	st, err := s.link.Set(ctx, p.Args[1], data, version)
	if err != nil {
		return err
	}
	s.changed(p, &st)
	return nil
}

// decodeBase64 takes padding or leaves it, as Java does.
func decodeBase64(text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		if data, err = base64.RawStdEncoding.DecodeString(text); err != nil {
			return nil, failf("-b: the data is no base64: %v", err)
		}
	}
	return data, nil
}

// changed tells of a write: in JSON always, else only if -s asks for it.
func (s *Shell) changed(p *getopt.Parsed, st *zk.Stat) {
	switch {
	case s.set.json:
		s.printJSON(nodeJSON{Path: p.Args[1], Stat: toStat(st)})
	case p.Has("s"):
		s.printStat(st)
	}
}

func deleteNode(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	if len(p.Args) > 2 {
		s.complain("'delete path [version]' has been deprecated. Please use 'delete [-v version] path' instead.")
	}
	version, err := expected(p)
	if err != nil {
		return err
	}
	if err := s.link.Delete(ctx, p.Args[1], version); err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(map[string]any{"deleted": p.Args[1]})
	}
	return nil
}

func setACL(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	acl := parseACL(p.Args[2], s.complain)
	version, err := expected(p)
	if err != nil {
		return err
	}
	if p.Has("R") {
		return s.setACLs(ctx, p.Args[1], acl, version)
	}
	st, err := s.link.SetACL(ctx, p.Args[1], acl, version)
	if err != nil {
		return err
	}
	s.changed(p, &st)
	return nil
}

// setACLs goes on after a refusal and fails in the end, where Apache's shell reports success.
func (s *Shell) setACLs(ctx context.Context, path string, acl []zk.ACL, version int32) error {
	refused := 0
	err := s.visit(ctx, path, false, func(at string) error {
		_, err := s.link.SetACL(ctx, at, acl, version)
		if err != nil && !refusal(err) {
			return err
		}
		if err != nil {
			refused++
			s.refusedACL(err)
		}
		return nil
	})
	if err == nil && refused > 0 {
		err = failf("the ACL of %d znode(s) of the subtree was not changed", refused)
	}
	return err
}

// refusedACL tells of one that was not changed: Apache's shell ends no line behind it.
func (s *Shell) refusedACL(err error) {
	switch {
	case s.set.json:
		s.report(err)
	case isTerminal(s.opts.Out):
		s.printf("%s\n", err)
	default:
		s.printf("%s", err)
	}
}

// refusal tells whether a server said no, as opposed to nothing.
func refusal(err error) bool {
	code := link.Code(err)
	return code != link.ErrConnectionLoss && code != zk.ErrSystemError && code != zk.ErrSessionExpired
}

// deleteBatch is how many znodes one transaction deletes, and deleteWindow how many transactions are under way (ZKUtil, 3.9.5).
const (
	deleteBatch  = 1000
	deleteWindow = 10
)

func deleteAll(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	size := deleteBatch
	if p.Has("b") {
		n, err := strconv.ParseInt(p.Value("b"), 10, 32)
		if err != nil {
			return failf("-b argument must be an int value")
		}
		size = int(n)
	}
	if err := link.CheckPath(p.Args[1]); err != nil {
		return err
	}
	tree, err := s.breadthFirst(ctx, p.Args[1])
	if err != nil {
		return err
	}
	if size <= 0 { // one by one, and the first refusal is the result
		for _, path := range slices.Backward(tree) {
			if err := s.link.Delete(ctx, path, -1); err != nil {
				return err
			}
		}
		return nil
	}
	done, err := s.deleteInBatches(ctx, tree, size)
	if err != nil && !refusal(err) {
		return err
	}
	if err != nil {
		s.complain("Failed to delete some node(s) in the subtree!")
		return errSaid
	}
	if s.set.json {
		s.printJSON(map[string]any{"deleted": p.Args[1], "znodes": done})
	}
	return nil
}

// deleteInBatches deletes from the end of the list, children before parents.
func (s *Shell) deleteInBatches(ctx context.Context, tree []string, size int) (done int, err error) {
	var window []*link.Pending
	settle := func(keep int) error {
		for len(window) > keep {
			if _, err := window[0].MultiResult(ctx); err != nil {
				return err
			}
			window = window[1:]
		}
		return nil
	}
	for end := len(tree); end > 0; end -= size {
		var parts []client.Part
		for i := end - 1; i >= max(0, end-size); i-- {
			parts = append(parts, client.Part{Op: zk.OpDelete, Path: tree[i], Version: -1})
		}
		if err := settle(deleteWindow - 1); err != nil {
			return done, err
		}
		pending, err := s.link.Multi(ctx, parts)
		if err != nil {
			return done, err
		}
		window, done = append(window, pending), done+len(parts)
	}
	return done, settle(0)
}
