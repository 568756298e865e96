"""Drives the sandbox with PyPI wechatpayv3: the merchant's side of version 3, by somebody else's
code. Reads its settings from the file it is given, prints a line that begins with `ok` for each
thing that held, and fails at the first that did not."""

import gzip
import hashlib
import json
import os
import queue
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography.hazmat.primitives import serialization
from wechatpayv3 import SignType, WeChatPay, WeChatPayType
from wechatpayv3.type import RequestType

with open(sys.argv[1], encoding="utf-8") as settings:
    own = json.load(settings)
received = queue.Queue()
numbers = iter(range(1, 10_000))


class Shop(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        received.put((dict(self.headers), body.decode()))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


shop = HTTPServer(("127.0.0.1", 0), Shop)
threading.Thread(target=shop.serve_forever, daemon=True).start()
notify_url = f"http://127.0.0.1:{shop.server_port}/notify"


def number(kind):
    return f"{kind}py{os.getpid()}x{next(numbers)}"


def fetched(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data)) as response:
        return json.load(response)


def control(path, body=None):
    return fetched(own["control"] + path, body or {})


def pays(out_trade_no):
    control(f"/orders/wechat/{out_trade_no}/pay")


def client(**settings):
    key = own["private_key"].replace("-----BEGIN PRIVATE KEY-----", "")
    key = key.replace("-----END PRIVATE KEY-----", "").replace("\n", "")
    terms = dict(
        wechatpay_type=WeChatPayType.NATIVE, mchid=own["mch_id"], private_key=key,
        cert_serial_no=own["merchant_serial"], appid=own["app_id"],
        apiv3_key=own["api_v3_key"], notify_url=notify_url, timeout=(10, 30),
    )
    if own["by_certificate"]:
        folder = tempfile.mkdtemp()
        with open(f"{folder}/{own['certificate_serial']}.pem", "w", encoding="utf-8") as file:
            file.write(own["certificate"])
        terms.update(cert_dir=folder)
    else:
        terms.update(public_key=own["public_key"], public_key_id=own["public_key_id"])
    terms.update(settings)
    made = WeChatPay(**terms)
    made._core._gate_way = own["base"]
    return made


def said(answer, status=200):
    code, text = answer
    assert code == status, answer
    return json.loads(text) if text else None


def told(wxpay):
    headers, body = received.get(timeout=30)
    changed = body.replace('"summary"', '"Summary"')
    assert wxpay.callback(headers, changed) is None, "a changed byte is seen"
    event = wxpay.callback(headers, body)
    assert event, "the notification is signed"
    return event["resource"]


class Unredirected(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def open_id():
    query = urllib.parse.urlencode({
        "appid": own["app_id"], "redirect_uri": "https://shop.test/", "response_type": "code",
        "scope": "snsapi_base", "state": "1",
    })
    try:
        opener = urllib.request.build_opener(Unredirected)
        opener.open(f"{own['weixin']}/connect/oauth2/authorize?{query}")
        raise AssertionError("the page sends the browser back")
    except urllib.error.HTTPError as error:
        back = urllib.parse.urlparse(error.headers["location"])
    code = urllib.parse.parse_qs(back.query)["code"][0]
    query = urllib.parse.urlencode({
        "appid": own["app_id"], "secret": own["app_secret"], "code": code,
        "grant_type": "authorization_code",
    })
    return fetched(f"{own['weixin']}/sns/oauth2/access_token?{query}")["openid"]


def opens_the_cashier(wxpay, kind, prepay_id):
    at, nonce = str(int(time.time())), "a" * 32
    app = kind == WeChatPayType.APP
    last = prepay_id if app else f"prepay_id={prepay_id}"
    sign = wxpay.sign([own["app_id"], at, nonce, last], SignType.RSA_SHA256)
    names = {
        "appid": own["app_id"], "partnerid": own["mch_id"], "prepayid": prepay_id,
        "package": "Sign=WXPay", "noncestr": nonce, "timestamp": at, "sign": sign,
    } if app else {
        "appId": own["app_id"], "timeStamp": at, "nonceStr": nonce, "package": last,
        "signType": "RSA", "paySign": sign,
    }
    assert fetched(own["invoke"], names)["cashier"]


def every_product(wxpay):
    phone = {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
    kinds = [
        (WeChatPayType.NATIVE, {}, "code_url"),
        (WeChatPayType.JSAPI, {"payer": {"openid": open_id()}}, "prepay_id"),
        (WeChatPayType.MINIPROG, {"payer": {"openid": open_id()}}, "prepay_id"),
        (WeChatPayType.APP, {}, "prepay_id"),
        (WeChatPayType.H5, {"scene_info": phone}, "h5_url"),
    ]
    for kind, more, following in kinds:
        out_trade_no = number(kind.name)
        prepaid = said(wxpay.pay(
            description="测试 <tea>", out_trade_no=out_trade_no, attach="a&b", pay_type=kind,
            amount={"total": 100, "currency": "CNY"}, **more,
        ))
        assert prepaid[following], prepaid
        if following == "prepay_id":
            opens_the_cashier(wxpay, kind, prepaid[following])
        assert said(wxpay.query(out_trade_no=out_trade_no))["trade_state"] == "NOTPAY"
        pays(out_trade_no)
        paid = said(wxpay.query(out_trade_no=out_trade_no))
        assert paid["trade_state"] == "SUCCESS"
        assert said(wxpay.query(transaction_id=paid["transaction_id"])) == paid
        assert told(wxpay) == paid, "the notification says what the query says"
        refunds(wxpay, out_trade_no)


def refunds(wxpay, out_trade_no):
    out_refund_no = number("R")
    asked = dict(
        out_trade_no=out_trade_no, out_refund_no=out_refund_no, reason="退",
        amount={"refund": 30, "total": 100, "currency": "CNY"}, notify_url=notify_url,
    )
    refund = said(wxpay.refund(**asked))
    assert refund["status"] == "PROCESSING"
    control(f"/refunds/{out_refund_no}/finish", {"status": "abnormal"})
    assert said(wxpay.query_refund(out_refund_no))["status"] == "ABNORMAL"
    assert told(wxpay)["refund_status"] == "ABNORMAL"
    again = said(wxpay.abnormal_refund(
        refund["refund_id"], out_refund_no, "USER_BANK_CARD", bank_type="CMB_DEBIT",
        bank_account="6225880000000000", real_name="张三",
    ))
    assert again["status"] == "PROCESSING"
    control(f"/refunds/{out_refund_no}/finish", {"status": "success"})
    assert told(wxpay)["refund_status"] == "SUCCESS"


def closing_and_the_till(wxpay):
    out_trade_no = number("C")
    amount = {"total": 100, "currency": "CNY"}
    said(wxpay.pay(description="tea", out_trade_no=out_trade_no, amount=amount))
    said(wxpay.close(out_trade_no), 204)
    assert said(wxpay.query(out_trade_no=out_trade_no))["trade_state"] == "CLOSED"
    assert said(wxpay.query(out_trade_no=number("U")), 404)["code"] == "ORDER_NOT_EXIST"
    code = control("/codes", {"channel": "wechat", "confirm": True})["code"]
    charge = dict(
        description="tea", out_trade_no=number("T"), amount=amount,
        payer={"auth_code": code}, scene_info={"store_info": {"id": "1"}},
        pay_type=WeChatPayType.CODEPAY,
    )
    assert said(wxpay.pay(**charge), 202)["trade_state"] == "USERPAYING"
    said(wxpay.codepay_reverse(charge["out_trade_no"]))
    assert said(wxpay.query(out_trade_no=charge["out_trade_no"]))["trade_state"] == "REVOKED"


def orders_paid_together(wxpay):
    combined, subs = number("M"), [number("S"), number("S")]
    sub = lambda own_number: {
        "mchid": own["mch_id"], "attach": "shop", "description": "tea",
        "out_trade_no": own_number, "amount": {"total_amount": 50, "currency": "CNY"},
    }
    said(wxpay.combine_pay(combined, [sub(one) for one in subs]))
    pays(subs[0])
    paid = said(wxpay.combine_query(combined))
    assert [one["trade_state"] for one in paid["sub_orders"]] == ["SUCCESS", "SUCCESS"]
    assert told(wxpay) == paid
    combined, subs = number("M"), [number("S"), number("S")]
    said(wxpay.combine_pay(combined, [sub(one) for one in subs]))
    named = [{"mchid": own["mch_id"], "out_trade_no": one} for one in subs]
    said(wxpay.combine_close(combined, named), 204)


def a_provider(_):
    wxpay = client(partner_mode=True)
    out_trade_no, sub = number("P"), own["sub_mch_id"]
    said(wxpay.pay(
        description="tea", out_trade_no=out_trade_no, sub_mchid=sub,
        amount={"total": 100, "currency": "CNY"},
    ))
    pays(out_trade_no)
    paid = said(wxpay.query(out_trade_no=out_trade_no, sub_mchid=sub))
    assert paid["sub_mchid"] == sub
    assert told(wxpay) == paid


def sealed_for_the_merchant(wxpay):
    sealed = wxpay._core.encrypt("张三")
    echoed = said(wxpay._core.request(
        "/v3/security/echo", method=RequestType.POST,
        data={"echo_message": "x", "encrypted_echo_message": sealed}, cipher_data=True,
    ))
    assert wxpay.decrypt(echoed["encrypted_echo_message"]) == "张三"


def bills(wxpay):
    day = control("/bills")["bill_date"]
    text = downloaded(wxpay, wxpay.trade_bill(day, "ALL")).decode("utf-8-sig")
    *rows, _, totals, end = text.split("\r\n")
    columns = rows.pop(0).split(",")
    cells = [row.removeprefix("`").split(",`") for row in rows]
    assert end == "" and len(cells) > 8 and all(len(row) == len(columns) for row in cells)
    count, sold, *_ = totals.removeprefix("`").split(",`")
    assert float(count) == len(cells)
    assert float(sold) == round(sum(float(row[columns.index("订单金额")]) for row in cells), 2)
    flow = downloaded(wxpay, wxpay.fundflow_bill(day)).decode("utf-8-sig")
    assert f",`{sold},`" in flow.split("\r\n")[-2]
    said(wxpay.trade_bill("2020-01-01"), 400)


def downloaded(wxpay, answer):
    """The file at the address, unpacked, whose hash is the one that was said of it."""
    there = said(answer)
    status, packed = wxpay.download_bill(there["download_url"])
    assert status == 200, packed
    text = gzip.decompress(packed)
    assert hashlib.sha1(text).hexdigest() == there["hash_value"]
    return text


def what_is_changed_is_refused(wxpay):
    control("/faults", {"fault": "wrong_signature", "operation": "query", "channel": "wechat"})
    out_trade_no = number("W")
    said(wxpay.pay(
        description="tea", out_trade_no=out_trade_no, amount={"total": 1, "currency": "CNY"},
    ))
    try:
        wxpay.query(out_trade_no=out_trade_no)
    except Exception as error:
        assert "verify the signature" in str(error), error
    else:
        raise AssertionError("a wrong signature is seen")
    key = serialization.load_pem_private_key(own["other_private_key"].encode(), None)
    stranger = client()
    stranger._core._private_key = key
    assert said(stranger.query(out_trade_no=out_trade_no), 401)["code"] == "SIGN_ERROR"


wxpay = client()
for part in [
    every_product, closing_and_the_till, orders_paid_together, a_provider,
    sealed_for_the_merchant, bills, what_is_changed_is_refused,
]:
    part(wxpay)
    print(f"ok {part.__name__}", flush=True)
