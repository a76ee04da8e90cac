package watch

// Mode is a set of ways to wait.
type Mode uint8

// The modes (WatcherMode, 3.9.5).
const (
	OneShot    Mode = 1 << iota // ends with its first event
	Persistent                  // stays
	Recursive                   // stays, and sees what happens to every znode below; data watches only

	modeBits  = iota
	modeCount = 1 << modeBits
	AllModes  = Mode(modeCount - 1)
)

// setModes changes the modes of a watch, to some. A recursive watch moves to the head of its list, any other to the end.
func (t *Table) setModes(i uint32, modes Mode) {
	w := t.watches.at(i)
	flipped := w.modes() ^ modes
	w.setModes(modes)
	if flipped&Recursive == 0 {
		return
	}
	head := &t.lists.at(w.list).head
	t.watches.cut(inList, head, i)
	t.watches.push(inList, head, i)
	if modes&Recursive != 0 {
		*head = i
		t.recursive++
	} else {
		t.recursive--
	}
}
