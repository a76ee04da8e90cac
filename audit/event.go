package audit

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"paddock/zk"
)

// What is audited (AuditConstants, 3.9.5).
const (
	OpStart     = "serverStart"
	OpStop      = "serverStop"
	OpCreate    = "create"
	OpDelete    = "delete"
	OpSetData   = "setData"
	OpSetACL    = "setAcl"
	OpMulti     = "multiOperation"
	OpReconfig  = "reconfig"
	OpEphemeral = "ephemeralZNodeDeletionOnSessionCloseOrExpire"
)

// Result is how it went.
type Result string

// The results.
const (
	Success Result = "success"
	Failure Result = "failure"
	Invoked Result = "invoked" // how it will end, nobody can tell any more
)

// Event is one line. Empty fields are left out.
type Event struct {
	WallMs    int64
	Session   string // 0x and hexadecimal digits
	User      string
	IP        string
	Operation string
	Znode     string
	ZnodeType string
	ACL       string
	Result    Result
}

// timeLayout is logback's ISO8601. Java logs in local time, and so do we.
const timeLayout = "2006-01-02 15:04:05,000"

// loggerName is ZooKeeper's org.apache.zookeeper.audit.Slf4jAuditLogger as logback shortens it by %c{2}.
const loggerName = "o.a.z.a.Slf4jAuditLogger"

// appendLine appends the event's line, with its end.
func appendLine(b []byte, e *Event, zone *time.Location) []byte {
	b = time.UnixMilli(e.WallMs).In(zone).AppendFormat(b, timeLayout)
	level := " INFO "
	if e.Result == Failure {
		level = " ERROR "
	}
	b = append(append(append(b, level...), loggerName...), ": "...)
	for _, pair := range [...]struct{ key, value string }{
		{"session=", e.Session},
		{"user=", e.User},
		{"ip=", e.IP},
		{"operation=", e.Operation},
		{"znode=", e.Znode},
		{"znode_type=", e.ZnodeType},
		{"acl=", e.ACL},
	} {
		if pair.value != "" {
			b = append(appendEscaped(append(b, pair.key...), pair.value), '\t')
		}
	}
	b = append(append(b, "result="...), e.Result...)
	return append(b, '\n')
}

// appendEscaped appends a value so that it can neither end the line nor begin another pair, nor be taken for another value.
func appendEscaped(b []byte, value string) []byte {
	for i := 0; i < len(value); {
		r, n := utf8.DecodeRuneInString(value[i:])
		switch {
		case r == '\\':
			b = append(b, `\\`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == utf8.RuneError && n == 1:
			b = fmt.Appendf(b, `\x%02x`, value[i])
		case deceives(r):
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = append(b, value[i:i+n]...)
		}
		i += n
	}
	return b
}

// deceives tells of characters that move the cursor or the order of what a reader sees: control characters, separators of
// lines and paragraphs, and marks that turn the direction of writing.
func deceives(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0:
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

// Users names the identities of a connection, with commas: the address, and the users of scheme digest without what proves
// them. The superuser has no name, but the name that proved it stands beside it (AuthUtil.getUsers, 3.9.5).
func Users(ids []zk.ID) string {
	var names []string
	for _, id := range ids {
		name := id.ID
		switch id.Scheme {
		case "digest":
			name, _, _ = strings.Cut(id.ID, ":")
		case "super", "world", "auth":
			name = "" // these are rules, no providers of names
		}
		if strings.TrimFunc(name, func(r rune) bool { return r <= ' ' }) != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// Address is the one among the identities that says where a connection comes from: every one has it.
func Address(ids []zk.ID) string {
	for _, id := range ids {
		if id.Scheme == "ip" {
			return id.ID
		}
	}
	return ""
}

// ACL writes a list as ZooKeeper's ZKUtil.aclToString does (3.9.5): entries behind one another, nothing in between. Who has no
// business to know the digests in it must mask them.
func ACL(list []zk.ACL) string {
	var b strings.Builder
	for i := range list {
		b.WriteString(list[i].ID.Scheme + ":" + list[i].ID.ID + ":")
		for _, p := range [...]struct {
			perm   zk.Perm
			letter byte
		}{{zk.PermCreate, 'c'}, {zk.PermDelete, 'd'}, {zk.PermRead, 'r'}, {zk.PermWrite, 'w'}, {zk.PermAdmin, 'a'}} {
			if list[i].Perms&p.perm != 0 {
				b.WriteByte(p.letter)
			}
		}
	}
	return b.String()
}

// ModeName names a create mode as Java's CreateMode does, in small letters; empty for one that does not exist.
func ModeName(m zk.CreateMode) string {
	names := [...]string{
		"persistent", "ephemeral", "persistent_sequential", "ephemeral_sequential", "container",
		"persistent_with_ttl", "persistent_sequential_with_ttl",
	}
	if !m.Valid() {
		return ""
	}
	return names[m]
}
