package bench

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
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

const spinEnv = "PADDOCK_TEST_SPIN"

// TestMain lets the test program be a process that uses up CPU time.
func TestMain(m *testing.M) {
	if os.Getenv(spinEnv) != "" {
		spin()
		return
	}
	os.Exit(m.Run())
}

// spin uses at least 300 ms of CPU, says how much, and waits for the end of its input.
func spin() {
	used := time.Duration(0)
	for used < 300*time.Millisecond {
		for range 1_000_000 {
			_ = strings.Count("a", "b")
		}
		used, _ = ownCPU()
	}
	_, _ = fmt.Println(int64(used)) //nolint:forbidigo // a process's output
	_, _ = io.ReadAll(os.Stdin)
}

func TestCPUOfASpinningProcessIsWhatItSaysItself(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), spinEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said int64
	if _, err := fmt.Fscan(out, &said); err != nil {
		t.Fatal(err)
	}
	got, err := processCPU(cmd.Process.Pid)
	if err != nil {
		t.Error(err)
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	// Two counters of 10 ms each round down; what the process does after saying so is next to nothing.
	if diff := got - time.Duration(said); diff < -3*clockTick || diff > 10*clockTick {
		t.Errorf("/proc says %v, the process itself %v", got, time.Duration(said))
	}
}

func TestServerIsFoundByItsPort(t *testing.T) {
	s := startStub(t)
	if pid := FindServer(s.addr); pid != os.Getpid() {
		t.Errorf("the server on %s is process %d, found %d", s.addr, os.Getpid(), pid)
	}
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{"192.0.2.1:" + port, "nonsense", "127.0.0.1:0", "127.0.0.1:x"} {
		if pid := FindServer(addr); pid != 0 {
			t.Errorf("found process %d on %s", pid, addr)
		}
	}
}

func TestAReservedPortIsNobodyElses(t *testing.T) {
	port, held, err := ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }() // nothing is lost
	for _, addr := range []string{fmt.Sprintf("127.0.0.1:%d", port), fmt.Sprintf(":%d", port)} {
		for range 2 { // a server that is started again
			l, err := net.Listen("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 1000 {
		other, held, err := ReservePort()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = held.Close() }() // all of them at the end: no port comes twice
		if other == port {
			t.Fatalf("port %d is given away", port)
		}
	}
}

// A line of /proc/net/tcp6 as proc(5) has it: state 0A listens, 01 is a connection.
const procTCP = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0885 00000000000000000000000000000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 11 1
   1: 00000000000000000000000000000000:0885 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
`

func TestOnlyAListeningSocketIsAServer(t *testing.T) {
	if got := listening(procTCP, 2181); got != "4711" {
		t.Errorf("got inode %q, want 4711", got)
	}
	if got := listening(procTCP, 2182); got != "" {
		t.Errorf("got inode %q on a free port", got)
	}
	for _, text := range []string{"", "0: :0885", strings.Repeat(":0885 ", 12)} {
		if got := listening(text, 2181); got != "" {
			t.Errorf("%q gave %q", text, got)
		}
	}
}
