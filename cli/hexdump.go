package cli

import (
	"fmt"
	"strings"
)

const hexRow = 16

// hexDump lays bytes out as Netty's ByteBufUtil.prettyHexDump does; nothing for no bytes.
func hexDump(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	const line = "+--------+-------------------------------------------------+----------------+"
	var b strings.Builder
	b.WriteString("         +-------------------------------------------------+\n")
	b.WriteString("         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n" + line)
	for at := 0; at < len(data); at += hexRow {
		row := data[at:min(at+hexRow, len(data))]
		fmt.Fprintf(&b, "\n|%08x|%-49s|%-16s|", at, fmt.Sprintf(" % x", row), visible(row))
	}
	b.WriteString("\n" + line)
	return b.String()
}

// visible shows printable ASCII and a dot for all else.
func visible(row []byte) string {
	shown := make([]byte, len(row))
	for i, c := range row {
		if c <= 0x1f || c >= 0x7f {
			c = '.'
		}
		shown[i] = c
	}
	return string(shown)
}
