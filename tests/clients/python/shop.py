"""The merchant around a library under test: an inbox, the control API, a browser."""

import json
import queue
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


# Whatever is waited for has come by then.
socket.setdefaulttimeout(60)


class Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is looked at and not followed."""

    def redirect_request(self, *_):
        return None


class Shop:
    def __init__(self, settings):
        self.settings = settings
        self.received = queue.Queue()
        shop = self

        class Inbox(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"success")
                shop.received.put(body.decode("ascii"))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
        self.notify_url = f"http://127.0.0.1:{self.server.server_port}/notify"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.browser = urllib.request.build_opener(Stay)

    def notified(self, charset="utf-8"):
        form = self.received.get(timeout=60)
        return dict(urllib.parse.parse_qsl(form, encoding=charset))

    def control(self, path, body=None):
        data = json.dumps(body).encode() if body is not None else b""
        return json.loads(urllib.request.urlopen(self.settings["control"] + path, data).read())

    def pay(self, number):
        return self.control(f"/orders/alipay/{number}/pay")

    def code(self):
        return self.control("/codes", {"channel": "alipay"})["code"]

    def visit(self, url, data=None):
        """Where a browser is sent."""
        try:
            answer = self.browser.open(url, data)
            raise AssertionError(f"{answer.status}: {answer.read()[:500]}")
        except urllib.error.HTTPError as answer:
            assert answer.code == 303, (answer.code, answer.read()[:500])
            return answer.headers["location"]

    def through_the_cashier(self, cashier):
        """Opens, pays, and returns what the browser brings back to the merchant."""
        assert urllib.request.urlopen(cashier).status == 200
        back = self.visit(f"{cashier}/pay", b"")
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))

    def in_app(self, order_string):
        answer = urllib.request.urlopen(self.settings["sdk"], order_string.encode("ascii"))
        return json.loads(answer.read())


def ok(what):
    print(f"ok {what}", flush=True)
