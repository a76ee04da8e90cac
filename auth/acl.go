package auth

import (
	"iter"
	"slices"
	"strings"

	"paddock/zk"
)

// fixedMax bounds a stored list: a thousand auth entries times a thousand identities must not fill the memory. Apache
// has no such bound, but a list of this length takes more than a megabyte.
const fixedMax = 1 << 16

// Fix makes the list that is stored from the list of a create or setACL (PrepRequestProcessor.fixupACL): entries
// that occur twice are dropped, auth entries become one entry for each identity of the caller that was proved,
// and every other entry must be valid in its scheme. Anything else, and an empty list, is ErrInvalidACL; a null id is
// ErrMarshallingError if its scheme looks at it, or the search for doubles. The result may share memory with the arguments.
func (s *Schemes) Fix(acl []zk.ACL, ids []zk.ID) ([]zk.ACL, zk.Err) {
	if len(acl) == 1 && acl[0] == s.open[0] {
		return s.open, zk.ErrOK
	}
	if trips(acl) {
		return nil, zk.ErrMarshallingError
	}
	fixed := make([]zk.ACL, 0, len(acl))
	for entry := range withoutDoubles(acl) {
		n := len(fixed)
		switch {
		case entry.ID.Scheme == schemeAuth: // its text does not matter
			fixed = s.appendProved(fixed, entry.Perms, ids)
		case entry.ID.ID == zk.NullText && (entry.ID.Scheme == schemeWorld || s.known(entry.ID.Scheme)):
			return nil, zk.ErrMarshallingError // Apache's null pointer
		case isAnyone(entry.ID) || s.valid(entry.ID):
			fixed = append(fixed, entry)
		}
		if len(fixed) == n || len(fixed) > fixedMax {
			return nil, zk.ErrInvalidACL
		}
	}
	if len(fixed) == 0 {
		return nil, zk.ErrInvalidACL
	}
	return fixed, zk.ErrOK
}

// trips tells whether Apache's search for doubles meets a null pointer: it asks an entry with a null scheme, or a null
// id, whether it equals an earlier one, and that looks at the permissions, the scheme and the id in this order.
func trips(acl []zk.ACL) bool {
	isNull := func(entry zk.ACL) bool { return entry.ID.Scheme == zk.NullText || entry.ID.ID == zk.NullText }
	if !slices.ContainsFunc(acl, isNull) {
		return false
	}
	type begin struct {
		perms  zk.Perm
		scheme string
	}
	perms, schemes := map[zk.Perm]bool{}, map[begin]bool{}
	for _, entry := range acl {
		of := begin{entry.Perms, entry.ID.Scheme}
		if entry.ID.Scheme == zk.NullText && perms[of.perms] || entry.ID.ID == zk.NullText && schemes[of] {
			return true
		}
		perms[of.perms], schemes[of] = true, true
	}
	return false
}

// withoutDoubles walks a list and leaves out what has been there before.
func withoutDoubles(acl []zk.ACL) iter.Seq[zk.ACL] {
	return func(yield func(zk.ACL) bool) {
		seen := make(map[zk.ACL]bool, len(acl)) // a client may send tens of thousands of entries
		for _, entry := range acl {
			if seen[entry] {
				continue
			}
			seen[entry] = true
			if !yield(entry) {
				return
			}
		}
	}
}

// appendProved appends an entry for each identity that stands for a proof (isAuthenticated in Apache's providers):
// digest and sasl do, an address does not, and super has no provider. The entries are not checked for doubles again.
func (s *Schemes) appendProved(acl []zk.ACL, perms zk.Perm, ids []zk.ID) []zk.ACL {
	for _, id := range ids {
		if id.Scheme != schemeIP && s.known(id.Scheme) {
			acl = append(acl, zk.ACL{Perms: perms, ID: id})
		}
	}
	return acl
}

// valid tells whether an identity may stand in a stored list.
func (s *Schemes) valid(id zk.ID) bool {
	if !s.known(id.Scheme) {
		return false
	}
	switch id.Scheme {
	case schemeIP:
		return ipValid(id.ID)
	case schemeX509:
		return dnValid(id.ID)
	case schemeSASL:
		return saslValid(id.ID)
	}
	return digestValid(id.ID)
}

// Allowed tells whether somebody with the given identities has any of the permissions in perm
// (ZooKeeperServer.checkACL). An empty list lets everybody do everything, and so does the scheme super.
func (s *Schemes) Allowed(acl []zk.ACL, perm zk.Perm, ids []zk.ID) bool {
	if s.cfg.SkipACL || len(acl) == 0 {
		return true
	}
	for i := range acl {
		if acl[i].Perms&perm != 0 && (isAnyone(acl[i].ID) || s.matchesAny(acl[i].ID, ids)) {
			return true
		}
	}
	for i := range ids {
		if ids[i].Scheme == schemeSuper {
			return true
		}
	}
	return false
}

// matchesAny tells whether an ACL entry's identity stands for one of the caller's.
func (s *Schemes) matchesAny(entry zk.ID, ids []zk.ID) bool {
	if !s.known(entry.Scheme) {
		return false
	}
	for i := range ids {
		if ids[i].Scheme != entry.Scheme {
			continue
		}
		if entry.Scheme == schemeDigest && ids[i].ID == entry.ID ||
			entry.Scheme == schemeIP && ipMatches(ids[i].ID, entry.ID) ||
			entry.Scheme == schemeSASL && s.saslMatches(ids[i].ID, entry.ID) ||
			entry.Scheme == schemeX509 && s.x509Matches(ids[i].ID, entry.ID) {
			return true
		}
	}
	return false
}

func isAnyone(id zk.ID) bool { return id.Scheme == schemeWorld && id.ID == idAnyone }

// Mask returns the list as somebody without PermAdmin sees it (getACL in FinalRequestProcessor): the hashes of digest
// entries read "x". A list without such entries is returned as it is.
func Mask(acl []zk.ACL) []zk.ACL {
	isDigest := func(entry zk.ACL) bool { return entry.ID.Scheme == schemeDigest }
	if !slices.ContainsFunc(acl, isDigest) {
		return acl
	}
	masked := slices.Clone(acl)
	for i := range masked {
		if isDigest(masked[i]) {
			masked[i].ID.ID = maskDigest(masked[i].ID.ID)
		}
	}
	return masked
}

// lineEnds are the characters that the dot of a Java pattern does not match.
const lineEnds = "\n\r\u0085\u2028\u2029"

// maskDigest replaces what follows the first colon by "x", line by line, as Apache's pattern ":.*" does.
func maskDigest(id string) string {
	var masked strings.Builder
	for {
		user, rest, found := strings.Cut(id, ":")
		masked.WriteString(user)
		if !found {
			return masked.String()
		}
		masked.WriteString(":x")
		end := strings.IndexAny(rest, lineEnds)
		if end < 0 {
			return masked.String()
		}
		id = rest[end:]
	}
}
