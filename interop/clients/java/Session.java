import static org.apache.zookeeper.KeeperException.Code.*;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;

/**
 * One real session of Apache's Java client, step by step. Arguments: host:port, and the path of a znode to work below.
 * Prints "ok step" after each step. Prints "RESTART how" when the server is to be restarted, and goes on when a line
 * comes on standard input. Any surprise is an exception and so a status other than 0.
 */
public final class Session {
    static final long PATIENCE_SECONDS = 60;

    interface Action {
        void run() throws Exception;
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    /** A watcher that keeps what it is told, except changes of the connection. */
    static final class Events implements Watcher {
        final BlockingQueue<WatchedEvent> queue = new ArrayBlockingQueue<>(100);

        @Override
        public void process(WatchedEvent event) {
            if (event.getType() != EventType.None) {
                queue.add(event);
            }
        }

        void expect(EventType type, String path) throws InterruptedException {
            WatchedEvent event = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            check(event != null, "no event for " + path);
            check(event.getType() == type && event.getPath().equals(path), "event " + event);
            check(queue.isEmpty(), "a second event");
        }
    }

    static void ok(String step) {
        System.out.println("ok " + step);
    }

    static void check(boolean holds, Object message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }

    static void fails(KeeperException.Code code, Action action) throws Exception {
        try {
            action.run();
        } catch (KeeperException e) {
            check(e.code() == code, "expected " + code + ", got " + e);
            return;
        }
        throw new AssertionError("expected " + code);
    }

    static void eventually(Condition condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (KeeperException.ConnectionLossException e) {
                // the client is still on its way back to a restarted server
            }
            check(System.nanoTime() < end, "waited too long");
            Thread.sleep(20);
        }
    }

    static byte[] bytes(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] b) {
        return new String(b, StandardCharsets.UTF_8);
    }

    final ZooKeeper zk;
    final ZooKeeper other;
    final String base;
    final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    Session(String address, String base) throws Exception {
        this.base = base;
        zk = connect(address);
        other = connect(address);
        ok("connect");
    }

    static ZooKeeper connect(String address) throws Exception {
        ZooKeeper client = new ZooKeeper(address, 30000, event -> { });
        eventually(() -> client.getState().isConnected());
        return client;
    }

    void plain() throws Exception {
        String node = base + "/node";
        check(zk.create(base, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT).equals(base), "path");
        check(zk.create(node, bytes("one"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT).equals(node), "path");
        fails(NODEEXISTS, () -> zk.create(node, bytes("again"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        Stat stat = new Stat();
        zk.create(base + "/second", bytes("with stat"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, stat);
        check(stat.getDataLength() == 9 && stat.getCzxid() == stat.getMzxid(), stat);
        ok("create");
        check(zk.exists(node, false).getVersion() == 0, "version");
        check(zk.exists(base + "/nothing", false) == null, "nothing");
        ok("exists");
        check(text(zk.getData(node, false, stat)).equals("one"), "data");
        check(stat.getVersion() == 0 && stat.getNumChildren() == 0 && stat.getEphemeralOwner() == 0, stat);
        check(zk.getData(base, false, null) == null, "null data came back as something else");
        ok("read");
        stat = zk.setData(node, bytes("two"), 0);
        check(stat.getVersion() == 1 && stat.getMzxid() > stat.getCzxid(), stat);
        check(text(zk.getData(node, false, null)).equals("two"), "data");
        ok("write");
        fails(BADVERSION, () -> zk.setData(node, bytes("three"), 0));
        fails(BADVERSION, () -> zk.delete(node, 7));
        ok("bad version");
        children(node);
        fails(NONODE, () -> zk.getData(node, false, null));
        fails(NONODE, () -> zk.delete(node, -1));
        fails(NONODE, () -> zk.create(base + "/missing/x", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        ok("no node");
    }

    void children(String node) throws Exception {
        Stat stat = new Stat();
        List<String> names = new ArrayList<>(zk.getChildren(base, false));
        Collections.sort(names);
        check(names.equals(Arrays.asList("node", "second")), names);
        check(zk.getChildren(base, false, stat).size() == 2 && stat.getNumChildren() == 2, stat);
        fails(NOTEMPTY, () -> zk.delete(base, -1));
        ok("children");
        zk.delete(node, 1);
        zk.delete(base + "/second", -1);
        check(zk.exists(node, false) == null, "still there");
        ok("delete");
    }

    void watches() throws Exception {
        String path = base + "/watched";
        Events existing = new Events();
        Events children = new Events();
        check(zk.exists(path, existing) == null, "there");
        zk.getChildren(base, children);
        other.create(path, bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        existing.expect(EventType.NodeCreated, path);
        ok("exists watch");
        children.expect(EventType.NodeChildrenChanged, base);
        ok("child watch");
        Events data = new Events();
        zk.getData(path, data, null);
        other.setData(path, bytes("2"), -1);
        data.expect(EventType.NodeDataChanged, path);
        zk.getData(path, data, null);
        other.delete(path, -1);
        data.expect(EventType.NodeDeleted, path);
        ok("data watch");
    }

    void modes() throws Exception {
        String path = base + "/ephemeral";
        zk.create(path, bytes("mine"), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        check(other.exists(path, false).getEphemeralOwner() == zk.getSessionId(), "owner");
        fails(NOCHILDRENFOREPHEMERALS,
            () -> zk.create(path + "/child", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        ok("ephemeral");
        String queue = base + "/queue";
        zk.create(queue, bytes(""), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        for (int i = 0; i < 3; i++) {
            String name = zk.create(queue + "/n-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL);
            check(name.equals(queue + "/n-000000000" + i), name);
        }
        String name = zk.create(queue + "/e-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL);
        check(name.equals(queue + "/e-0000000003"), name);
        ok("sequential");
    }

    void acls() throws Exception {
        String path = base + "/secret";
        zk.addAuthInfo("digest", bytes("alice:wonder"));
        zk.create(path, bytes("hidden"), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        fails(NOAUTH, () -> other.getData(path, false, null));
        fails(NOAUTH, () -> other.setData(path, bytes("x"), -1));
        fails(NOAUTH, () -> other.create(path + "/x", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        fails(NOAUTH, () -> other.getACL(path, null));
        fails(INVALIDACL, () -> other.create(base + "/x", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT));
        ok("acl denied");
        check(text(zk.getData(path, false, null)).equals("hidden"), "data");
        other.addAuthInfo("digest", bytes("alice:wonder"));
        check(text(other.getData(path, false, null)).equals("hidden"), "data");
        ok("acl allowed");
        Stat stat = new Stat();
        List<ACL> list = zk.getACL(path, stat);
        check(list.size() == 1 && list.get(0).getId().getScheme().equals("digest") && stat.getAversion() == 0, list);
        list.add(new ACL(1, new Id("world", "anyone")));
        stat = zk.setACL(path, list, 0);
        check(stat.getAversion() == 1, stat);
        check(zk.getACL(path, null).equals(list), "another list");
        fails(BADVERSION, () -> zk.setACL(path, list, 0));
        ok("set acl");
    }

    void multis() throws Exception {
        String path = base + "/multi";
        List<OpResult> results = zk.multi(Arrays.asList(
            Op.create(path, bytes("m"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.create(path + "/child", bytes("c"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.setData(path, bytes("m2"), 0),
            Op.check(path, 1),
            Op.delete(path + "/child", -1)));
        check(results.size() == 5, results);
        check(((OpResult.CreateResult) results.get(1)).getPath().equals(path + "/child"), results);
        check(((OpResult.SetDataResult) results.get(2)).getStat().getVersion() == 1, results);
        ok("multi");
        try {
            zk.multi(Arrays.asList(
                Op.create(base + "/never", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
                Op.check(path, 99),
                Op.delete(path, -1)));
            throw new AssertionError("a multi that had to fail");
        } catch (KeeperException e) {
            List<Integer> codes = new ArrayList<>();
            for (OpResult r : e.getResults()) {
                codes.add(((OpResult.ErrorResult) r).getErr());
            }
            check(e.code() == BADVERSION && codes.equals(Arrays.asList(0, -103, -2)), e + " " + codes);
        }
        check(zk.exists(base + "/never", false) == null && zk.exists(path, false) != null, "not undone");
        ok("failed multi");
    }

    void restart(String how) throws Exception {
        long before = zk.getSessionId();
        String path = base + "/ephemeral";
        Events changed = new Events();
        Events children = new Events();
        zk.getData(path, changed, null);
        zk.getChildren(base + "/queue", children);
        System.out.println("RESTART " + how);
        in.readLine();
        eventually(() -> text(zk.getData(path, false, null)).equals("mine"));
        check(zk.getSessionId() == before, "another session");
        eventually(() -> other.setData(path, bytes("mine"), -1) != null);
        changed.expect(EventType.NodeDataChanged, path);
        check(children.queue.isEmpty(), "an event without a change");
        ok("restart " + how);
    }

    void close() throws Exception {
        zk.close();
        eventually(() -> other.exists(base + "/ephemeral", false) == null);
        ok("close");
        other.close();
    }

    public static void main(String[] args) throws Exception {
        Session s = new Session(args[0], args[1]);
        s.plain();
        s.watches();
        s.modes();
        s.acls();
        s.zk.sync(s.base, (code, path, context) -> { }, null);
        check(s.zk.exists(s.base, false) != null, "base");
        ok("sync");
        s.multis();
        s.restart("clean");
        s.restart("kill");
        s.close();
    }
}
