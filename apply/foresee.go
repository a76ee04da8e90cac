package apply

import (
	"paddock/codec"
	"paddock/tree"
	"paddock/zk"
)

// Foresee takes the next frames that Frame will get, up to tree.ForeseeMax of them, and has the tree read what they name into the
// caches of the processor at once. It decides nothing: a frame may be anything.
func (p *Processor) Foresee(frames [][]byte) {
	paths := p.foreseen[:0]
	for _, frame := range frames[:min(len(frames), tree.ForeseeMax)] {
		d := codec.NewDecoder(frame)
		switch h := d.RequestHeader(); h.Op {
		case zk.OpGetData, zk.OpExists, zk.OpGetChildren, zk.OpGetChildren2, zk.OpGetACL, zk.OpSetData, zk.OpSetACL, zk.OpDelete,
			zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL:
			paths = append(paths, d.Text())
		}
	}
	p.foresee(paths)
}

// foreseeParts does it for the parts of a multi.
func (p *Processor) foreseeParts(ops []codec.MultiOp) {
	for len(ops) > 1 {
		n := min(len(ops), tree.ForeseeMax)
		paths := p.foreseen[:0]
		for i := range ops[:n] {
			paths = append(paths, ops[i].Subject())
		}
		p.foresee(paths)
		ops = ops[n:]
	}
}

func (p *Processor) foresee(paths []string) {
	if len(paths) > 1 {
		p.tree.Foresee(paths)
	}
	clear(paths) // they refer to frames
	p.foreseen = paths[:0]
}
