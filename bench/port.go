package bench

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ReservePort gives a free port of 127.0.0.1 that the kernel gives to nobody else until held is closed. What holds it is a socket
// that is bound and does not listen: beside it another process may listen there, and again after a restart, if it sets
// SO_REUSEADDR and names the port, as Go's and ZooKeeper's servers do (inet_csk_get_port, Linux 6).
func ReservePort() (port int, held *os.File, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, fmt.Errorf("bench: reserve a port: %w", err)
	}
	held = os.NewFile(uintptr(fd), "reserved port")
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	var at unix.Sockaddr
	if err == nil {
		at, err = unix.Getsockname(fd)
	}
	if err != nil {
		_ = held.Close() // it holds nothing
		return 0, nil, fmt.Errorf("bench: reserve a port: %w", err)
	}
	return at.(*unix.SockaddrInet4).Port, held, nil
}

// listener gives the inode of the socket that listens on the address's port, or "".
func listener(addr string) string {
	host, portText, err := net.SplitHostPort(addr)
	port, err2 := strconv.ParseUint(portText, 10, 16)
	if err != nil || err2 != nil || !local(host) {
		return ""
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if err != nil { // no IPv6 here
			continue
		}
		if inode := listening(string(text), uint16(port)); inode != "" {
			return inode
		}
	}
	return ""
}

// listening finds a socket in state 0A, LISTEN, in the kernel's table (proc(5)): "sl local_address rem_address st
// tx_queue:rx_queue tr:tm retrnsmt uid timeout inode …".
func listening(table string, port uint16) string {
	want := fmt.Sprintf(":%04X", port)
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) > 9 && strings.HasSuffix(f[1], want) && f[3] == "0A" {
			return f[9]
		}
	}
	return ""
}

// local tells whether a name or an address is this machine's.
func local(host string) bool {
	ips, err := net.LookupIP(host)
	if err != nil {
		return false
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, ip := range ips {
		for _, a := range own {
			if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
				return true
			}
		}
		if ip.IsLoopback() {
			return true
		}
	}
	return false
}

// pidOf reads the number in /proc/<pid>/fd/<n>.
func pidOf(link string) int {
	pid, err := strconv.Atoi(strings.Split(link, "/")[2])
	if err != nil {
		return 0
	}
	return pid
}
