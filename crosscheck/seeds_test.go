package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"paddock/zk"
)

// seedOps is short: make crosscheck is the long run.
const seedOps = 4000

// TestApacheAndPaddockAnswerAlike runs a fixed seed of every configuration against both servers; it fails where Apache
// cannot be started. Together the seeds see every operation succeed, and fail in every way that it can.
func TestApacheAndPaddockAnswerAlike(t *testing.T) {
	dir := t.TempDir()
	paddock, err := buildPaddock(dir)
	if err != nil {
		t.Fatal(err)
	}
	seen := tally{}
	for i, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			_, got, err := checkSeed(filepath.Join(dir, v.name), paddock, uint64(i), v, options{ops: seedOps})
			if err != nil {
				t.Fatal(err)
			}
			if n := got.sumOf(zk.ErrNoAuth); (n == 0) != (v.name == "skip-acl") {
				t.Errorf("%d times without permission", n)
			}
			seen.add(got)
		})
	}
	if t.Failed() {
		return
	}
	for _, key := range wanted() {
		if seen[key] == 0 {
			t.Errorf("never seen: %s", key)
		}
	}
	const refusalsMin = 100
	if n := seen.sumOf(zk.ErrQuotaExceeded); n < refusalsMin {
		t.Errorf("%d refusals of full quotas, want at least %d", n, refusalsMin)
	}
	if n := seen.sumOf(zk.ErrSessionClosedSASL); n == 0 {
		t.Error("nobody was refused for want of an identity")
	}
	if t.Failed() {
		t.Logf("seen:\n%s", seen)
	}
}

// sumOf counts a result over all operations and parts of multis.
func (t tally) sumOf(err zk.Err) int {
	sum := 0
	for key, n := range t {
		if strings.HasSuffix(key, fmt.Sprintf(": %v", err)) {
			sum += n
		}
	}
	return sum
}

// wanted lists which results every operation has to show, as keys of a tally.
func wanted() []string {
	creates := []zk.Err{
		zk.ErrOK, zk.ErrMarshallingError, zk.ErrBadArguments, zk.ErrNoNode, zk.ErrNoAuth, zk.ErrNoChildrenForEphemerals, zk.ErrNodeExists,
		zk.ErrInvalidACL, zk.ErrQuotaExceeded,
	}
	reads := []zk.Err{zk.ErrOK, zk.ErrMarshallingError, zk.ErrNoNode, zk.ErrNoAuth}
	ok, decoded := []zk.Err{zk.ErrOK}, []zk.Err{zk.ErrOK, zk.ErrMarshallingError}
	watches := append([]zk.Err{zk.ErrNoWatcher}, decoded...)
	results := map[zk.Op][]zk.Err{
		zk.OpCreate: creates, zk.OpCreate2: creates, zk.OpCreateContainer: creates, zk.OpCreateTTL: append([]zk.Err{zk.ErrUnimplemented}, creates...),
		zk.OpDelete:  {zk.ErrOK, zk.ErrMarshallingError, zk.ErrBadArguments, zk.ErrNoNode, zk.ErrNoAuth, zk.ErrBadVersion, zk.ErrNotEmpty},
		zk.OpSetData: {zk.ErrOK, zk.ErrMarshallingError, zk.ErrBadArguments, zk.ErrNoNode, zk.ErrNoAuth, zk.ErrBadVersion, zk.ErrQuotaExceeded},
		zk.OpSetACL:  {zk.ErrOK, zk.ErrMarshallingError, zk.ErrBadArguments, zk.ErrNoNode, zk.ErrNoAuth, zk.ErrBadVersion, zk.ErrInvalidACL},
		zk.OpExists:  append([]zk.Err{zk.ErrBadArguments}, reads...), zk.OpGetData: reads, zk.OpGetACL: reads, zk.OpGetChildren: reads,
		zk.OpGetChildren2: reads, zk.OpGetAllChildrenNumber: reads, zk.OpGetEphemerals: decoded, zk.OpSync: decoded, zk.OpMulti: decoded,
		zk.OpMultiRead: decoded, zk.OpAddWatch: decoded, zk.OpCheckWatches: watches, zk.OpRemoveWatches: watches, zk.OpSetWatches: decoded,
		zk.OpSetWatches2: decoded, zk.OpReconfig: {zk.ErrReconfigDisabled, zk.ErrUnimplemented, zk.ErrMarshallingError},
		zk.OpWhoAmI: ok, zk.OpPing: ok, zk.OpSASL: ok, zk.OpCloseSession: ok, zk.OpAuth: {zk.ErrOK, zk.ErrAuthFailed},
		zk.OpNotification: {zk.ErrUnimplemented}, zk.OpCheck: {zk.ErrUnimplemented}, 99: {zk.ErrUnimplemented},
	}
	keys := []string{"connect: session", "connect: refused", "connect: connection closed", "event type=1", "event type=2", "event type=3", "event type=4"}
	for op, errs := range results {
		for _, err := range errs {
			keys = append(keys, fmt.Sprintf("%v: %v", op, err))
		}
	}
	for _, err := range []zk.Err{
		zk.ErrOK, zk.ErrNoNode, zk.ErrNoAuth, zk.ErrBadVersion, zk.ErrNotEmpty, zk.ErrNodeExists, zk.ErrBadArguments, zk.ErrInvalidACL,
		zk.ErrNoChildrenForEphemerals, zk.ErrQuotaExceeded, zk.ErrRuntimeInconsistency,
	} {
		keys = append(keys, fmt.Sprintf("part of multi: %v", err))
	}
	for _, err := range []zk.Err{zk.ErrOK, zk.ErrNoNode, zk.ErrNoAuth} {
		keys = append(keys, fmt.Sprintf("part of multiRead: %v", err))
	}
	return keys
}
