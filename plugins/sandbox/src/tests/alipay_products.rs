//! Alipay: the products beside the code and the page, and taking a charge back.

use serde_json::{Value, json};

use super::merchant::Params;
use super::rig::{Rig, precreate};
use crate::{Channel, Config, Product, Status};

const PAY: &str = "alipay.trade.pay";

fn barcode(number: &str, code: &str, yuan: &str) -> Value {
    json!({
        "out_trade_no": number, "total_amount": yuan, "subject": "tea",
        "scene": "bar_code", "auth_code": code,
    })
}

fn fresh(rig: &Rig, confirm: bool) -> String {
    rig.sandbox.payment_code(Channel::Alipay, None, confirm).unwrap()
}

#[tokio::test]
async fn a_till_charges_a_code_once() {
    let mut rig = Rig::start().await;
    let code = fresh(&rig, false);
    let node = rig.alipay(PAY, barcode("B1", &code, "88.88")).await;
    assert_eq!((&node["code"], &node["total_amount"]), (&json!("10000"), &json!("88.88")));
    assert_eq!(node["fund_bill_list"][0]["fund_channel"], "ALIPAYACCOUNT");
    let form = rig.merchant.open_form(&rig.inbox.next().await.body).unwrap();
    assert_eq!(form["trade_status"], "TRADE_SUCCESS");
    let again = rig.alipay(PAY, barcode("B1", &code, "88.88")).await;
    assert_eq!(again["sub_code"], "ACQ.TRADE_HAS_SUCCESS");
    let other = rig.alipay(PAY, barcode("B2", &code, "88.88")).await;
    assert_eq!(other["sub_code"], "ACQ.PAYMENT_AUTH_CODE_INVALID", "a code is used once");
    for wrong in ["130000000000000000", "28", "281234567890123456"] {
        let node = rig.alipay(PAY, barcode("B2", wrong, "88.88")).await;
        assert_eq!(node["sub_code"], "ACQ.PAYMENT_AUTH_CODE_INVALID", "{wrong}");
    }
    assert_eq!(rig.sandbox.books()[&Channel::Alipay].paid_orders, 1);
}

#[tokio::test]
async fn a_large_charge_waits_for_the_payers_password() {
    let mut rig = Rig::start().await;
    let code = fresh(&rig, false);
    let node = rig.alipay(PAY, barcode("B1", &code, "1000.01")).await;
    assert_eq!(
        (&node["code"], &node["msg"], &node["receipt_amount"]),
        (&json!("10003"), &json!(" order success pay inprocess"), &json!("0.00"))
    );
    let again = rig.alipay(PAY, barcode("B1", &code, "1000.01")).await;
    assert_eq!(again["code"], "10003", "the same code at the same till");
    assert_eq!(rig.alipay_state("B1").await, "WAIT_BUYER_PAY");
    let phone = rig.get("/wallet/alipay").await.text;
    assert!(phone.contains("¥1000.01") && phone.contains("<svg"), "{phone}");
    let token = rig.sandbox.order(Channel::Alipay, "B1").unwrap().token;
    rig.call("POST", &format!("/wallet/alipay/{token}/pay"), "").await;
    assert_eq!(rig.alipay_state("B1").await, "TRADE_SUCCESS");
    rig.inbox.next().await;
    let below = rig.alipay(PAY, barcode("B2", &fresh(&rig, false), "1000.00")).await;
    assert_eq!(below["code"], "10000");
    let asking = rig.alipay(PAY, barcode("B3", &fresh(&rig, true), "0.01")).await;
    assert_eq!(asking["code"], "10003");
    let token = rig.sandbox.order(Channel::Alipay, "B3").unwrap().token;
    rig.call("POST", &format!("/wallet/alipay/{token}/decline"), "").await;
    assert!(rig.sandbox.order(Channel::Alipay, "B3").unwrap().declined);
    assert!(rig.get("/wallet/alipay").await.text.contains("Nothing to confirm"));
}

#[tokio::test]
async fn a_payer_without_money_is_refused_and_may_come_back() {
    let rig = Rig::start().await;
    let payer = rig.sandbox.put_payer(Channel::Alipay, None, Some(100)).unwrap();
    let code = || rig.sandbox.payment_code(Channel::Alipay, Some(&payer.id), false).unwrap();
    let node = rig.alipay(PAY, barcode("B1", &code(), "1.01")).await;
    assert_eq!(node["sub_code"], "ACQ.BUYER_BALANCE_NOT_ENOUGH");
    assert_eq!(rig.alipay_state("B1").await, "WAIT_BUYER_PAY");
    let stranger = rig.alipay(PAY, barcode("B1", &fresh(&rig, false), "1.01")).await;
    assert_eq!(stranger["sub_code"], "ACQ.TRADE_BUYER_NOT_MATCH");
    rig.sandbox.put_payer(Channel::Alipay, Some(&payer.id), Some(200)).unwrap();
    let node = rig.alipay(PAY, barcode("B1", &code(), "1.01")).await;
    assert_eq!((&node["code"], &node["buyer_user_id"]), (&json!("10000"), &json!(payer.id)));
    let left = rig.sandbox.payers().into_iter().find(|one| one.id == payer.id).unwrap();
    assert_eq!(left.balance_fen, Some(99));
}

#[tokio::test]
async fn a_cancel_closes_or_gives_back_and_says_which() {
    let rig = Rig::start().await;
    let cancel = async |number: &str| {
        let node = rig.alipay("alipay.trade.cancel", json!({ "out_trade_no": number })).await;
        assert_eq!((&node["code"], &node["retry_flag"]), (&json!("10000"), &json!("N")), "{node}");
        node["action"].as_str().unwrap_or("nothing").to_owned()
    };
    assert_eq!(cancel("B0").await, "nothing");
    rig.alipay(PAY, barcode("B1", &fresh(&rig, true), "1.00")).await;
    assert_eq!(cancel("B1").await, "close");
    assert_eq!(rig.alipay_state("B1").await, "TRADE_CLOSED");
    rig.alipay(PAY, barcode("B2", "280000000000000000", "1.00")).await;
    assert_eq!((cancel("B2").await, cancel("B2").await), ("refund".into(), "refund".into()));
    assert_eq!(rig.alipay_state("B2").await, "TRADE_CLOSED");
    assert_eq!(rig.sandbox.books()[&Channel::Alipay].refunded_fen, 100);
    let wallet = rig.precreate("A1", "tea").await;
    assert_eq!(cancel("A1").await, "nothing", "nobody has opened the code");
    rig.get(&wallet).await;
    assert_eq!(cancel("A1").await, "close");
    rig.arm(json!({ "fault": "ask_again" })).await;
    let node = rig.alipay("alipay.trade.cancel", json!({ "out_trade_no": "B1" })).await;
    assert_eq!((&node["retry_flag"], &node["out_trade_no"]), (&json!("Y"), &json!("B1")));
}

#[tokio::test]
async fn a_trade_is_created_for_a_buyer() {
    let rig = Rig::start().await;
    let with = |number: &str, more: Value| {
        let mut biz = precreate(number, "tea");
        biz.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        biz
    };
    let create = async |biz: Value| rig.alipay("alipay.trade.create", biz).await;
    let buyer = json!({ "buyer_id": "2088123412341234" });
    let node = create(with("C1", buyer.clone())).await;
    assert_eq!(node["code"], "10000", "{node}");
    assert_eq!(rig.alipay_state("C1").await, "WAIT_BUYER_PAY", "it exists at once");
    let again = create(with("C1", buyer)).await;
    assert_eq!(again["trade_no"], node["trade_no"]);
    let other = create(with("C1", json!({ "buyer_id": "2088123412341235" }))).await;
    assert_eq!(other["sub_code"], "ACQ.TRADE_BUYER_NOT_MATCH");
    let open_id = rig.sandbox.payers()[0].open_id.clone();
    let mini = json!({
        "buyer_open_id": open_id, "op_app_id": "2021000000000009", "product_code": "JSAPI_PAY",
    });
    assert_eq!(create(with("C2", mini)).await["code"], "10000");
    let order = rig.sandbox.order(Channel::Alipay, "C2").unwrap();
    assert_eq!((order.product, order.status), (Product::MiniProgram, Status::Waiting));
    for (more, expected) in [
        (json!({}), "ACQ.INVALID_PARAMETER"),
        (json!({ "buyer_id": "1" }), "ACQ.INVALID_PARAMETER"),
        (json!({ "buyer_open_id": "nobody" }), "isv.invalid-openid"),
        (json!({ "buyer_id": "2088123412341234", "op_app_id": "wx1" }), "ACQ.UNBOUND_APPLICATION"),
        (
            json!({ "buyer_id": "2088123412341234", "product_code": "JSAPI_PAY" }),
            "ACQ.INVALID_PARAMETER",
        ),
    ] {
        assert_eq!(create(with("C3", more.clone())).await["sub_code"], expected, "{more}");
    }
}

#[tokio::test]
async fn a_phone_page_goes_back_or_quits() {
    let rig = Rig::start().await;
    let open = async |number: &str| {
        let mut biz = precreate(number, "tea");
        biz["product_code"] = json!("QUICK_WAP_WAY");
        biz["quit_url"] = json!("http://shop.test/quit");
        let mut params = rig.merchant.alipay_params("alipay.trade.wap.pay", &biz);
        params.insert("return_url".into(), "http://shop.test/back".into());
        let reply = rig.gateway(&rig.merchant.sign_alipay(params)).await.unwrap();
        let cashier = reply.headers["location"].to_str().unwrap().to_owned();
        cashier.strip_prefix(&rig.at("")).unwrap().to_owned()
    };
    let wallet = open("H1").await;
    rig.get(&wallet).await;
    let back = rig.call("POST", &format!("{wallet}/pay"), "").await;
    let back = back.headers["location"].to_str().unwrap().to_owned();
    let form = rig.merchant.open_form(back.strip_prefix("http://shop.test/back?").unwrap());
    assert_eq!(form.unwrap()["method"], "alipay.trade.wap.pay.return");
    let wallet = open("H2").await;
    let quit = rig.call("POST", &format!("{wallet}/cancel"), "").await;
    assert_eq!(quit.headers["location"], "http://shop.test/quit");
}

#[tokio::test]
async fn an_order_string_is_paid_inside_the_app() {
    let mut rig = Rig::start().await;
    let string = |number: &str| {
        let mut biz = precreate(number, "茶 tea");
        biz["product_code"] = json!("QUICK_MSECURITY_PAY");
        let mut params = rig.merchant.alipay_params("alipay.trade.app.pay", &biz);
        params.insert("notify_url".into(), format!("{}/alipay", rig.inbox.url));
        let params = rig.merchant.sign_alipay(params);
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish()
    };
    let (first, second) = (string("P1"), string("P2"));
    let said = rig.call("POST", "/alipay/sdk", &first).await.json();
    assert_eq!(said["resultStatus"], "9000", "{said}");
    let result = said["result"].as_str().unwrap();
    let result = result.replace(",\"sign_type\":\"RSA2\"}", "}");
    let node = rig.merchant.open_alipay("alipay.trade.app.pay", &result).unwrap();
    assert_eq!((&node["out_trade_no"], &node["total_amount"]), (&json!("P1"), &json!("88.88")));
    let form = rig.merchant.open_form(&rig.inbox.next().await.body).unwrap();
    assert_eq!((&*form["out_trade_no"], &*form["trade_status"]), ("P1", "TRADE_SUCCESS"));
    let cancelled = rig.call("POST", "/alipay/sdk?act=cancel", &second).await.json();
    assert_eq!(cancelled["resultStatus"], "6001");
    assert_eq!(rig.alipay_state("P2").await, "ACQ.TRADE_NOT_EXIST");
    let waits = rig.call("POST", "/alipay/sdk?act=wait", &second).await.json();
    assert_eq!(waits["resultStatus"], "8000");
    assert_eq!(rig.alipay_state("P2").await, "WAIT_BUYER_PAY");
    let tampered = first.replace("88.88", "88.89");
    let refused = rig.call("POST", "/alipay/sdk", &tampered).await.json();
    assert_eq!(refused["resultStatus"], "4000");
}

#[tokio::test]
async fn a_code_for_a_sign_is_shown_once() {
    let rig = Rig::start().await;
    let mut biz = precreate("A1", "tea");
    biz["product_code"] = json!("QR_CODE_OFFLINE");
    let first = rig.alipay("alipay.trade.precreate", biz.clone()).await;
    assert_eq!(first["code"], "10000");
    let again = rig.alipay("alipay.trade.precreate", biz).await;
    assert_eq!(again["sub_code"], "ACQ.APPLY_PC_MERCHANT_CODE_ERROR");
    assert_eq!(rig.alipay_state("A1").await, "ACQ.TRADE_NOT_EXIST");
}

#[tokio::test]
async fn a_payer_is_identified_by_a_code_once() {
    for open_ids in [false, true] {
        let rig = Rig::with(Config { alipay_open_ids: open_ids, ..Config::default() }).await;
        let own = &rig.merchant.own.alipay;
        let path = format!(
            "/alipay/oauth2/publicAppAuthorize.htm?app_id={}&scope=auth_base&redirect_uri={}",
            own.app_id, "http%3A%2F%2Fshop.test%2Fback%3Fa%3D1"
        );
        let there = rig.get(&path).await.headers["location"].to_str().unwrap().to_owned();
        let query = there.strip_prefix("http://shop.test/back?").unwrap();
        let query: Params = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!((&*query["a"], &*query["scope"]), ("1", "auth_base"));
        let token = async |grant: &str, name: &str, code: &str| {
            let mut params = rig.merchant.alipay_params("alipay.system.oauth.token", &json!({}));
            params.insert("grant_type".into(), grant.into());
            params.insert(name.into(), code.into());
            rig.gateway(&rig.merchant.sign_alipay(params)).await.unwrap()
        };
        let first = token("authorization_code", "code", &query["auth_code"]).await;
        let method = "alipay.system.oauth.token";
        let node = rig.merchant.open_alipay(method, &first.text).expect("signed");
        let payer = &rig.sandbox.payers()[0];
        let (name, id) =
            if open_ids { ("open_id", &payer.open_id) } else { ("user_id", &payer.id) };
        assert_eq!((&node[name], &node["expires_in"]), (&json!(id), &json!(1_296_000)));
        assert_eq!(node.get("code"), None, "an old interface says nothing of its success");
        let again = token("authorization_code", "code", &query["auth_code"]).await.json();
        assert_eq!(again["error_response"]["sub_code"], "isv.code-invalid");
        let refresh = node["refresh_token"].as_str().unwrap();
        let fresh = token("refresh_token", "refresh_token", refresh).await;
        assert!(rig.merchant.open_alipay(method, &fresh.text).is_some(), "{}", fresh.text);
        let odd = token("password", "code", "1").await.json();
        assert_eq!(odd["error_response"]["sub_code"], "isv.grant-type-invalid");
    }
}

#[tokio::test]
async fn a_finished_trade_takes_no_refund() {
    let rig = Rig::start().await;
    rig.alipay(PAY, barcode("B1", "280000000000000000", "1.00")).await;
    rig.call("POST", "/control/orders/alipay/B1/finish", "").await;
    assert_eq!(rig.alipay_state("B1").await, "TRADE_FINISHED");
    let biz = json!({ "out_trade_no": "B1", "out_request_no": "R1", "refund_amount": "1.00" });
    let node = rig.alipay("alipay.trade.refund", biz).await;
    assert_eq!(node["sub_code"], "ACQ.TRADE_HAS_FINISHED");
}

#[tokio::test]
async fn the_apps_browser_names_itself_and_follows() {
    let mut rig = Rig::start().await;
    rig.inbox.answer(&[(200, "<p>hello</p>")]);
    let url = format!("{}/page", rig.inbox.url);
    let page = rig.get(&format!("/wallet/alipay/browse?url={url}")).await;
    assert!(page.text.contains("hello"), "{}", page.text);
    let asked = rig.inbox.next().await;
    let agent = asked.headers["user-agent"].to_str().unwrap().to_owned();
    assert!(agent.contains("AlipayClient"), "{agent}");
    let https = rig.get("/wallet/wechat/browse?url=https://shop.test/").await;
    assert_eq!(https.status, 502);
    assert!(https.text.contains("MicroMessenger"), "{}", https.text);
}
