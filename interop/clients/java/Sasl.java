import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;

/**
 * What Apache's Java client sees of a server's SASL. Arguments: host:port, then the sections of the JAAS file to log in with, one
 * client each; "-" is a client without SASL. Each client works on znodes of its own, and on those of the clients before it. Prints
 * what comes of every step, without anything that differs from run to run.
 */
public final class Sasl {
    static final long PATIENCE_SECONDS = 60;

    interface Step {
        Object run() throws Exception;
    }

    static void say(String section, String what, Object result) {
        System.out.println(section + " " + what + ": " + result);
    }

    /** Does one step, and tells whether the connection outlived it. */
    static boolean step(String section, String what, Step step) throws Exception {
        try {
            say(section, what, step.run());
        } catch (KeeperException.ConnectionLossException | KeeperException.SessionExpiredException | KeeperException.AuthFailedException
                | KeeperException.SessionClosedRequireAuthException e) {
            say(section, what, "refused"); // which of them is a matter of time
            return false;
        } catch (KeeperException e) {
            say(section, what, e.code());
        }
        return true;
    }

    /** Connects, and waits until it is clear whether SASL succeeds, as far as it is tried. */
    static ZooKeeper connect(String address, String section, ConcurrentSkipListSet<String> states) throws Exception {
        ZKClientConfig config = new ZKClientConfig();
        boolean tries = !section.equals("-");
        config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, Boolean.toString(tries));
        config.setProperty(ZKClientConfig.LOGIN_CONTEXT_NAME_KEY, section);
        ZooKeeper zk = new ZooKeeper(address, 30000, event -> states.add(event.getState().toString()), config);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!states.contains("SaslAuthenticated") && !states.contains("AuthFailed") && (tries || !states.contains("SyncConnected"))) {
            if (System.nanoTime() > end) {
                throw new AssertionError(section + ": waited too long, states " + states);
            }
            Thread.sleep(10);
        }
        return zk;
    }

    static String acl(List<ACL> list) {
        List<String> texts = new ArrayList<>();
        for (ACL entry : list) {
            texts.add(entry.getPerms() + " " + entry.getId().getScheme() + ":" + entry.getId().getId());
        }
        return texts.toString();
    }

    static List<ACL> sasl(String... ids) {
        List<ACL> list = new ArrayList<>();
        for (String id : ids) {
            list.add(new ACL(31, new Id("sasl", id)));
        }
        return list;
    }

    static void work(ZooKeeper zk, String me, List<String> earlier) throws Exception {
        boolean alive = step(me, "whoAmI", () -> {
            TreeSet<String> ids = new TreeSet<>();
            List<ClientInfo> infos = zk.whoAmI();
            if (infos == null) { // what the client makes of a refusal
                throw new KeeperException.AuthFailedException();
            }
            for (ClientInfo info : infos) {
                ids.add(info.getAuthScheme() + ":" + info.getUser());
            }
            return ids;
        });
        if (!alive) {
            return; // every further request would wait for a connection, and be refused as well
        }
        String top = "/" + (me.equals("-") ? "nobody" : me);
        step(me, "create for all", () -> zk.create(top, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        step(me, "create for its creator", () -> zk.create(top + "/own", new byte[] {1}, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT));
        step(me, "its ACL", () -> acl(zk.getACL(top + "/own", new Stat())));
        for (String id : new String[] {"bob", "super", "reader", "", "bob/host", "bob/a/b", "bob/host@REALM", "bob/a/b@REALM", "a@b@c", "@"}) {
            String path = top + "/for-" + id.replace('/', '_');
            step(me, "create for " + id, () -> zk.create(path, new byte[] {2}, sasl(id), CreateMode.PERSISTENT));
            step(me, "read for " + id, () -> Arrays.toString(zk.getData(path, false, null)));
        }
        step(me, "create for two", () -> zk.create(top + "/for-two", null, sasl("alice", "bob", "alice"), CreateMode.PERSISTENT));
        step(me, "its ACL", () -> acl(zk.getACL(top + "/for-two", new Stat())));
        step(me, "create for auth and bob", () -> {
            List<ACL> list = new ArrayList<>(Ids.CREATOR_ALL_ACL);
            list.addAll(sasl("bob"));
            return zk.create(top + "/for-auth", null, list, CreateMode.PERSISTENT);
        });
        step(me, "its ACL", () -> acl(zk.getACL(top + "/for-auth", new Stat())));
        for (String other : earlier) {
            String name = other.equals("-") ? "nobody" : other;
            step(me, "read " + name, () -> Arrays.toString(zk.getData("/" + name + "/own", false, null)));
            step(me, "read two of " + name, () -> Arrays.toString(zk.getData("/" + name + "/for-two", false, null)));
            step(me, "read reader of " + name, () -> Arrays.toString(zk.getData("/" + name + "/for-reader", false, null)));
            step(me, "children of " + name, () -> {
                List<String> names = new ArrayList<>(zk.getChildren("/" + name, false));
                Collections.sort(names);
                return names;
            });
            step(me, "setACL of " + name, () -> zk.setACL("/" + name + "/for-two", sasl("alice"), -1).getAversion());
            step(me, "delete own of " + name, () -> {
                zk.delete("/" + name + "/for-super", -1);
                return "done";
            });
        }
        step(me, "auth with the scheme", () -> {
            zk.addAuthInfo("sasl", "bob".getBytes());
            return zk.exists(top, false) != null;
        });
    }

    public static void main(String[] args) throws Exception {
        List<String> earlier = new ArrayList<>();
        for (String section : Arrays.asList(args).subList(1, args.length)) {
            ConcurrentSkipListSet<String> states = new ConcurrentSkipListSet<>();
            ZooKeeper zk = connect(args[0], section, states);
            say(section, "told", states.contains("AuthFailed") ? "AuthFailed" : states.contains("SaslAuthenticated") ? "SaslAuthenticated" : "nothing");
            work(zk, section, earlier);
            zk.close();
            earlier.add(section);
        }
        System.exit(0); // threads that renew tickets
    }
}
