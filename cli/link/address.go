package link

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

const defaultPort = 2181

// parseServers takes a connect string apart: addresses, each as host:port, and the chroot, "" for none.
func parseServers(s string) (addrs []string, chroot string, err error) {
	hosts := s
	if slash := strings.IndexByte(s, '/'); slash >= 0 {
		hosts, chroot = s[:slash], s[slash:]
		if chroot == "/" {
			chroot = ""
		} else if err := CheckPath(chroot); err != nil {
			return nil, "", fmt.Errorf("chroot %q of %q: %w", chroot, s, err)
		}
	}
	for host := range strings.SplitSeq(hosts, ",") {
		host = strings.TrimSpace(host)
		if host == "" {
			continue
		}
		addr, err := address(host)
		if err != nil {
			return nil, "", err
		}
		addrs = append(addrs, addr)
	}
	if len(addrs) == 0 {
		return nil, "", fmt.Errorf("no server in %q: expected host:port[,host:port][/chroot]", s)
	}
	return addrs, chroot, nil
}

// address completes a host with the default port. An IPv6 address with a port stands in brackets.
func address(host string) (string, error) {
	name, port := host, ""
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 || end+1 < len(host) && host[end+1] != ':' {
			return "", fmt.Errorf("server %q: expected [address]:port", host)
		}
		name, port = host[1:end], strings.TrimPrefix(host[end+1:], ":")
	} else if colon := strings.LastIndexByte(host, ':'); colon >= 0 {
		name, port = host[:colon], host[colon+1:]
	}
	if port == "" {
		port = strconv.Itoa(defaultPort)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("server %q: port %q is no number from 1 to 65535", host, port)
	}
	return net.JoinHostPort(name, port), nil
}
