package cli

import (
	"slices"
	"strings"

	"paddock/zk"
)

// javaSplit splits as String.split of Java does: empty parts at the end do not count, but a text without sep is a part.
func javaSplit(text, sep string) []string {
	parts := strings.Split(text, sep)
	for strings.Contains(text, sep) && len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// parseACL reads scheme:id:perms,... as AclParser does: what it cannot read it complains about and leaves out.
func parseACL(text string, complain func(format string, args ...any)) []zk.ACL {
	var list []zk.ACL
	for _, entry := range javaSplit(text, ",") {
		first, last := strings.IndexByte(entry, ':'), strings.LastIndexByte(entry, ':')
		if first < 0 || first == last {
			complain("%s does not have the form scheme:id:perm", entry)
			continue
		}
		perms, unknown := parsePerms(entry[last+1:])
		for _, letter := range unknown {
			complain("Unknown perm type: %c", letter)
		}
		list = append(list, zk.ACL{Perms: perms, ID: zk.ID{Scheme: entry[:first], ID: entry[first+1 : last]}})
	}
	return list
}

// hidden tells whether a list has a digest that the server shows as x to who has no ADMIN permission: written somewhere it would
// let nobody in.
func hidden(list []zk.ACL) bool {
	return slices.ContainsFunc(list, func(a zk.ACL) bool { return a.ID.Scheme == "digest" && strings.HasSuffix(a.ID.ID, ":x") })
}

func parsePerms(text string) (perms zk.Perm, unknown []rune) {
	for _, letter := range text {
		switch letter {
		case 'r':
			perms |= zk.PermRead
		case 'w':
			perms |= zk.PermWrite
		case 'c':
			perms |= zk.PermCreate
		case 'd':
			perms |= zk.PermDelete
		case 'a':
			perms |= zk.PermAdmin
		default:
			unknown = append(unknown, letter)
		}
	}
	return perms, unknown
}
