package bench

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

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
