package loop

const (
	// chunkBytes is the size of the memory that small frames share. One chunk is one allocation for some hundred frames.
	chunkBytes = 64 << 10
	// readBytesMin is the least room offered to a read. Less would cost more system calls for clients that pipeline.
	readBytesMin = 16 << 10
)

// arena is where a loop's sockets are read into. Frames stay where the kernel has put them; nothing is copied unless a
// read ends in the middle of a frame. Chunks are never written twice: the collector frees one after its last frame.
type arena struct {
	free []byte // the unused rest of the current chunk
}

// room returns memory to read into. Only what is kept with keep will not be offered again.
func (a *arena) room() []byte {
	if len(a.free) < readBytesMin {
		a.free = make([]byte, chunkBytes)
	}
	return a.free
}

// keep takes the first n bytes of the last room for good.
func (a *arena) keep(n int) {
	a.free = a.free[n:]
}
