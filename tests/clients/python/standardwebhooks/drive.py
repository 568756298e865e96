"""Deliveries of the gateway, verified by PyPI standardwebhooks, and by cryptography for Ed25519,
which that library leaves aside."""

import base64
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

with open(sys.argv[1], encoding="utf-8") as file:
    settings = json.load(file)


def refused(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return True
    return False


def signed(key, body, headers):
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix("whpk_")))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    for signature in headers["webhook-signature"].split(" "):
        version, _, code = signature.partition(",")
        if version == "v1a":
            try:
                key.verify(base64.b64decode(code), text)
                return True
            except InvalidSignature:
                pass
    return False


for delivery in settings["deliveries"]:
    body, headers = delivery["body"], delivery["headers"]
    event = Webhook(settings["secret"]).verify(body, headers)
    assert event["type"] == delivery["type"], event
    assert refused(settings["secret"], body + " ", headers)
    assert refused(settings["other_secret"], body, headers)
    print("ok symmetric", event["type"])
    assert signed(settings["public_key"], body, headers), headers
    assert not signed(settings["public_key"], body + " ", headers)
    print("ok ed25519", event["type"])
