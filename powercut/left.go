package powercut

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"

	"paddock/disk"
	"paddock/zk"
)

// Left is a data directory as the server has left it after a power cut and a recovery.
type Left struct {
	How    string            // for messages
	Files  map[string][]byte // of the folder version-2, by name
	Znodes []Znode           // all that must be there, by path
}

// Znode is what every server has to show of one.
type Znode struct {
	Path string
	Data []byte
	ACL  []zk.ACL
	Stat zk.Stat
}

// Sample runs a script and cuts the power at n points of it, far from each other, with coins for what is not synced. It has to
// be called in a bubble of synctest.
func Sample(seed uint64, n int) ([]Left, error) {
	const steps, pointsMin = 160, 250
	var lefts []Left
	points, rng := 0, rand.New(rand.NewPCG(seed, 5))
	w, err := newWorld(Found{Before: disk.NewSim()}, seed, func(p *Point) error {
		if points++; points*n/pointsMin <= len(lefts) || len(lefts) == n {
			return nil
		}
		f, err := p.Recover(disk.Coins(rng.Uint64()))
		if err != nil || f.hist == nil {
			return err
		}
		l, err := f.left()
		l.How = fmt.Sprintf("power cut before %s of %s, recovered up to zxid %d", p.Call.Op, p.Call.Name, f.Zxid)
		lefts = append(lefts, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	w.opening()
	w.steps(steps)
	if err := w.end(); err != nil {
		return nil, err
	}
	if len(lefts) < n {
		return nil, fmt.Errorf("powercut: %d points gave %d samples, not %d", points, len(lefts), n)
	}
	return lefts, nil
}

// left takes a recovered disk down.
func (f *Found) left() (Left, error) {
	l := Left{Files: map[string][]byte{}}
	entries, err := f.Disk.ReadDir(logDir)
	if err != nil {
		return l, err
	}
	for _, e := range entries {
		if l.Files[e.Name], err = contents(f.Disk, logDir+"/"+e.Name); err != nil {
			return l, err
		}
	}
	nodes := f.hist.last().nodes
	for _, path := range slices.Sorted(maps.Keys(nodes)) {
		n := nodes[path]
		l.Znodes = append(l.Znodes, Znode{
			Path: path, Data: []byte(n.data), ACL: n.acl, Stat: n.stat.Wire(int32(len(n.data)), n.children),
		})
	}
	return l, nil
}

func contents(d disk.FS, name string) ([]byte, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, size))
	if err != nil {
		return nil, err
	}
	return b, f.Close()
}
