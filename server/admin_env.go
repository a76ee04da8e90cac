package server

import (
	"math"
	"os"
	"os/user"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"paddock/admin"
)

// notAvailable is what ZooKeeper shows for what Java does not tell (Environment, 3.9.5).
const notAvailable = "<NA>"

// Environment implements admin.Source: ZooKeeper's names with what is nearest to them here. There is no Java: its version is
// that of Go.
func (s *Server) Environment() []admin.Property {
	free, most, total := memoryMB()
	return []admin.Property{
		{Name: "zookeeper.version", Value: s.version},
		{Name: "host.name", Value: orNA(os.Hostname())},
		{Name: "java.version", Value: runtime.Version()},
		{Name: "java.vendor", Value: "Paddock (no Java)"},
		{Name: "java.home", Value: notAvailable},
		{Name: "java.class.path", Value: orNA(os.Executable())},
		{Name: "java.library.path", Value: notAvailable},
		{Name: "java.io.tmpdir", Value: os.TempDir()},
		{Name: "java.compiler", Value: notAvailable},
		{Name: "os.name", Value: "Linux"},
		{Name: "os.arch", Value: runtime.GOARCH},
		{Name: "os.version", Value: kernel()},
		{Name: "user.name", Value: userName()},
		{Name: "user.home", Value: orNA(os.UserHomeDir())},
		{Name: "user.dir", Value: orNA(os.Getwd())},
		{Name: "os.memory.free", Value: free},
		{Name: "os.memory.max", Value: most},
		{Name: "os.memory.total", Value: total},
	}
}

// SystemProperties implements admin.Source: those of Java that have a meaning here. ZooKeeper's own are set by the lines of
// zoo.cfg, which initial_configuration shows.
func (s *Server) SystemProperties() []admin.Property {
	return []admin.Property{
		{Name: "file.encoding", Value: "UTF-8"},
		{Name: "file.separator", Value: string(os.PathSeparator)},
		{Name: "java.io.tmpdir", Value: os.TempDir()},
		{Name: "java.version", Value: runtime.Version()},
		{Name: "line.separator", Value: "\n"},
		{Name: "os.arch", Value: runtime.GOARCH},
		{Name: "os.name", Value: "Linux"},
		{Name: "os.version", Value: kernel()},
		{Name: "path.separator", Value: string(os.PathListSeparator)},
		{Name: "user.dir", Value: orNA(os.Getwd())},
		{Name: "user.home", Value: orNA(os.UserHomeDir())},
		{Name: "user.name", Value: userName()},
	}
}

// traceMaskDefault is ZooTrace's, 3.9.5: client requests, packets between servers, sessions, warnings.
const traceMaskDefault = 1<<1 | 1<<4 | 1<<5 | 1<<8

// TraceMask implements admin.Source.
func (s *Server) TraceMask() int64 { return s.traceMask.Load() }

// SetTraceMask implements admin.Source.
func (s *Server) SetTraceMask(mask int64) { s.traceMask.Store(mask) }

func orNA(text string, err error) string {
	if err != nil || text == "" {
		return notAvailable
	}
	return text
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return notAvailable
	}
	return u.Username
}

func kernel() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return notAvailable
	}
	release, _, _ := strings.Cut(string(name.Release[:]), "\x00")
	return release
}

// memoryMB is what Go has from the system and does not use, its limit (GOMEMLIMIT, or else the machine's memory), and what
// it has.
func memoryMB() (free, most, total string) {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	all, used := sample[0].Value.Uint64(), sample[1].Value.Uint64()
	limit := uint64(debug.SetMemoryLimit(-1)) // a negative number only asks
	var info unix.Sysinfo_t
	if limit == math.MaxInt64 && unix.Sysinfo(&info) == nil {
		limit = info.Totalram * uint64(info.Unit)
	}
	return megabytes(all - min(used, all)), megabytes(limit), megabytes(all)
}

func megabytes(bytes uint64) string { return strconv.FormatUint(bytes>>20, 10) + "MB" }
