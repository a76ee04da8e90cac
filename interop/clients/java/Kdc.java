import java.io.File;
import org.apache.kerby.kerberos.kerb.server.SimpleKdcServer;

/**
 * A Kerberos key distribution centre for tests: Apache Kerby's, on the loopback. Arguments: a folder that exists, a realm, a
 * port, and principals without their realm. It writes krb5.conf into the folder, and for each principal a keytab with random
 * keys, named after it with "_" for "/". Prints "ready", and ends when its standard input ends.
 */
public final class Kdc {
    public static void main(String[] args) throws Exception {
        File dir = new File(args[0]);
        SimpleKdcServer kdc = new SimpleKdcServer();
        kdc.setWorkDir(dir);
        kdc.setKdcRealm(args[1]);
        kdc.setKdcHost("127.0.0.1");
        kdc.setKdcTcpPort(Integer.parseInt(args[2]));
        kdc.setAllowTcp(true);
        kdc.setAllowUdp(false);
        kdc.init();
        kdc.start();
        for (int i = 3; i < args.length; i++) {
            String principal = args[i] + "@" + args[1];
            kdc.createPrincipal(principal);
            kdc.exportPrincipal(principal, new File(dir, args[i].replace('/', '_') + ".keytab"));
        }
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // the test holds the other end
        }
        kdc.stop();
    }
}
