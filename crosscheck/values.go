package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"paddock/interop"
)

// nullText stands for a null string: it is no path and no scheme of anybody.
const nullText = "null"

// textBytes gives what goes into a string field; nil is the protocol's null.
func textBytes(text string) []byte {
	if text == nullText {
		return nil
	}
	return []byte(text)
}

// oddPaths are paths that are refused, or that only just are not.
func oddPaths() []string {
	return []string{
		"", "a", "a/b", "//", "//a", "/a/", "/a//b", "/.", "/..", "/a/.", "/a/..", "/a/./b", "/a/../b", "/.a", "/...",
		"/..a", "/a ", " /a", "/%20", "/\x00", "/a\x00", "/a\x00b", "\x00", "/\x01", "/a\tb", "/\n", "/\x1f", "/ ", "/~", "/\x7f",
		"/\u0080", "/\u009f", "/\u00a0", "/\u00e9", "/\u65e5\u672c", "/\ud7ff", "/\ue000", "/\uf8ff", "/\uf900", "/\uffef",
		"/\ufff0", "/\ufffd", "/\ufffe", "/\uffff", "/\U00010000", "/\U0001f600", "/\U0010ffff",
		"/\xed\xa0\x80", "/\xed\xa0\xbd\xed\xb8\x80", "/\xed\xbf\xbf", "/\xff", "/\x80", "/\xc0\x80", "/\xc1\xbf", "/\xc3",
		"/\xc3(", "/\xe2\x82", "/\xe2\x82(", "/\xe0\x80\x80", "/\xf0\x9f\x98", "/\xf0\x80\x80\x80", "/\xf4\x90\x80\x80",
		"/\xf8\x88\x80\x80\x80", "/a/\xff\xfe", "/\xff/a", "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config",
		"/zookeeper/x", "/zookeeper/quota/x", "/zookeeper/config/x", "/zookeeper/", "/zookeeperx", "/" + strings.Repeat("x", 300),
		"/" + strings.Repeat("x", 70_000), strings.Repeat("/d", 200), strings.Repeat("/d", 200) + "/", strings.Repeat("/", 50),
	}
}

// identities are user:secret pairs that sessions take on and ACL lists name.
func identities() []string { return []string{"u1:p1", "u2:p2", "\u00fc:\u00f6"} }

// path picks mostly one that is likely to exist.
func (p *plan) path() string {
	if p.base != "" {
		return p.base + p.freshPath()
	}
	if p.wantsNulls() && p.rng.IntN(60) == 0 {
		return nullText
	}
	switch n := p.rng.IntN(100); {
	case n < 62 && len(p.paths) > 0:
		return pick(p, p.paths)
	case n < 88:
		return p.freshPath()
	case n < 92:
		return p.freshPath() + strings.TrimPrefix(pick(p, p.odd), "/")
	default:
		return pick(p, p.odd)
	}
}

// freshPath makes a path of one to three short names.
func (p *plan) freshPath() string {
	var b strings.Builder
	for range 1 + p.rng.IntN(3) {
		b.WriteByte('/')
		b.WriteByte("abcde"[p.rng.IntN(5)])
	}
	return b.String()
}

func (p *plan) data() []byte {
	if p.variant.frameBytesMax == 0 && p.rng.IntN(400) == 0 {
		return bytes.Repeat([]byte("big "), 50_000)
	}
	switch p.rng.IntN(10) {
	case 0:
		return nil
	case 1:
		return []byte{}
	case 2:
		return []byte(strings.Repeat("data", 300))
	default:
		return fmt.Appendf(nil, "d%d", p.rng.IntN(1000))
	}
}

// version picks any, the right one or a wrong one.
func (p *plan) version(known int32) int32 {
	switch n := p.rng.IntN(20); {
	case n < 11:
		return -1
	case n < 16:
		return known
	case n < 19:
		return int32(p.rng.IntN(4))
	default:
		return pick(p, []int32{-2, math.MaxInt32, math.MinInt32, known + 1})
	}
}

func (p *plan) mode() int32 {
	switch n := p.rng.IntN(100); {
	case n < 50:
		return 0
	case n < 65:
		return 1
	case n < 80:
		return 2
	case n < 90 || p.inMulti && n < 98:
		return 3
	default:
		return pick(p, []int32{-1, 4, 4, 4, 5, 6, 7, 8, math.MaxInt32, math.MinInt32})
	}
}

func (p *plan) perms() int32 {
	if p.rng.IntN(2) == 0 {
		return 31
	}
	return pick(p, []int32{0, 1, 2, 4, 8, 16, 3, 5, 9, 17, 30, 15, 32, 63, 255, -1, math.MinInt32})
}

// aclEntry is one entry as it goes into a request, nonsense included.
type aclEntry struct {
	perms      int32
	scheme, id string
}

func (p *plan) aclEntry() aclEntry {
	e := p.anyACLEntry()
	if p.wantsNulls() {
		switch p.rng.IntN(20) {
		case 0:
			e.scheme = nullText
		case 1, 2:
			e.id = nullText
		}
	}
	if p.inMulti {
		e.id = strings.ReplaceAll(e.id, "\U0001f600", "\u65e5") // see Limits
	}
	return e
}

func (p *plan) anyACLEntry() aclEntry {
	e := aclEntry{perms: p.perms()}
	if p.rng.IntN(4) == 0 {
		e.scheme = pick(p, []string{"world", "auth", "digest", "ip", "super", "x509", "sasl", "nosuch", "", "World"})
		e.id = pick(p, []string{"anyone", "", "Anyone", "a:b", ":", "a", "127.0.0.1", "\xff", "\U0001f600", "a:\u00e9"})
		return e
	}
	switch p.rng.IntN(4) {
	case 0:
		e.scheme, e.id = "world", "anyone"
	case 1:
		e.scheme, e.id = "auth", pick(p, []string{"", "x"})
	case 2:
		user, secret, _ := strings.Cut(pick(p, identities()), ":")
		e.scheme, e.id = "digest", interop.DigestID(user, secret)
		if p.rng.IntN(5) == 0 {
			e.id = pick(p, []string{"a:b", "a", ":", "a:", ":b", "a:b:c", "\xff:x", "a:\xf0\x9f\x98\x80", "a:\nb:c", "a\n:b"})
		}
	case 3:
		e.scheme = "ip"
		e.id = pick(p, []string{
			"127.0.0.1", "127.0.0.1/32", "127.0.0.0/8", "127.0.0.0/0", "10.0.0.0/8", "127.0.0.1/33", "127.0.0.1/-1", "127.0.0.1/",
			"/8", "127.0.0", "127.0.0.1.1", "256.0.0.1", "127.0.0.01", "+127.0.0.1", "::1", "::1/128", "::/0", "2001:db8::/32", ":::",
			"::ffff:127.0.0.1", "0:0:0:0:0:ffff:7f00:1", "1:2:3:4:5:6:7:8/129", "localhost", "127.0.0.1/8/8", " 127.0.0.1", "0.0.0.0/0",
		})
	}
	return e
}

// wantsNulls tells whether there may be nulls: not in a multi of a burst, see Limits.
func (p *plan) wantsNulls() bool { return p.nulls && (!p.inBurst || !p.inMulti) }

// acl makes a list; nil is null. Most are open, or soon nobody could do anything.
func (p *plan) acl() []aclEntry {
	open := aclEntry{perms: 31, scheme: "world", id: "anyone"}
	switch n := p.rng.IntN(20); {
	case n < 12:
		return []aclEntry{open}
	case n == 12:
		return pick(p, [][]aclEntry{nil, {}, {open, open}, {open, open, open, {perms: 1, scheme: "world", id: "anyone"}}})
	}
	list := make([]aclEntry, 0, 4)
	for range 1 + p.rng.IntN(3) {
		list = append(list, p.aclEntry())
	}
	if p.rng.IntN(4) == 0 {
		list = append(list, list[0])
	}
	return list
}

// pick takes one at random.
func pick[T any](p *plan, from []T) T { return from[p.rng.IntN(len(from))] }
