// Writes the captured files of this folder with Apache ZooKeeper's own classes (3.9.5 on the class path):
//
//   java -cp 'lib/*' Capture.java <folder>
//
// They are a snapshot of a fresh server, and one of a small tree plain, as gzip and as snappy.

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.persistence.FileSnap;
import org.apache.zookeeper.server.persistence.SnapStream;
import org.apache.zookeeper.txn.CreateTTLTxn;
import org.apache.zookeeper.txn.CreateTxn;
import org.apache.zookeeper.txn.DeleteTxn;
import org.apache.zookeeper.txn.SetACLTxn;
import org.apache.zookeeper.txn.SetDataTxn;
import org.apache.zookeeper.txn.TxnHeader;
import org.apache.jute.Record;

public class Capture {
    static final DataTree tree = new DataTree();
    static long zxid = 0;

    static void apply(long session, int type, Record txn) {
        zxid++;
        tree.processTxn(new TxnHeader(session, 0, zxid, 1700000000000L + zxid, type), txn);
    }

    static void create(String path, byte[] data, List<ACL> acl, long owner, int parentCVersion) {
        apply(owner, ZooDefs.OpCode.create, new CreateTxn(path, data, acl, owner != 0, parentCVersion));
    }

    static void save(File dir, ConcurrentHashMap<Long, Integer> sessions) throws Exception {
        String name = "snapshot." + Long.toHexString(tree.lastProcessedZxid) + SnapStream.getStreamMode().getFileExtension();
        FileSnap snap = new FileSnap(dir);
        snap.serialize(tree, sessions, new File(dir, name), true);
        System.out.println(name + " digest " + Long.toUnsignedString(tree.getTreeDigest())
            + " nodes " + tree.getNodeCount() + " bytes " + tree.cachedApproximateDataSize());
    }

    public static void main(String[] args) throws Exception {
        System.setProperty("zookeeper.extendedTypesEnabled", "true");
        File dir = new File(args[0]);
        ConcurrentHashMap<Long, Integer> sessions = new ConcurrentHashMap<>();
        save(dir, sessions);

        List<ACL> open = ZooDefs.Ids.OPEN_ACL_UNSAFE;
        List<ACL> digest = Arrays.asList(
            new ACL(ZooDefs.Perms.ALL, new Id("digest", "alice:K2WZu1JB7cVH9uX6vCGYDhYAcN8=")),
            new ACL(ZooDefs.Perms.READ, new Id("ip", "10.0.0.0/8")));
        long session = 0x1000abcd12340001L;
        sessions.put(session, 30000);
        sessions.put(0x1000abcd12340002L, 4000);
        create("/app", "hello".getBytes(StandardCharsets.UTF_8), open, 0, 1);
        create("/app/empty", new byte[0], digest, 0, 1);
        create("/app/null", null, open, 0, 2);
        create("/app/eph", "e".getBytes(StandardCharsets.UTF_8), digest, session, 3);
        create("/app/gone", "g".getBytes(StandardCharsets.UTF_8), open, 0, 4);
        create("/\u00fcml\u00e4ut \u4e2d", new byte[5000], Collections.singletonList(new ACL(ZooDefs.Perms.READ, new Id("world", "anyone"))), 0, 2);
        apply(session, ZooDefs.OpCode.createTTL, new CreateTTLTxn("/app/ttl", "t".getBytes(StandardCharsets.UTF_8), open, 5, 60000));
        apply(session, ZooDefs.OpCode.delete, new DeleteTxn("/app/gone"));
        apply(session, ZooDefs.OpCode.setData, new SetDataTxn("/app", "hello again".getBytes(StandardCharsets.UTF_8), 1));
        apply(session, ZooDefs.OpCode.setACL, new SetACLTxn("/app", digest, 1));
        apply(session, ZooDefs.OpCode.setData, new SetDataTxn("/", "root data".getBytes(StandardCharsets.UTF_8), 1));
        create("/zookeeper/quota/app", new byte[0], open, 0, 1);
        for (SnapStream.StreamMode mode : SnapStream.StreamMode.values()) {
            SnapStream.setStreamMode(mode);
            save(dir, sessions);
        }
    }
}
