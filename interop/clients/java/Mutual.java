import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.security.PrivilegedExceptionAction;
import java.util.HexFormat;
import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.login.LoginContext;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;

/**
 * Java's own GSSAPI client, told to make the server prove itself too, which ZooKeeper's client does not ask for. Arguments: the
 * section of the JAAS file, the service and its host. Reads the server's tokens and prints its own, in hexadecimal digits, a line
 * each; "complete" at the end.
 */
public final class Mutual {
    public static void main(String[] args) throws Exception {
        LoginContext login = new LoginContext(args[0]);
        login.login();
        PrivilegedExceptionAction<Void> talk = () -> {
            SaslClient client = Sasl.createSaslClient(new String[] {"GSSAPI"}, null, args[1], args[2], Map.of(Sasl.SERVER_AUTH, "true"), null);
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
            byte[] token = client.evaluateChallenge(new byte[0]);
            while (true) {
                System.out.println(HexFormat.of().formatHex(token));
                if (client.isComplete()) {
                    System.out.println("complete");
                    return null;
                }
                token = client.evaluateChallenge(HexFormat.of().parseHex(in.readLine()));
            }
        };
        Subject.doAs(login.getSubject(), talk);
    }
}
