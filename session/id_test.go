package session

import (
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestPasswordsAreThoseOfApache(t *testing.T) {
	data, err := os.ReadFile("testdata/zookeeper-3.9.5/passwords.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for line := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		idText, want, _ := strings.Cut(line, " ")
		id, err := strconv.ParseUint(idText, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		password := Password(int64(id))
		if got := hex.EncodeToString(password[:]); got != want {
			t.Errorf("Password(%#x) = %s, want %s", id, got, want)
		}
		cases++
	}
	if cases < 50 {
		t.Errorf("only %d cases", cases)
	}
}

func TestFirstIDIsServerThenClockThenCounter(t *testing.T) {
	for name, c := range map[string]struct {
		server, monoMs int64
		want           uint64
	}{
		"standalone, just booted":          {1, 0, 0x0100000000000000},
		"one millisecond":                  {1, 1, 0x0100000000010000},
		"largest clock that fits":          {1, 1<<40 - 1, 0x01ffffffffff0000},
		"clock beyond 40 bits is cut":      {1, 1<<40 + 5, 0x0100000000050000},
		"negative clock":                   {1, -1, 0x01ffffffffff0000},
		"largest server id":                {254, 7, 0xfe00000000070000},
		"the clock stays out of the top":   {2, 1 << 39, 0x0280000000000000},
		"server id 128 gives a negative 1": {128, 1, 0x8000000000010000},
	} {
		if got := New(Config{ServerID: c.server, TickMs: 2000}, c.monoMs).NextID(); uint64(got) != c.want {
			t.Errorf("%s: %#x, want %#x", name, uint64(got), c.want)
		}
	}
}

func TestIDsCountUpAndSkipKnownOnes(t *testing.T) {
	tr := New(Config{ServerID: 1, TickMs: 2000}, 0)
	const first = 1 << 56
	for _, known := range []int64{first + 1, first + 2, first + 4} {
		tr.Add(known, 1000, 0)
	}
	for _, want := range []int64{first, first + 3, first + 5, first + 6} {
		if got := tr.NextID(); got != want {
			t.Errorf("NextID = %#x, want %#x", got, want)
		}
	}
}

func TestIDsThatMeanSomethingElseAreNeverGiven(t *testing.T) {
	if got := New(Config{ServerID: 0, TickMs: 1}, 0).NextID(); got != 1 {
		t.Errorf("server 0: %#x, but 0 means no session", got)
	}
	if got := New(Config{ServerID: 128, TickMs: 1}, 0).NextID(); got != -1<<63+1 {
		t.Errorf("server 128: %#x is the mark of containers", uint64(got))
	}
}
