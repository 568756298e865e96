"""Creates a payment, with the standard library alone."""

import json
import os
import urllib.error
import urllib.request

URL, KEY, ORDER_NO = (os.environ[it] for it in ("PAYMUX_URL", "PAYMUX_KEY", "ORDER_NO"))


def create_payment(order):
    request = urllib.request.Request(
        f"{URL}/v1/payments",
        data=json.dumps(order).encode(),
        headers={
            "Authorization": f"Bearer {KEY}",
            # The same key on every repeat: the order is paid once, however often this is sent.
            "Idempotency-Key": order["order_no"],
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise RuntimeError(f"{problem['code']}: {problem['detail']} {problem.get('errors', '')}")


payment = create_payment(
    {
        "order_no": ORDER_NO,
        "amount": 888,
        "currency": "CNY",
        "subject": "Jasmine tea",
        "method": "qr",
    }
)
print(payment["id"], payment["status"], payment.get("action", {}).get("qr_code"))
