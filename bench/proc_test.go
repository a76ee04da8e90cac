package bench

import (
	"os"
	"strings"
	"testing"
	"time"
)

// procStat is a line of proc(5)'s shape: utime 250 and stime 50 ticks, and a name that tries to confuse.
const procStat = "4711 (a) b (c d) S 1 4711 4711 0 -1 4194304 900 0 3 0 250 50 7 8 20 0 31 0 12345 1000000 300 18446744073709551615"

const procStatus = "Name:\tjava\nVmPeak:\t  9000 kB\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\nThreads:\t31\n"

func TestCPUIsUserAndSystemTime(t *testing.T) {
	got, err := parseStat([]byte(procStat))
	if err != nil || got != 3*time.Second {
		t.Errorf("got %v, %v; want 3s", got, err)
	}
}

func TestMemoryIsFoundByName(t *testing.T) {
	for key, want := range map[string]int64{"VmRSS:": 1 << 20, "VmHWM:": 2 << 20} {
		if got, err := parseStatus([]byte(procStatus), key); err != nil || got != want {
			t.Errorf("%s got %d, %v; want %d", key, got, err, want)
		}
	}
}

func TestDamagedProcFilesAreErrors(t *testing.T) {
	for _, text := range []string{"", "1 (x) S", "1 (x", strings.Replace(procStat, "250", "-1", 1), strings.Replace(procStat, " 50 ", " x ", 1)} {
		if got, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q gave %v", text, got)
		}
	}
	for _, text := range []string{"", "VmRSS:", "VmRSS: 12", "VmRSS: x kB", "VmRSS: 1 mB"} {
		if got, err := parseStatus([]byte(text), "VmRSS:"); err == nil {
			t.Errorf("%q gave %v", text, got)
		}
	}
}

func TestRunningProcessIsRead(t *testing.T) {
	rss, peak, err := processMemory(os.Getpid())
	if err != nil || rss <= 0 || peak < rss/2 {
		t.Errorf("memory %d, %d, %v", rss, peak, err)
	}
	if _, err := processCPU(os.Getpid()); err != nil {
		t.Error(err)
	}
	if _, err := processCPU(0); err == nil {
		t.Error("process 0 has CPU time")
	}
	if _, err := ownCPU(); err != nil {
		t.Error(err)
	}
}

// Whatever the kernel's text turns into, parsing returns times and sizes that are not negative, or an error.
func FuzzProc(f *testing.F) {
	f.Add([]byte(procStat))
	f.Add([]byte(procStatus))
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := parseStat(text); err == nil && d < 0 {
			t.Errorf("CPU %v", d)
		}
		if n, err := parseStatus(text, "VmRSS:"); err == nil && n < 0 {
			t.Errorf("memory %v", n)
		}
	})
}
