"""One real session of kazoo, step by step. Arguments: host:port, and the path of a znode to work below.

Prints "ok <step>" after each step. Prints "RESTART <how>" when the server is to be restarted, and goes on when a line
comes on standard input. Any surprise is an exception and so a status other than 0.
"""

import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import (
    BadVersionError,
    NoAuthError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    RolledBackError,
    RuntimeInconsistency,
)
from kazoo.security import ACL, Id, make_digest_acl
from kazoo.protocol.states import EventType

PATIENCE = 60.0


def ok(step):
    print("ok", step, flush=True)


def raises(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error:
        return
    raise AssertionError("%s was expected from %s%r" % (error.__name__, call.__name__, args))


def eventually(check):
    deadline = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


class Watch:
    """A watcher that remembers its one event."""

    def __init__(self):
        self.event = None
        self.fired = threading.Event()

    def __call__(self, event):
        assert self.event is None, "a second event for a one-shot watch"
        self.event = event
        self.fired.set()

    def expect(self, kind, path):
        assert self.fired.wait(PATIENCE), "no event for " + path
        assert (self.event.type, self.event.path) == (kind, path), self.event


def connect(address):
    client = KazooClient(hosts=address, timeout=30.0)
    client.start(timeout=PATIENCE)
    return client


def plain(zk, base):
    assert zk.create(base, b"") == base
    node = base + "/node"
    assert zk.create(node, b"one") == node
    raises(NodeExistsError, zk.create, node, b"again")
    path, stat = zk.create(base + "/second", b"with stat", include_data=True)
    assert path == base + "/second" and stat.data_length == 9 and stat.czxid == stat.mzxid
    ok("create")
    assert zk.exists(node).version == 0
    assert zk.exists(base + "/nothing") is None
    ok("exists")
    data, stat = zk.get(node)
    assert data == b"one" and stat.version == 0 and stat.numChildren == 0 and stat.ephemeralOwner == 0
    ok("read")
    stat = zk.set(node, b"two", version=0)
    assert stat.version == 1 and stat.mzxid > stat.czxid
    assert zk.get(node)[0] == b"two"
    ok("write")
    raises(BadVersionError, zk.set, node, b"three", version=0)
    raises(BadVersionError, zk.delete, node, version=7)
    ok("bad version")
    assert sorted(zk.get_children(base)) == ["node", "second"]
    children, stat = zk.get_children(base, include_data=True)
    assert sorted(children) == ["node", "second"] and stat.numChildren == 2
    raises(NotEmptyError, zk.delete, base)
    ok("children")
    zk.delete(node, version=1)
    zk.delete(base + "/second")
    assert zk.exists(node) is None
    ok("delete")
    raises(NoNodeError, zk.get, node)
    raises(NoNodeError, zk.delete, node)
    raises(NoNodeError, zk.create, base + "/missing/child", b"")
    ok("no node")


def watches(zk, other, base):
    path = base + "/watched"
    existing, children = Watch(), Watch()
    assert zk.exists(path, watch=existing) is None
    zk.get_children(base, watch=children)
    other.create(path, b"1")
    existing.expect(EventType.CREATED, path)
    ok("exists watch")
    children.expect(EventType.CHILD, base)
    ok("child watch")
    data = Watch()
    zk.get(path, watch=data)
    other.set(path, b"2")
    data.expect(EventType.CHANGED, path)
    gone = Watch()
    zk.get(path, watch=gone)
    other.delete(path)
    gone.expect(EventType.DELETED, path)
    ok("data watch")


def modes(zk, other, base):
    path = base + "/ephemeral"
    zk.create(path, b"mine", ephemeral=True)
    assert other.exists(path).ephemeralOwner == zk.client_id[0]
    ok("ephemeral")
    zk.create(base + "/queue", b"")
    names = [zk.create(base + "/queue/n-", b"", sequence=True) for _ in range(3)]
    names.append(zk.create(base + "/queue/e-", b"", sequence=True, ephemeral=True))
    assert names == [base + "/queue/" + n for n in ("n-0000000000", "n-0000000001", "n-0000000002", "e-0000000003")], names
    ok("sequential")


def acls(zk, other, base):
    path = base + "/secret"
    zk.add_auth("digest", "alice:wonder")
    zk.create(path, b"hidden", acl=[make_digest_acl("alice", "wonder", all=True)])
    raises(NoAuthError, other.get, path)
    raises(NoAuthError, other.set, path, b"x")
    raises(NoAuthError, other.create, path + "/child", b"x")
    raises(NoAuthError, other.get_acls, path)
    ok("acl denied")
    assert zk.get(path)[0] == b"hidden"
    other.add_auth("digest", "alice:wonder")
    assert other.get(path)[0] == b"hidden"
    ok("acl allowed")
    list_, stat = zk.get_acls(path)
    assert list_[0].id.scheme == "digest" and stat.aversion == 0, list_
    stat = zk.set_acls(path, [ACL(31, Id("auth", "")), ACL(1, Id("world", "anyone"))], version=0)
    assert stat.aversion == 1
    list_, _ = zk.get_acls(path)
    assert [(a.perms, a.id.scheme) for a in list_] == [(31, "digest"), (1, "world")], list_
    raises(BadVersionError, zk.set_acls, path, list_, version=0)
    ok("set acl")


def multis(zk, base):
    path = base + "/multi"
    t = zk.transaction()
    t.create(path, b"m")
    t.create(path + "/child", b"c")
    t.set_data(path, b"m2", version=0)
    t.check(path, version=1)
    t.delete(path + "/child")
    result = t.commit()
    assert result[:2] == [path, path + "/child"] and result[2].version == 1 and result[3:] == [True, True], result
    ok("multi")
    t = zk.transaction()
    t.create(base + "/never", b"")
    t.check(path, version=99)
    t.delete(path)
    kinds = [type(r) for r in t.commit()]
    assert kinds == [RolledBackError, BadVersionError, RuntimeInconsistency], kinds
    assert zk.exists(base + "/never") is None and zk.exists(path) is not None
    ok("failed multi")


def restart(zk, base, how):
    before = zk.client_id
    print("RESTART", how, flush=True)
    sys.stdin.readline()
    eventually(lambda: zk.connected)
    assert zk.retry(zk.get, base + "/ephemeral")[0] == b"mine"
    assert zk.client_id == before, "another session"
    zk.retry(zk.set, base + "/ephemeral", b"mine")
    ok("restart " + how)


def main():
    address, base = sys.argv[1:]
    zk, other = connect(address), connect(address)
    ok("connect")
    plain(zk, base)
    watches(zk, other, base)
    modes(zk, other, base)
    acls(zk, other, base)
    zk.sync(base)
    ok("sync")
    multis(zk, base)
    restart(zk, base, "clean")
    restart(zk, base, "kill")
    zk.stop()
    zk.close()
    eventually(lambda: other.retry(other.exists, base + "/ephemeral") is None)
    ok("close")
    other.stop()
    other.close()


main()
