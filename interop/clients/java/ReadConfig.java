import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.apache.zookeeper.common.ConfigException;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;

/**
 * Has Apache ZooKeeper's own code read the zoo.cfg files that the arguments name, all in one JVM, and prints what it makes
 * of each: a line "file verdict", then lines "key value", both with the values encoded as in a URL.
 */
public class ReadConfig {

    public static void main(String[] files) {
        for (String file : files) {
            // What one file leaves behind in the JVM must not reach the next.
            System.getProperties().keySet().removeIf(key -> key.toString().startsWith("zookeeper."));
            QuorumPeerConfig.setStandaloneEnabled(true);
            QuorumPeerConfig.setReconfigEnabled(false);
            QuorumPeerConfig config = new QuorumPeerConfig();
            try {
                config.parse(file);
                print(file, config.isDistributed() ? "ensemble" : "standalone");
                show(config);
            } catch (ConfigException | IllegalArgumentException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                print(file, "refused");
                print("message", String.valueOf(cause.getMessage()));
            } catch (RuntimeException e) {
                print(file, "crashed");
                print("message", e.toString());
            }
        }
    }

    private static void show(QuorumPeerConfig config) {
        if (config.getClientPortAddress() != null) {
            print("clientPort", config.getClientPortAddress().getPort());
            boolean any = config.getClientPortAddress().getAddress().isAnyLocalAddress();
            print("clientPortAddress", any ? "" : config.getClientPortAddress().getAddress().getHostAddress());
        }
        print("dataDir", config.getDataDir());
        print("dataLogDir", config.getDataLogDir());
        print("tickTime", config.getTickTime());
        print("maxClientCnxns", config.getMaxClientCnxns());
        print("minSessionTimeout", config.getMinSessionTimeout());
        print("maxSessionTimeout", config.getMaxSessionTimeout());
        print("clientPortListenBacklog", config.getClientPortListenBacklog());
        print("autopurge.snapRetainCount", config.getSnapRetainCount());
        print("autopurge.purgeInterval", config.getPurgeInterval());
        print("reconfigEnabled", QuorumPeerConfig.isReconfigEnabled());
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith("zookeeper.")) {
                print("-D" + name, System.getProperty(name));
            }
        }
    }

    private static void print(String key, Object value) {
        System.out.println(encode(key) + " " + encode(String.valueOf(value)));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
