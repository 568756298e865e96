"""Drives the sandbox with Alipay's own Python library; prints `ok …` for each thing that held."""

import html
import http.client
import io
import json
import re
import sys
import urllib.parse
import urllib.request
import zipfile

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.exception.Exception import ResponseException
from alipay.aop.api.request.AlipayDataDataserviceBillDownloadurlQueryRequest import (
    AlipayDataDataserviceBillDownloadurlQueryRequest,
)
from alipay.aop.api.request.AlipaySystemOauthTokenRequest import AlipaySystemOauthTokenRequest
from alipay.aop.api.request.AlipayTradeAppPayRequest import AlipayTradeAppPayRequest
from alipay.aop.api.request.AlipayTradeCancelRequest import AlipayTradeCancelRequest
from alipay.aop.api.request.AlipayTradeCloseRequest import AlipayTradeCloseRequest
from alipay.aop.api.request.AlipayTradeCreateRequest import AlipayTradeCreateRequest
from alipay.aop.api.request.AlipayTradeFastpayRefundQueryRequest import (
    AlipayTradeFastpayRefundQueryRequest,
)
from alipay.aop.api.request.AlipayTradePagePayRequest import AlipayTradePagePayRequest
from alipay.aop.api.request.AlipayTradePayRequest import AlipayTradePayRequest
from alipay.aop.api.request.AlipayTradePrecreateRequest import AlipayTradePrecreateRequest
from alipay.aop.api.request.AlipayTradeQueryRequest import AlipayTradeQueryRequest
from alipay.aop.api.request.AlipayTradeRefundRequest import AlipayTradeRefundRequest
from alipay.aop.api.request.AlipayTradeWapPayRequest import AlipayTradeWapPayRequest
from alipay.aop.api.util import WebUtils
from alipay.aop.api.util.SignatureUtils import get_sign_content, verify_with_rsa

from shop import Shop, ok

SETTINGS = json.load(open(sys.argv[1], encoding="utf-8"))
SHOP = Shop(SETTINGS)
COUNT = 0


def connect(url, query, timeout):
    """The library's own one adds the port, a number, to a text, and connects to 80."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    return f"{parts.path}?{query}", connection


WebUtils.get_http_connection = connect


def bare(pem):
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


def client(charset, private_key="private_key_pkcs1"):
    config = AlipayClientConfig()
    config.server_url = SETTINGS["gateway"]
    config.app_id = SETTINGS["app_id"]
    config.app_private_key = bare(SETTINGS[private_key])
    config.alipay_public_key = bare(SETTINGS["alipay_public_key"])
    config.charset = charset
    return DefaultAlipayClient(config)


def terms(kind, **more):
    global COUNT
    COUNT += 1
    order = {"out_trade_no": f"O{kind}{COUNT}", "total_amount": "88.88", "subject": "测试 tea"}
    return {**order, **more}


def ask(kind, biz):
    request = kind()
    request.biz_content = biz
    request.notify_url = SHOP.notify_url
    return request


def verified(form, charset):
    form.pop("sign_type")
    sign = form.pop("sign")
    key = bare(SETTINGS["alipay_public_key"])
    assert verify_with_rsa(key, get_sign_content(form).encode(charset), sign)
    changed = dict(form, out_trade_no="another")
    try:
        believed = verify_with_rsa(key, get_sign_content(changed).encode(charset), sign)
    except Exception:  # The library tells of a wrong signature so.
        believed = False
    assert not believed
    return form


def everything(charset):
    sdk = client(charset)

    def call(kind, biz):
        return json.loads(sdk.execute(ask(kind, biz)))

    def state(number):
        said = call(AlipayTradeQueryRequest, {"out_trade_no": number})
        return said.get("trade_status") or said["sub_code"]

    def notified(order):
        form = verified(SHOP.notified(charset), charset)
        assert form["out_trade_no"] == order["out_trade_no"], form
        assert form["subject"] == order["subject"], form

    order = terms(charset + "Q")
    name = order["out_trade_no"] = order["out_trade_no"].replace("-", "")
    assert call(AlipayTradePrecreateRequest, order)["code"] == "10000"
    assert state(name) == "ACQ.TRADE_NOT_EXIST"
    SHOP.pay(name)
    notified(order)
    assert state(name) == "TRADE_SUCCESS"
    ok(f"{charset} precreate, notification, query")

    refund = {"out_trade_no": name, "out_request_no": "R1", "refund_amount": "8.80"}
    assert call(AlipayTradeRefundRequest, refund)["refund_fee"] == "8.80"
    said = call(AlipayTradeFastpayRefundQueryRequest, refund)
    assert said["refund_status"] == "REFUND_SUCCESS", said
    assert verified(SHOP.notified(charset), charset)["out_biz_no"] == "R1"
    ok(f"{charset} refund, its query")

    for kind, product in [
        (AlipayTradePagePayRequest, "FAST_INSTANT_TRADE_PAY"),
        (AlipayTradeWapPayRequest, "QUICK_WAP_WAY"),
    ]:
        for verb in ["GET", "POST"]:
            order = terms(verb, product_code=product)
            request = ask(kind, order)
            request.return_url = "http://shop.test/back"
            page = sdk.page_execute(request, verb)
            back = SHOP.through_the_cashier(opened(page, verb, charset))
            assert verified(back, charset)["out_trade_no"] == order["out_trade_no"]
            notified(order)
            ok(f"{charset} {kind.__name__} by {verb}, return_url")

    order = terms("A", product_code="QUICK_MSECURITY_PAY")
    string = sdk.sdk_execute(ask(AlipayTradeAppPayRequest, order))
    assert SHOP.in_app(string.replace("88.88", "88.87"))["resultStatus"] == "4000"
    assert SHOP.in_app(string)["resultStatus"] == "9000"
    notified(order)
    ok(f"{charset} app.pay")

    order = terms("C", buyer_id="2088123412341234")
    assert call(AlipayTradeCreateRequest, order)["code"] == "10000"
    number = {"out_trade_no": order["out_trade_no"]}
    assert call(AlipayTradeCloseRequest, number)["code"] == "10000"
    assert state(order["out_trade_no"]) == "TRADE_CLOSED"
    ok(f"{charset} create, close")

    order = terms("B", scene="bar_code", auth_code=SHOP.code())
    said = call(AlipayTradePayRequest, order)
    assert said["code"] == "10000", said
    notified(order)
    said = call(AlipayTradeCancelRequest, {"out_trade_no": order["out_trade_no"]})
    assert said["action"] == "refund", said
    SHOP.notified()
    ok(f"{charset} pay, cancel")

    where = f"{SETTINGS['oauth']}?app_id={SETTINGS['app_id']}&scope=auth_base"
    sent = SHOP.visit(f"{where}&redirect_uri=http%3A%2F%2Fshop.test%2F")
    request = AlipaySystemOauthTokenRequest()
    request.grant_type = "authorization_code"
    request.code = dict(urllib.parse.parse_qsl(sent.split("?")[1]))["auth_code"]
    assert json.loads(sdk.execute(request))["user_id"].startswith("2088")
    assert json.loads(sdk.execute(request))["sub_code"] == "isv.code-invalid"
    ok(f"{charset} oauth")


def opened(page, verb, charset):
    """The page as a browser opens it."""
    if verb == "GET":
        return SHOP.visit(page)
    action = re.search(r'action="([^"]*)"', page).group(1)
    pairs = re.findall(r'name="([^"]*)" value="([^"]*)"', page)
    fields = {name: html.unescape(value) for name, value in pairs}
    return SHOP.visit(action, urllib.parse.urlencode(fields, encoding=charset).encode("ascii"))


def bill(charset):
    day = SHOP.control("/bills", {})["bill_date"]
    kind = AlipayDataDataserviceBillDownloadurlQueryRequest
    call = lambda asked: json.loads(client(charset).execute(ask(kind, asked)))
    there = call({"bill_type": "trade", "bill_date": day})["bill_download_url"]
    file = zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(there).read()))
    assert file.testzip() is None
    names = [one.orig_filename.encode("cp437").decode("gbk") for one in file.infolist()]
    assert [name.split("_", 2)[2] for name in names] == ["业务明细.csv", "业务明细(汇总).csv"], names
    text = file.read(file.infolist()[0]).decode("gbk")
    rows = [line.split(",") for line in text.split("\r\n") if line and line[0] != "#"]
    columns = rows.pop(0)
    assert all(len(row) == len(columns) for row in rows), rows
    paid = [row for row in rows if row[2] == "交易"]
    total = sum(int(row[11].replace(".", "")) for row in paid)
    said = f"#交易合计：{len(paid)}笔，商家实收共{total // 100}.{total % 100:02}元"
    assert len(paid) > 8 and said in text, text
    none = call({"bill_type": "trade", "bill_date": "2020-01-01"})
    assert none["sub_code"] == "isp.bill_not_exist", none
    ok(f"{charset} the bill of a day")


def forgeries():
    stranger = client("utf-8", "other_private_key_pkcs1")
    asked = ask(AlipayTradeQueryRequest, {"out_trade_no": "X1"})
    assert json.loads(stranger.execute(asked))["sub_code"] == "isv.invalid-signature"
    rule = {"fault": "wrong_signature", "operation": "query", "channel": "alipay"}
    SHOP.control("/faults", rule)
    try:
        client("utf-8").execute(asked)
        raise AssertionError("a wrong signature was believed")
    except ResponseException:
        pass
    ok("a wrong signature is refused by both sides")


everything("utf-8")
everything("GBK")
bill("utf-8")
bill("GBK")
forgeries()
