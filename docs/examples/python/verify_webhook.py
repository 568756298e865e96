"""Receives webhooks and verifies them, with the standard library alone."""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["WEBHOOK_SECRET"]  # whsec_…


def verify(headers, body):
    """Whether the body, byte for byte, is what the gateway sent."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    event, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > 300:
        return False
    signed = event.encode() + b"." + stamp.encode() + b"." + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(it.encode(), expected.encode()) for it in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        genuine = verify(self.headers, body)
        if genuine:
            event = json.loads(body)
            # Note the id and do the work in one transaction: the same event may come again.
            print(event["id"], event["type"], flush=True)
        self.send_response(204 if genuine else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
