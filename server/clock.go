package server

import (
	"time"

	"golang.org/x/sys/unix"
)

// clock gives the two times that the processor is told: the wall clock, and a monotonic one that goes on across
// restarts of the process, as Java's System.nanoTime does on Linux, because session ids begin at it.
type clock struct {
	start  time.Time
	baseMs int64
}

func newClock() clock {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic("server: CLOCK_MONOTONIC: " + err.Error()) // it exists on every Linux
	}
	return clock{start: time.Now(), baseMs: ts.Nano() / int64(time.Millisecond)}
}

func (c clock) now() (wallMs, monoMs int64) {
	now := time.Now()
	return now.UnixMilli(), c.baseMs + now.Sub(c.start).Milliseconds()
}
