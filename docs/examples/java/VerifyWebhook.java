import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Receives webhooks and verifies them, with what Java 17 brings along. */
public class VerifyWebhook {
    static final String SECRET = System.getenv("WEBHOOK_SECRET"); // whsec_…

    /** Whether the body, byte for byte, is what the gateway sent. */
    static boolean verify(Headers headers, byte[] body) throws Exception {
        String id = headers.getFirst("webhook-id");
        String stamp = headers.getFirst("webhook-timestamp");
        String given = headers.getFirst("webhook-signature");
        if (id == null || stamp == null || given == null || !stamp.matches("\\d{1,12}")) {
            return false;
        }
        long age = System.currentTimeMillis() / 1000 - Long.parseLong(stamp);
        if (Math.abs(age) > 300) {
            return false;
        }
        byte[] key = Base64.getDecoder().decode(SECRET.replaceFirst("^whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + stamp + ".").getBytes(StandardCharsets.UTF_8));
        String code = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        byte[] expected = code.getBytes(StandardCharsets.UTF_8);
        return List.of(given.split(" ")).stream()
            .anyMatch(it -> MessageDigest.isEqual(it.getBytes(StandardCharsets.UTF_8), expected));
    }

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean genuine = false;
            try {
                genuine = verify(exchange.getRequestHeaders(), body);
            } catch (Exception error) {
                System.err.println(error);
            }
            if (genuine) {
                // Note the id and do the work in one transaction: the same event may come again.
                System.out.println(exchange.getRequestHeaders().getFirst("webhook-id"));
            }
            exchange.sendResponseHeaders(genuine ? 204 : 401, -1);
            exchange.close();
        });
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
    }
}
