package server

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"paddock/disk"
)

// spaceStory is a watch over a simulated disk, and what it has said.
type spaceStory struct {
	*spaceWatch
	disk *disk.Sim
	said *witness
	now  time.Time
}

func newSpaceStory(t *testing.T, logDir, snapDir string) *spaceStory {
	t.Helper()
	s := &spaceStory{disk: disk.NewSim(), said: &witness{t: t}, now: time.Unix(1_700_000_000, 0)}
	check(t, s.disk.MkdirAll(logDir))
	check(t, s.disk.MkdirAll(snapDir))
	s.spaceWatch = newSpaceWatch(dirs{fs: s.disk, log: logDir, snap: snapDir}, 64<<20, slog.New(s.said))
	return s
}

// after lets time pass and gives what is said then.
func (s *spaceStory) after(d time.Duration, capacity int64) string {
	s.now = s.now.Add(d)
	s.disk.SetCapacity(capacity)
	s.said.said = nil
	s.look(s.now)
	return strings.Join(s.said.said, "\n")
}

func TestShortSpaceIsWarnedAboutBeforeItIsGone(t *testing.T) {
	s := newSpaceStory(t, "/data", "/data")
	s.snapshotBytes.Store(100 << 20)
	const enough = 228 << 20 // two segments of 64 MiB and the snapshot
	for _, step := range []struct {
		what     string
		wait     time.Duration
		capacity int64
		want     string // part of what is said; "" is nothing
	}{
		{"enough", 0, enough, ""},
		{"a byte too little", spaceInterval, enough - 1, "WARN the disk is nearly full"},
		{"still too little, a moment later", spaceInterval, enough - 2, ""},
		{"still too little, much later", spaceRepeat, enough - 3, "freeBytes=239075325 neededBytes=239075328"},
		{"enough again", spaceInterval, enough, "INFO there is enough free space again"},
		{"still enough", spaceInterval, enough, ""},
		{"too little again", spaceInterval, 5, "WARN the disk is nearly full"},
	} {
		got := s.after(step.wait, step.capacity)
		if (step.want == "") != (got == "") || !strings.Contains(got, step.want) {
			t.Errorf("%s: said %q, want %q", step.what, got, step.want)
		}
	}
}

func TestEachFolderNeedsRoomForWhatItHolds(t *testing.T) {
	s := newSpaceStory(t, "/log", "/snap")
	s.snapshotBytes.Store(300 << 20)
	if got := s.after(0, 200<<20); strings.Count(got, "WARN") != 1 || !strings.Contains(got, "folder=/snap") {
		t.Errorf("room for the log only: said %q", got)
	}
	s.snapshotBytes.Store(1 << 20)
	if got := s.after(time.Second, 100<<20); !strings.Contains(got, "WARN") || !strings.Contains(got, "folder=/log") {
		t.Errorf("room for the snapshot only: said %q", got)
	}
}

func TestAFolderThatCannotBeAskedIsReported(t *testing.T) {
	s := newSpaceStory(t, "/data", "/data")
	s.disk.SetFault(func(disk.Call) error { return disk.ErrPowerCut })
	if got := s.after(0, 0); !strings.Contains(got, "cannot be told") {
		t.Errorf("said %q", got)
	}
}
