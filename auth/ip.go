package auth

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ipBytes is an address as the ip scheme compares it: IPv4 in the first 4 bytes, IPv6 in all 16. An IPv6 address that
// carries an IPv4 address is an IPv6 address here.
type ipBytes struct {
	bytes [16]byte
	bits  int // 32 or 128
}

// hostAddress writes an address as Java's InetAddress.getHostAddress does: eight groups for IPv6, without zeros in
// front and without "::". IPv4 within IPv6 is written as IPv4.
func hostAddress(addr netip.Addr) string {
	addr = addr.Unmap()
	if !addr.Is6() {
		return addr.String()
	}
	text := make([]byte, 0, 39)
	bytes := addr.As16()
	for i := 0; i < len(bytes); i += 2 {
		if i > 0 {
			text = append(text, ':')
		}
		text = strconv.AppendUint(text, uint64(bytes[i])<<8|uint64(bytes[i+1]), 16)
	}
	if zone := addr.Zone(); zone != "" {
		text = append(append(text, '%'), zone...)
	}
	return string(text)
}

// ipValid tells whether an ACL entry's text is an address, alone or with a number of bits.
func ipValid(entry string) bool {
	_, _, ok := parsePrefix(entry)
	return ok
}

// ipMatches tells whether a client's address lies in an ACL entry's range. An address with a zone never does.
func ipMatches(client, entry string) bool {
	prefix, bits, ok := parsePrefix(entry)
	if !ok {
		return false
	}
	addr, ok := parseIP(client)
	return ok && addr.bits == prefix.bits && sameBits(&addr.bytes, &prefix.bytes, bits)
}

func sameBits(a, b *[16]byte, bits int) bool {
	whole := bits / 8
	for i := range whole {
		if a[i] != b[i] {
			return false
		}
	}
	rest := bits % 8
	return rest == 0 || (a[whole]^b[whole])>>(8-rest) == 0
}

// parsePrefix reads "address" or "address/bits".
func parsePrefix(text string) (addr ipBytes, bits int, ok bool) {
	host, tail, slash := strings.Cut(text, "/")
	if addr, ok = parseIP(host); !ok || !slash {
		return addr, addr.bits, ok
	}
	n, ok := javaInt(tail, 10)
	return addr, int(n), ok && n >= 0 && int(n) <= addr.bits
}

// parseIP reads an address. The text comes from clients: what Apache takes for an address is taken here as well, be
// it as odd as "+1.02.3.4".
func parseIP(text string) (addr ipBytes, ok bool) {
	if strings.IndexByte(text, ':') >= 0 {
		return parseIPv6(text)
	}
	addr.bits = 32
	for i := range 4 {
		part, rest, dot := strings.Cut(text, ".")
		n, ok := javaInt(part, 10)
		if !ok || n < 0 || n > 255 || dot != (i < 3) {
			return ipBytes{}, false
		}
		addr.bytes[i] = byte(n)
		text = rest
	}
	return addr, true
}

// parseIPv6 reads eight groups, or fewer around one "::".
func parseIPv6(text string) (addr ipBytes, ok bool) {
	front, back, short := strings.Cut(text, "::")
	n, m := countGroups(front, short), 0
	if short {
		m = countGroups(back, short)
	}
	if short && (n+m >= 8 || strings.Contains(back, "::")) || !short && n != 8 {
		return ipBytes{}, false
	}
	addr.bits = 128
	ok = parseGroups(addr.bytes[:2*n], front) && parseGroups(addr.bytes[16-2*m:], back)
	return addr, ok
}

func countGroups(text string, mayBeEmpty bool) int {
	if text == "" && mayBeEmpty {
		return 0
	}
	return strings.Count(text, ":") + 1
}

// parseGroups fills dst with groups of two bytes each; there are exactly as many in text.
func parseGroups(dst []byte, text string) bool {
	for i := 0; i < len(dst); i += 2 {
		group, rest, _ := strings.Cut(text, ":")
		n, ok := javaInt(group, 16)
		if !ok || utf8.RuneCountInString(group) > 4 {
			return false
		}
		dst[i], dst[i+1] = byte(n>>8), byte(n) // of a negative number too, as Apache does
		text = rest
	}
	return true
}
