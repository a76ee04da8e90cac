package disk

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
)

// ErrPowerCut is what every call on a simulated disk returns between the cut and the restart by Crash, and what handles
// from before the restart return for ever.
var ErrPowerCut = errors.New("disk: power cut")

// Op names a call on the disk, for faults and counts.
type Op string

// The calls. Both kinds of sync and the sync of a folder count as syncs.
const (
	OpCreate   Op = "create"
	OpOpen     Op = "open"
	OpRead     Op = "read"
	OpWrite    Op = "write"
	OpTruncate Op = "truncate"
	OpSync     Op = "sync"
	OpSyncDir  Op = "syncdir"
	OpRename   Op = "rename"
	OpRemove   Op = "remove"
	OpReadDir  Op = "readdir"
	OpMkdir    Op = "mkdir"
	OpFree     Op = "free"
)

// Call is one call that is about to happen.
type Call struct {
	N     int    // 1 for the first call since the disk was made
	Sync  int    // 1 for the first sync; for other calls, the syncs so far
	Op    Op     //
	Name  string // the cleaned path, the old one for a rename
	To    string // the new path of a rename
	Off   int64  // of a read or a write; the length for a truncate
	Bytes int    // of a read or a write
}

// FailAtCall is a fault: the k-th call from the disk's beginning returns err, the others work.
func FailAtCall(k int, err error) func(Call) error {
	return func(c Call) error {
		if c.N == k {
			return err
		}
		return nil
	}
}

// CutAtSync is a fault: the power goes just before the k-th sync from the disk's beginning.
func CutAtSync(k int) func(Call) error {
	return func(c Call) error {
		if c.Sync >= k {
			return ErrPowerCut
		}
		return nil
	}
}

// ShortWriteError is a fault of a write that leaves its first Bytes bytes before it fails with Err.
type ShortWriteError struct {
	Bytes int
	Err   error
}

func (e *ShortWriteError) Error() string { return fmt.Sprintf("after %d bytes: %v", e.Bytes, e.Err) }

// Unwrap gives the cause.
func (e *ShortWriteError) Unwrap() error { return e.Err }

// BitFlipError is a fault that nobody notices: the read or write succeeds, with this bit of its bytes turned over.
type BitFlipError int64

func (e BitFlipError) Error() string { return fmt.Sprintf("bit %d turned over", int64(e)) }

// flip carries a BitFlipError out; every other fault stays one.
func flip(p []byte, fault error) ([]byte, error) {
	var bit BitFlipError
	if !errors.As(fault, &bit) {
		return p, fault
	}
	if len(p) == 0 {
		return p, nil
	}
	p = slices.Clone(p)
	p[int64(bit)/8%int64(len(p))] ^= 1 << (bit % 8)
	return p, nil
}

// Coins decides by a seed what outlives a power cut: for Crash.
func Coins(seed uint64) func() bool {
	rng := rand.New(rand.NewPCG(seed, 0))
	return func() bool { return rng.IntN(2) == 0 }
}

// Subset decides by the bits of a number, from the lowest on: every number below 2^Unsynced is one fate. For Crash.
func Subset(bits uint64) func() bool {
	return func() bool {
		keep := bits&1 == 1
		bits >>= 1
		return keep
	}
}
