package admin

import (
	"net/netip"
	"strconv"
	"strings"
)

// lines builds an answer.
type lines struct{ buf []byte }

func (l *lines) text(parts ...string) {
	for _, p := range parts {
		l.buf = append(l.buf, p...)
	}
}

// number writes name, value and the end of the line.
func (l *lines) number(name string, value int64) {
	l.buf = append(l.buf, name...)
	l.buf = strconv.AppendInt(l.buf, value, 10)
	l.buf = append(l.buf, '\n')
}

// integer writes name and value.
func (l *lines) integer(name string, value int64) {
	l.buf = append(l.buf, name...)
	l.buf = strconv.AppendInt(l.buf, value, 10)
}

// hex writes name and value as Java's Long.toHexString: negative numbers by their bits.
func (l *lines) hex(name string, value int64) {
	l.buf = append(l.buf, name...)
	l.buf = strconv.AppendUint(l.buf, uint64(value), 16)
}

// javaDouble prints a number as Java's Double.toString: always with a decimal point, and with an exponent below
// 0.001 and from 10,000,000 on.
func javaDouble(f float64) string {
	if abs := max(f, -f); f == 0 || abs >= 1e-3 && abs < 1e7 {
		return withPoint(strconv.FormatFloat(f, 'f', -1, 64))
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	n, _ := strconv.Atoi(exponent)
	return withPoint(mantissa) + "E" + strconv.Itoa(n)
}

func withPoint(digits string) string {
	if strings.Contains(digits, ".") {
		return digits
	}
	return digits + ".0"
}

// javaHost prints an address as Java does: IPv6 in full and without brackets, an IPv4 address inside IPv6 as IPv4.
func javaHost(ip netip.Addr) string {
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	bytes := ip.As16()
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = strconv.FormatUint(uint64(bytes[2*i])<<8|uint64(bytes[2*i+1]), 16)
	}
	text := strings.Join(groups, ":")
	if ip.Zone() != "" {
		text += "%" + ip.Zone()
	}
	return text
}

// hostPort is an address as Jackson prints it: 127.0.0.1:2181, [0:0:0:0:0:0:0:1]:2181.
func hostPort(a netip.AddrPort) string {
	host := javaHost(a.Addr())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(a.Port()))
}

// javaAddr prints an address as Java's InetSocketAddress without a name.
func javaAddr(a netip.AddrPort) string { return "/" + hostPort(a) }
