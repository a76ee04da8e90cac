package apply

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"paddock/audit"
	"paddock/auth"
	"paddock/codec"
	"paddock/zk"
)

// audited is a house whose audit log is a list of short lines.
func audited(t *testing.T, options ...houseOption) (*house, *[]string) {
	var lines []string
	options = append(options, func(c *Config, _ *auth.Config) {
		c.AuditUser = "owner"
		c.Audit = func(e *audit.Event) {
			lines = append(lines, fmt.Sprintf("%s %s by %s from %s %s %s%s", e.Operation, e.Znode, e.User, e.IP, e.ZnodeType, e.ACL, e.Result))
		}
	})
	return newHouse(t, options...), &lines
}

// wantLines checks and forgets what was audited.
func wantLines(t *testing.T, lines *[]string, want ...string) {
	t.Helper()
	if !slices.Equal(*lines, want) {
		t.Errorf("got  %q\nwant %q", *lines, want)
	}
	*lines = nil
}

func TestWritesAreAuditedWhenTheyAreAppliedAndReadsAreNot(t *testing.T) {
	h, lines := audited(t)
	c := h.client()
	c.send(zk.OpCreate, create("/a", zk.ModePersistentSequential))
	wantLines(t, lines) // not durable yet
	h.commit()
	wantLines(t, lines, "create /a0000000000 by 127.0.0.1 from 127.0.0.1 persistent_sequential success")
	c.got()
	c.want(zk.ErrOK, zk.OpGetData, pathWatch("/", false))
	c.want(zk.ErrNoNode, zk.OpGetData, pathWatch("/none", false))
	wantLines(t, lines)
	c.want(zk.ErrNoNode, zk.OpDelete, pathVersion("/none", -1))
	c.want(zk.ErrNoNode, zk.OpSetData, setData("/none", "", -1))
	c.want(zk.ErrBadArguments, zk.OpCreate, create("/b", 99))
	c.want(zk.ErrMarshallingError, zk.OpSetData, setData("/torn", "", -1)[:12])
	c.want(zk.ErrMarshallingError, zk.OpSetData, nil)
	wantLines(t, lines,
		"delete /none by 127.0.0.1 from 127.0.0.1  failure", "setData /none by 127.0.0.1 from 127.0.0.1  failure",
		"create /b by 127.0.0.1 from 127.0.0.1  failure", "setData /torn by 127.0.0.1 from 127.0.0.1  failure",
		"setData  by 127.0.0.1 from 127.0.0.1  failure")
}

func TestDigestsAreNoPartOfTheAudit(t *testing.T) {
	h, lines := audited(t)
	c := h.client()
	c.sendXid(zk.XidAuth, zk.OpAuth, codec.AppendAuthPacket(nil, "digest", []byte("bob:hunter2")))
	c.got()
	c.want(zk.ErrOK, zk.OpSetACL, codec.AppendSetACLRequest(nil, "/", digestACL(t, zk.PermAll, "bob:hunter2"), -1))
	wantLines(t, lines, "setAcl / by bob,127.0.0.1 from 127.0.0.1  digest:bob:x:cdrwasuccess")
}

func TestAMultiIsAuditedByItsPartsOrAsARefusal(t *testing.T) {
	h, lines := audited(t)
	c := h.client()
	good := multiBody(
		zk.OpCreate, create("/m", zk.ModePersistent), zk.OpCreate2, create("/m/s", zk.ModePersistentSequential),
		zk.OpSetData, setData("/m", "", -1), zk.OpCheck, pathVersion("/m", -1), zk.OpDelete, pathVersion("/m/s0000000000", -1),
	)
	by := " by 127.0.0.1 from 127.0.0.1 "
	c.want(zk.ErrOK, zk.OpMulti, good)
	wantLines(t, lines, "create /m"+by+"persistent success", "create /m/s0000000000"+by+"persistent_sequential success",
		"setData /m"+by+" success", "delete /m/s0000000000"+by+" success")
	c.want(zk.ErrOK, zk.OpMulti, good)                             // refused: /m is there; the codes are in the parts
	c.want(zk.ErrMarshallingError, zk.OpMulti, []byte{0, 0, 0, 1}) // torn
	wantLines(t, lines, "multiOperation "+by+" failure", "multiOperation "+by+" failure")
}

func TestEphemeralsThatGoWithTheirSessionAreAuditedAsTheServersDoing(t *testing.T) {
	h, lines := audited(t)
	for _, end := range []func(*client){
		func(c *client) { c.want(zk.ErrOK, zk.OpCloseSession, nil) },
		func(c *client) { h.pass(5000); h.commit() },
	} {
		c := h.client()
		c.want(zk.ErrOK, zk.OpCreate, create("/e1", zk.ModeEphemeral))
		c.want(zk.ErrOK, zk.OpCreate, create("/e2", zk.ModeEphemeral))
		*lines = nil
		end(c)
		slices.Sort(*lines)
		const doing = audit.OpEphemeral
		wantLines(t, lines, doing+" /e1 by owner from   success", doing+" /e2 by owner from   success")
	}
}

func TestWhatTheServerDeletesByItselfIsNotAudited(t *testing.T) {
	h, lines := audited(t, func(c *Config, _ *auth.Config) { c.Reap = ReapConfig{CheckIntervalMs: 100, PerMinuteMax: 60_000} })
	c := h.client()
	c.want(zk.ErrOK, zk.OpCreateContainer, create("/c", zk.ModeContainer))
	c.want(zk.ErrOK, zk.OpCreate, create("/c/x", zk.ModePersistent))
	c.want(zk.ErrOK, zk.OpDelete, pathVersion("/c/x", -1))
	wantLines(t, lines, "create /c by 127.0.0.1 from 127.0.0.1 container success",
		"create /c/x by 127.0.0.1 from 127.0.0.1 persistent success", "delete /c/x by 127.0.0.1 from 127.0.0.1  success")
	for range 5 {
		h.pass(150)
		h.commit()
	}
	if h.p.tree.Lookup("/c") != 0 {
		t.Fatal("the container is still there")
	}
	wantLines(t, lines)
}

func TestAWriteOfAClientThatHasGoneIsAudited(t *testing.T) {
	h, lines := audited(t)
	c := h.client()
	c.send(zk.OpCreate, create("/late", zk.ModePersistent))
	h.p.Closed(c.id)
	h.commit()
	if len(*lines) != 1 || !strings.HasPrefix((*lines)[0], "create /late by 127.0.0.1") {
		t.Errorf("got %q", *lines)
	}
}
