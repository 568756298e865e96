import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Creates a payment, with what Java 17 brings along: {@code java CreatePayment.java}. */
public class CreatePayment {
    public static void main(String[] arguments) throws Exception {
        String orderNo = System.getenv("ORDER_NO");
        String order = """
            {
              "order_no": "%s",
              "amount": 888,
              "currency": "CNY",
              "subject": "Jasmine tea",
              "method": "qr"
            }""".formatted(orderNo);
        HttpRequest request = HttpRequest.newBuilder()
            .uri(URI.create(System.getenv("PAYMUX_URL") + "/v1/payments"))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + System.getenv("PAYMUX_KEY"))
            // The same key on every repeat: the order is paid once, however often this is sent.
            .header("Idempotency-Key", orderNo)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(order))
            .build();
        HttpResponse<String> answer =
            HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        // Hand the body to your JSON library; a problem is JSON, too.
        System.out.println(answer.body());
        if (answer.statusCode() >= 400) {
            System.exit(1);
        }
    }
}
