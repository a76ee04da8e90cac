package cli

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"paddock/cli/getopt"
	"paddock/cli/link"
	"paddock/quota"
	"paddock/zk"
)

// Commands about quotas, which are znodes below /zookeeper/quota (see package quota).
func quotaCommands() []*command {
	limits := func(value bool) getopt.Spec {
		return getopt.Spec{Exclusive: true, Required: value, Options: []getopt.Option{
			{Name: "n", Help: "num soft quota", Value: value},
			{Name: "b", Help: "bytes soft quota", Value: value},
			{Name: "N", Help: "num hard quota", Value: value},
			{Name: "B", Help: "bytes hard quota", Value: value},
		}}
	}
	return []*command{
		{
			name: "setquota", usage: "-n|-b|-N|-B val path", words: 2, run: setQuota, spec: limits(true),
			help: "Limit the znodes (-n) or bytes (-b) of a subtree: -n and -b warn in the server's log, -N and -B refuse.",
		},
		{name: "listquota", usage: "path", help: "Print a subtree's limits and what it uses.", words: 2, run: listQuota},
		{
			name: "delquota", usage: "[-n|-b|-N|-B] path", words: 2, run: delQuota, spec: limits(false),
			help: "Remove one limit of a subtree, or its quota altogether.",
		},
	}
}

func listQuota(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	path := p.Args[1]
	if !s.set.json {
		s.complain("absolute path is %s", quota.LimitsPath(path))
	}
	limits, err := s.track(ctx, quota.LimitsPath(path))
	var used quota.Track
	if err == nil {
		used, err = s.track(ctx, quota.StatsPath(path))
	}
	switch {
	case link.Code(err) == zk.ErrNoNode:
		s.complain("quota for %s does not exist.", path)
		return nil
	case err != nil:
		return err
	case s.set.json:
		s.printJSON(map[string]any{"path": path, "limits": trackJSON(&limits), "used": trackJSON(&used)})
		return nil
	}
	s.printf("Output quota for %s %s\nOutput stat for %s %s\n", path, limits.Append(nil), path, used.Append(nil))
	return nil
}

func trackJSON(t *quota.Track) map[string]int64 {
	return map[string]int64{
		"count": t.Count, "bytes": t.Bytes, "countHardLimit": t.CountHardLimit(), "byteHardLimit": t.ByteHardLimit(),
	}
}

func (s *Shell) track(ctx context.Context, path string) (quota.Track, error) {
	data, _, err := s.link.Get(ctx, path, false)
	if err != nil {
		return quota.Track{}, err
	}
	var t quota.Track
	if err := t.Parse(data); err != nil {
		return t, failf("%s holds %q, which is no quota: expected count=N,bytes=N", path, data)
	}
	return t, nil
}

// limit is one option of setquota: the key in the text, and its value.
type limit struct {
	key   string
	value int64
}

// readLimit checks the option's value, in Apache's words.
func readLimit(p *getopt.Parsed) (limit, error) {
	for _, o := range []struct {
		option, key, what string
		bits              int
		min               int64
	}{
		{"n", "count", "num", 32, 1},
		{"b", "bytes", "bytes", 64, 0},
		{"N", "countHardLimit", "num", 32, 1},
		{"B", "byteHardLimit", "bytes", 64, 0},
	} {
		if !p.Has(o.option) {
			continue
		}
		n, err := strconv.ParseInt(p.Value(o.option), 10, o.bits)
		switch {
		case err != nil:
			return limit{}, failf("NumberFormatException happens when parsing the option value")
		case n < o.min && o.min == 1:
			return limit{}, failf("the num quota must be greater than zero")
		case n < o.min:
			return limit{}, failf("the bytes quota must be greater than or equal to zero")
		}
		return limit{o.key, n}, nil
	}
	return limit{}, failf("no limit was given")
}

// with gives the text of a quota with one limit changed: what comes later counts.
func (l limit) with(text []byte) ([]byte, error) {
	var t quota.Track
	if err := t.Parse(append(slices.Clone(text), ";"+l.key+"="+strconv.FormatInt(l.value, 10)...)); err != nil {
		return nil, failf("the quota's text %q: %v", text, err)
	}
	return t.Append(nil), nil
}

// emptyQuota is what Apache's shell begins with.
const emptyQuota = "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=-1"

func setQuota(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	path := p.Args[1]
	if strings.HasPrefix(path, zk.PathQuota) {
		return failf("cannot set a quota under the path: %s", zk.PathQuota)
	}
	wanted, err := readLimit(p)
	if err != nil {
		return err
	}
	if _, err := s.link.Exists(ctx, path, false); link.Code(err) == zk.ErrNoNode {
		return failf("%s does not exist.", path)
	} else if err != nil {
		return err
	}
	if err := s.noQuotaBelow(ctx, path); err != nil {
		return err
	}
	if err := s.noQuotaAbove(ctx, path); err != nil {
		return err
	}
	if err := s.makeParents(ctx, zk.PathQuota+path); err != nil {
		return err
	}
	return s.writeQuota(ctx, path, wanted)
}

// noQuotaBelow refuses a path that holds a path with a quota.
func (s *Shell) noQuotaBelow(ctx context.Context, path string) error {
	own := zk.PathQuota + path
	err := s.visit(ctx, own, false, func(at string) error {
		if owner, kind := quota.Split(at); kind == quota.Limits && owner != path {
			return failf("%s has a child %s which has a quota", path, owner)
		}
		return nil
	})
	if link.Code(err) == zk.ErrNoNode {
		return nil
	}
	return err
}

// noQuotaAbove refuses a path within a path with a quota.
func (s *Shell) noQuotaAbove(ctx context.Context, path string) error {
	for at := zk.ParentPath(path); at != zk.PathRoot; at = zk.ParentPath(at) {
		_, err := s.link.Exists(ctx, quota.LimitsPath(at), false)
		if err == nil {
			return failf("%s has a parent %s which has a quota", path, at)
		}
		if link.Code(err) != zk.ErrNoNode {
			return err
		}
	}
	return nil
}

// makeParents makes the znodes that are missing on the way to path, and path.
func (s *Shell) makeParents(ctx context.Context, path string) error {
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		_, err := s.link.Exists(ctx, path[:i], false)
		if link.Code(err) == zk.ErrNoNode {
			_, err = s.link.Create(ctx, path[:i], nil, zk.OpenACL(), zk.ModePersistent, 0)
		}
		if err != nil && link.Code(err) != zk.ErrNodeExists {
			return err
		}
	}
	return nil
}

func (s *Shell) writeQuota(ctx context.Context, path string, wanted limit) error {
	limitsPath, statsPath := quota.LimitsPath(path), quota.StatsPath(path)
	old, _, err := s.link.Get(ctx, limitsPath, false)
	if link.Code(err) == zk.ErrNoNode {
		text, err := wanted.with([]byte(emptyQuota))
		if err != nil {
			return err
		}
		if _, err := s.link.Create(ctx, limitsPath, text, zk.OpenACL(), zk.ModePersistent, 0); err != nil {
			return err
		}
		if _, err := s.link.Create(ctx, statsPath, []byte("count=0,bytes=0"), zk.OpenACL(), zk.ModePersistent, 0); err != nil {
			return err
		}
		return s.warnQuota(ctx, path, text)
	}
	if err != nil {
		return err
	}
	text, err := wanted.with(old)
	if err != nil {
		return err
	}
	if err := s.warnQuota(ctx, path, text); err != nil {
		return err
	}
	_, err = s.link.Set(ctx, limitsPath, text, -1)
	return err
}

// warnQuota says so when a subtree is beyond its new limits already.
func (s *Shell) warnQuota(ctx context.Context, path string, limits []byte) error {
	used, err := s.track(ctx, quota.StatsPath(path))
	if err != nil {
		return err
	}
	var t quota.Track
	if err := t.Parse(limits); err != nil {
		return failf("%s: %v", quota.LimitsPath(path), err)
	}
	below := func(limit, used int64) bool { return limit > quota.Unset && limit < used }
	if below(t.Count, used.Count) || below(t.CountHardLimit(), used.Count) {
		s.remark("[Warning]: the count quota you create is less than the existing count:%d", used.Count)
	}
	if below(t.Bytes, used.Bytes) || below(t.ByteHardLimit(), used.Bytes) {
		s.remark("[Warning]: the bytes quota you create is less than the existing bytes:%d", used.Bytes)
	}
	return nil
}

func delQuota(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	path := p.Args[1]
	old, _, err := s.link.Get(ctx, quota.LimitsPath(path), false)
	if link.Code(err) == zk.ErrNoNode {
		s.remark("Quota does not exist for %s", path)
		return nil
	}
	if err != nil {
		return err
	}
	for option, key := range map[string]string{"n": "count", "b": "bytes", "N": "countHardLimit", "B": "byteHardLimit"} {
		if !p.Has(option) {
			continue
		}
		text, err := limit{key, quota.Unset}.with(old)
		if err != nil {
			return err
		}
		_, err = s.link.Set(ctx, quota.LimitsPath(path), text, -1)
		return err
	}
	return s.cutQuota(ctx, zk.PathQuota+path)
}

// cutQuota deletes a quota's znodes and then every parent that has nothing else below it.
func (s *Shell) cutQuota(ctx context.Context, at string) error {
	names, _, err := s.link.Children(ctx, at, false)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := s.link.Delete(ctx, join(at, name), -1); err != nil {
			return err
		}
	}
	for ; at != zk.PathQuota; at = zk.ParentPath(at) {
		names, _, err := s.link.Children(ctx, at, false)
		if err != nil || len(names) > 0 {
			return err
		}
		if err := s.link.Delete(ctx, at, -1); err != nil {
			return err
		}
	}
	return nil
}
