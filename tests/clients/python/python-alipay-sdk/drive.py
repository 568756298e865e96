"""Drives the sandbox with python-alipay-sdk; prints `ok …` for each thing that held."""

import json
import sys
import urllib.request

from alipay import AliPay, DCAliPay, ISVAliPay
from alipay.exceptions import AliPayException, AliPayValidationError

from shop import Shop, ok

SETTINGS = json.load(open(sys.argv[1], encoding="utf-8"))
SHOP = Shop(SETTINGS)
COUNT = 0


def client(kind, **more):
    common = {
        "appid": SETTINGS["app_id"],
        "app_notify_url": SHOP.notify_url,
        "app_private_key_string": SETTINGS["private_key"],
    }
    sdk = kind(**{**common, **more})
    sdk._gateway = SETTINGS["gateway"]
    return sdk


def number(kind):
    global COUNT
    COUNT += 1
    return f"Y{kind}{COUNT}"


def terms(kind):
    return {"out_trade_no": number(kind), "total_amount": "88.88", "subject": "测试 tea"}


def verified(sdk, form):
    """The form, if its signature holds and that of a changed one does not."""
    changed = dict(form, out_trade_no="another")
    kept = dict(form)
    sign, wrong = form.pop("sign"), changed.pop("sign")
    assert sdk.verify(form, sign), kept
    assert not sdk.verify(changed, wrong)
    return kept


def notified(sdk, out_trade_no):
    form = verified(sdk, SHOP.notified())
    assert (form["out_trade_no"], form["trade_status"]) == (out_trade_no, "TRADE_SUCCESS"), form


def everything(mode, sdk):
    order = terms(mode + "Q")
    name = order["out_trade_no"]
    said = sdk.api_alipay_trade_precreate(**order)
    assert said["code"] == "10000", said
    assert sdk.api_alipay_trade_query(name)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    SHOP.pay(name)
    notified(sdk, name)
    assert sdk.api_alipay_trade_query(name)["trade_status"] == "TRADE_SUCCESS"
    ok(f"{mode} precreate, notification, query")

    said = sdk.api_alipay_trade_refund("8.80", name, out_request_no="R1")
    assert (said["fund_change"], said["refund_fee"]) == ("Y", "8.80"), said
    said = sdk.api_alipay_trade_fastpay_refund_query("R1", out_trade_no=name)
    assert said["refund_status"] == "REFUND_SUCCESS", said
    assert verified(sdk, SHOP.notified())["out_biz_no"] == "R1"
    ok(f"{mode} refund, its query")

    # The library's own product code for phones is not the documented one.
    for what, more in [("page", {}), ("wap", {"product_code": "QUICK_WAP_WAY"})]:
        order = terms(mode + what)
        make = getattr(sdk, f"api_alipay_trade_{what}_pay")
        query = make(return_url="http://shop.test/back", **order, **more)
        back = SHOP.through_the_cashier(SHOP.visit(f"{SETTINGS['gateway']}?{query}"))
        form = verified(sdk, back)
        assert form["method"] == f"alipay.trade.{what}.pay.return", form
        notified(sdk, order["out_trade_no"])
        ok(f"{mode} {what}.pay, return_url")

    order = terms(mode + "A")
    string = sdk.api_alipay_trade_app_pay(**order)
    assert SHOP.in_app(string.replace("88.88", "88.87"))["resultStatus"] == "4000"
    said = SHOP.in_app(string)
    assert said["resultStatus"] == "9000", said
    kind = "alipay_trade_app_pay_response"
    node = sdk._verify_and_return_sync_response(said["result"], kind)
    assert node["out_trade_no"] == order["out_trade_no"]
    try:
        sdk._verify_and_return_sync_response(said["result"].replace("88.88", "88.87"), kind)
        raise AssertionError("a changed result was believed")
    except AliPayValidationError:
        pass
    notified(sdk, order["out_trade_no"])
    ok(f"{mode} app.pay")

    order = terms(mode + "C")
    said = sdk.api_alipay_trade_create(buyer_id="2088123412341234", **order)
    assert said["code"] == "10000", said
    assert sdk.api_alipay_trade_close(order["out_trade_no"])["code"] == "10000"
    said = sdk.api_alipay_trade_query(order["out_trade_no"])
    assert said["trade_status"] == "TRADE_CLOSED", said
    ok(f"{mode} create, close")

    order = terms(mode + "B")
    said = sdk.api_alipay_trade_pay(scene="bar_code", auth_code=SHOP.code(), **order)
    assert (said["code"], said["receipt_amount"]) == ("10000", "88.88"), said
    notified(sdk, order["out_trade_no"])
    assert sdk.api_alipay_trade_cancel(order["out_trade_no"])["action"] == "refund"
    SHOP.notified()
    order = dict(terms(mode + "L"), total_amount="1000.01")
    said = sdk.api_alipay_trade_pay(scene="bar_code", auth_code=SHOP.code(), **order)
    assert said["code"] == "10003", said
    assert sdk.api_alipay_trade_cancel(order["out_trade_no"])["action"] == "close"
    ok(f"{mode} pay, cancel")


def service_provider():
    """Acts for a merchant by a code that the merchant's page gave."""
    page = SETTINGS["oauth"].replace("publicAppAuthorize", "appToAppAuth")
    url = f"{page}?app_id={SETTINGS['app_id']}&redirect_uri=http%3A%2F%2Fshop.test%2F"
    code = SHOP.visit(url).split("app_auth_code=")[1].split("&")[0]
    key = SETTINGS["alipay_public_key"]
    sdk = client(ISVAliPay, alipay_public_key_string=key, app_auth_code=code)
    assert sdk.app_auth_token == SETTINGS["app_auth_token"]
    order = terms("S")
    assert sdk.api_alipay_trade_precreate(**order)["code"] == "10000"
    SHOP.pay(order["out_trade_no"])
    form = verified(sdk, SHOP.notified())
    assert form["app_id"] == SETTINGS["app_id"] and form["auth_app_id"] != form["app_id"]
    ok("a service provider acts for a merchant")


def forgeries(sdk):
    stranger = client(
        AliPay,
        app_private_key_string=SETTINGS["other_private_key"],
        alipay_public_key_string=SETTINGS["alipay_public_key"],
    )
    said = stranger.api_alipay_trade_query("X1")
    assert said["sub_code"] == "isv.invalid-signature", said
    rule = {"fault": "wrong_signature", "operation": "query", "channel": "alipay"}
    SHOP.control("/faults", rule)
    try:
        sdk.api_alipay_trade_query("X1")
        raise AssertionError("a wrong signature was believed")
    except AliPayValidationError:
        pass
    unknown = client(AliPay, appid="1", alipay_public_key_string=SETTINGS["alipay_public_key"])
    try:
        unknown.api_alipay_trade_query("X1")
        raise AssertionError("an unsigned answer was believed")
    except AliPayException as error:
        assert "isv.invalid-app-id" in str(error), error
    ok("a wrong signature is refused by both sides")


def certificates(sdk):
    wanted = SHOP.control("/alipay/certificate")["alipay_cert_sn"]
    query = sdk.api_alipay_open_app_alipaycert_download(wanted)
    text = urllib.request.urlopen(f"{SETTINGS['gateway']}?{query}").read().decode()
    kind = "alipay_open_app_alipaycert_download_response"
    assert "alipay_cert_content" in sdk._verify_and_return_sync_response(text, kind)
    ok("a renewed certificate is downloaded")


KEY = client(AliPay, alipay_public_key_string=SETTINGS["alipay_public_key"])
CERTIFICATE = client(
    DCAliPay,
    app_public_key_cert_string=SETTINGS["app_certificate"],
    alipay_public_key_cert_string=SETTINGS["alipay_certificate"],
    alipay_root_cert_string=SETTINGS["root_certificates"],
)
everything("key", KEY)
everything("certificate", CERTIFICATE)
service_provider()
forgeries(KEY)
certificates(CERTIFICATE)
