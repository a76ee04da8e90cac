package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTick is the unit of utime and stime: USER_HZ, 100 per second on every Linux that we know (proc(5)).
const clockTick = 10 * time.Millisecond

var errProc = errors.New("not understood")

// processCPU is the CPU time that all threads of a process have used, ended ones included.
func processCPU(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("bench: CPU of the server: %w", err)
	}
	return parseStat(stat)
}

// parseStat adds fields 14 and 15, utime and stime. The second field, the command's name in parentheses, may hold
// anything, so counting begins behind the last parenthesis.
func parseStat(stat []byte) (time.Duration, error) {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("bench: /proc stat %q: %w", stat, errProc)
	}
	var ticks uint64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseUint(field, 10, 32) // 32 bits are 1.3 years of CPU
		if err != nil {
			return 0, fmt.Errorf("bench: /proc stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// processMemory is the resident memory of a process, now and at its highest.
func processMemory(pid int) (rssBytes, peakBytes int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, fmt.Errorf("bench: memory of the server: %w", err)
	}
	if rssBytes, err = parseStatus(status, "VmRSS:"); err != nil {
		return 0, 0, err
	}
	peakBytes, err = parseStatus(status, "VmHWM:")
	return rssBytes, peakBytes, err
}

// parseStatus finds a line like "VmRSS:     1234 kB" and gives its bytes.
func parseStatus(status []byte, key string) (int64, error) {
	for line := range strings.Lines(string(status)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != key || fields[2] != "kB" {
			continue
		}
		kib, err := strconv.ParseUint(fields[1], 10, 48)
		if err != nil {
			return 0, fmt.Errorf("bench: /proc status: %w", err)
		}
		return int64(kib) << 10, nil
	}
	return 0, fmt.Errorf("bench: /proc status has no %s: %w", key, errProc)
}

// ownCPU is the CPU time of this process.
func ownCPU() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("bench: own CPU: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}
