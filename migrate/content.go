package migrate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"paddock/tree"
	"paddock/zk"
)

const aboutACL = "ACL"

// Content counts what the tree holds.
type Content struct {
	Znodes     int   `json:"znodes"` // as ZooKeeper counts, the root twice
	DataBytes  int64 `json:"dataBytes"`
	Ephemerals int   `json:"ephemerals"`
	Containers int   `json:"containers"`
	TTLs       int   `json:"ttls"`
	Quotas     int   `json:"quotas"`
	Sessions   int   `json:"sessions"`
	// The shortest and the longest timeout among the sessions.
	TimeoutMsMin int32 `json:"timeoutMsMin"`
	TimeoutMsMax int32 `json:"timeoutMsMax"`
	// Schemes has the number of znodes by the scheme of an entry of their ACL; one znode may have several.
	Schemes map[string]int `json:"aclSchemes"`
}

// content counts, and says what of it would not work as before. It gives the bytes that a plain snapshot takes.
func (c *checker) content(l *loading) (snapshotBytes int64) {
	const recordBytes = 4 + 4 + 8 + 60 // besides path and data
	l.Content = Content{Znodes: l.replay.Tree.Count(), Sessions: len(l.replay.Sessions), Schemes: map[string]int{}}
	t, examples := l.replay.Tree, map[string]string{}
	t.BeginWalk(math.MaxInt64)
	defer t.EndWalk()
	t.WalkStep(math.MaxInt, math.MaxInt, func(path, data []byte, acl tree.ACLRef, st *zk.StatPersisted) {
		snapshotBytes += int64(len(path)+len(data)) + recordBytes
		l.Content.count(string(path), len(data), st.EphemeralOwner)
		for scheme := range schemesOf(t.ACLList(acl)) {
			if l.Content.Schemes[scheme]++; l.Content.Schemes[scheme] == 1 {
				examples[scheme] = string(path)
			}
		}
	})
	for _, timeoutMs := range l.replay.Sessions {
		l.Content.timeout(timeoutMs)
	}
	c.tellSchemes(&l.Content, examples)
	c.tellKinds(&l.Content)
	c.tellSwap(l)
	return snapshotBytes
}

func (n *Content) count(path string, bytes int, owner int64) {
	n.DataBytes += int64(bytes)
	switch zk.OwnerKind(owner) {
	case zk.KindEphemeral:
		n.Ephemerals++
	case zk.KindContainer:
		n.Containers++
	case zk.KindTTL:
		n.TTLs++
	case zk.KindPersistent:
	}
	if strings.HasPrefix(path, zk.PathQuota+"/") && strings.HasSuffix(path, "/zookeeper_limits") {
		n.Quotas++
	}
}

func (n *Content) timeout(ms int32) {
	if n.TimeoutMsMin == 0 || ms < n.TimeoutMsMin {
		n.TimeoutMsMin = ms
	}
	n.TimeoutMsMax = max(n.TimeoutMsMax, ms)
}

// schemesOf is the set of schemes in a list.
func schemesOf(list []zk.ACL) map[string]bool {
	set := make(map[string]bool, 1)
	for i := range list {
		set[list[i].ID.Scheme] = true
	}
	return set
}

// tellSchemes names the schemes that nobody can prove here.
func (c *checker) tellSchemes(n *Content, examples map[string]string) {
	for _, scheme := range slices.Sorted(maps.Keys(n.Schemes)) {
		switch scheme {
		case "world", "ip", "auth", "super":
			continue
		case "digest":
			if !c.isTrue("DigestAuthenticationProvider.enabled") && c.settings["DigestAuthenticationProvider.enabled"] != nil {
				c.addf(Note, aboutACL, "%d znodes name identities of scheme digest, which the configuration switches off in both servers", n.Schemes[scheme])
			}
			continue
		}
		c.addf(Different, aboutACL, "%d znodes, such as %s, name identities of scheme %s, which Paddock does not have: those entries let nobody in",
			n.Schemes[scheme], quoted(examples[scheme]), scheme).
			advise("give these znodes a digest, ip or world entry while ZooKeeper serves, or reach them as the superuser (superDigest)")
	}
}

// quoted is a path as people write it.
func quoted(path string) string {
	if path == "" {
		path = zk.PathRoot
	}
	return fmt.Sprintf("%q", path)
}

// tellKinds is about kinds of znodes that not all configurations treat alike.
func (c *checker) tellKinds(n *Content) {
	if n.TTLs > 0 && !c.isTrue("extendedTypesEnabled") {
		c.addf(Different, aboutData, "there are %d znodes with a time to live, and extendedTypesEnabled is not true: Paddock keeps them for what "+
			"they are, ZooKeeper takes them for ephemerals of unknown sessions and deletes them at its start", n.TTLs).
			advise("put extendedTypesEnabled=true into %s before the way back, if they are to stay", c.ZooCfg)
	}
}

// tellSwap compares the time that loading took with the sessions' timeouts. Between the two servers nobody ends a session, and a
// start gives every one a fresh interval; but clients keep time too.
func (c *checker) tellSwap(l *loading) {
	shortest := time.Duration(l.Content.TimeoutMsMin) * time.Millisecond
	took := time.Duration(l.LoadSeconds * float64(time.Second))
	if l.Content.Sessions > 0 && took >= shortest {
		c.addf(Different, aboutServer, "loading takes about %s, and the shortest timeout among the sessions is %s: both servers keep such "+
			"sessions over a restart, but a client that keeps time itself gives up", took.Round(time.Millisecond), shortest)
	}
}
