package snap

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/tree"
	"paddock/zk"
)

func TestAScanShowsWhatALoadLoads(t *testing.T) {
	for _, name := range []string{"snapshot.c", "snapshot.c.gz", "snapshot.c.snappy"} {
		sim := newSim(t)
		put(t, sim, name, captured(t, name))
		path := filepath.Join(dir, name)
		l, err := LoadFile(sim, path, quiet())
		if err != nil {
			t.Fatal(err)
		}
		lists := map[int64][]zk.ACL{-1: zk.OpenACL()}
		sessions := map[int64]int32{}
		var got []string
		s, err := Scan(sim, path, Visitor{
			Session: func(id int64, timeoutMs int32) error {
				sessions[id] = timeoutMs
				return nil
			},
			ACL: func(id int64, list []zk.ACL) error {
				for _, a := range list { // borrowed
					lists[id] = append(lists[id], zk.ACL{Perms: a.Perms, ID: zk.ID{
						Scheme: strings.Clone(a.ID.Scheme), ID: strings.Clone(a.ID.ID),
					}})
				}
				return nil
			},
			Node: func(path string, data []byte, acl int64, st *zk.StatPersisted) error {
				if path == "" {
					path = "/"
				}
				got = append(got, fmt.Sprintf("%s %x %v %v %+v", path, data, data == nil, lists[acl], *st))
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if want := dump(l.Tree); !slices.Equal(got, want) {
			t.Errorf("%s: shown\n%q\nloaded\n%q", name, got, want)
		}
		want := Summary{
			Sessions: len(l.Sessions), ACLs: len(lists) - 1, Nodes: l.Tree.Count() - 1, // which counts the root twice, as Apache does
			StreamBytes: int64(len(captured(t, "snapshot.c"))),
			HasDigest:   true, HasLastZxid: true, Digest: l.Digest, LastZxid: l.LastZxid,
		}
		if s != want || len(sessions) != len(l.Sessions) {
			t.Errorf("%s: %+v, want %+v; %d sessions", name, s, want, len(sessions))
		}
	}
}

func TestAScanFindsDamageAndHandsBackAVisitorsError(t *testing.T) {
	sim := newSim(t)
	whole := captured(t, "snapshot.c")
	for n := range whole {
		put(t, sim, "snapshot.c", patch(whole, n, whole[n]^0x10))
		_, err := Scan(sim, filepath.Join(dir, "snapshot.c"), Visitor{})
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("bit flipped at %d: %v", n, err)
		} else if !strings.Contains(err.Error(), "snapshot.c") || !strings.Contains(err.Error(), "offset") {
			t.Errorf("bit flipped at %d: tells no place: %v", n, err)
		}
	}
	put(t, sim, "snapshot.c", whole)
	enough := errors.New("enough")
	for what, v := range map[string]Visitor{
		"session": {Session: func(int64, int32) error { return enough }},
		"acl":     {ACL: func(int64, []zk.ACL) error { return enough }},
		"node":    {Node: func(string, []byte, int64, *zk.StatPersisted) error { return enough }},
	} {
		if _, err := Scan(sim, filepath.Join(dir, "snapshot.c"), v); !errors.Is(err, enough) || errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A scan needs the memory of one record, however large the file.
func TestAScanKeepsNothing(t *testing.T) {
	sim := newSim(t)
	tr := tree.New()
	for i := range 2000 {
		tr.Create(fmt.Sprintf("/n%d", i), make([]byte, 2000), zk.OpenACL(), 0, int32(i+1), int64(i+1), 0)
	}
	if r := finish(Begin(config(sim), tr, nil, 2000), 2000, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	d, err := readFile(sim, filepath.Join(dir, "snapshot.7d0"), visiting{})
	if err != nil || d.counts.nodes != tr.Count()-1 {
		t.Errorf("%d znodes of %d: %v", d.counts.nodes, tr.Count()-1, err)
	}
	if cap(d.src.buf) != sourceBufferBytes {
		t.Errorf("a buffer of %d bytes", cap(d.src.buf))
	}
}
