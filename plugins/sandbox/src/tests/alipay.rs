//! Alipay: order, scan, pay, query, close, page payment.

use std::time::Duration;

use serde_json::json;

use super::rig::{Rig, precreate};
use crate::clock;
use crate::{Channel, PayRefusal, Status};

#[tokio::test]
async fn a_trade_begins_with_the_scan_and_ends_with_the_payment() {
    let mut rig = Rig::start().await;
    let wallet = rig.precreate("A1", "测试商品 一件").await;
    assert_eq!(rig.alipay_state("A1").await, "ACQ.TRADE_NOT_EXIST");
    assert_eq!(rig.get(&wallet).await.status, 200);
    assert_eq!(rig.alipay_state("A1").await, "WAIT_BUYER_PAY");

    let paid = rig.call("POST", &format!("{wallet}/pay"), "").await;
    assert_eq!(
        (paid.status.as_u16(), &paid.headers["location"]),
        (303, wallet.as_str().try_into().as_ref().unwrap())
    );
    let node = rig.alipay("alipay.trade.query", json!({ "out_trade_no": "A1" })).await;
    assert_eq!(
        (&node["trade_status"], &node["total_amount"]),
        (&json!("TRADE_SUCCESS"), &json!("88.88"))
    );
    let by_trade = json!({ "trade_no": node["trade_no"] });
    assert_eq!(rig.alipay("alipay.trade.query", by_trade).await["out_trade_no"], "A1");

    let received = rig.inbox.next().await;
    let form = rig.merchant.open_form(&received.body).expect("the signature is right");
    assert_eq!(received.path, "/alipay");
    for (name, value) in [
        ("notify_type", "trade_status_sync"),
        ("trade_status", "TRADE_SUCCESS"),
        ("out_trade_no", "A1"),
        ("total_amount", "88.88"),
        ("subject", "测试商品 一件"),
        ("app_id", &rig.merchant.own.alipay.app_id),
        ("seller_id", &rig.merchant.own.alipay.seller_id),
        ("trade_no", node["trade_no"].as_str().unwrap()),
    ] {
        assert_eq!(form[name], value, "{name}");
    }
    assert_eq!((form["notify_id"].len(), form["trade_no"].len()), (34, 28));
}

#[tokio::test]
async fn the_same_number_is_the_same_order_or_an_error() {
    let rig = Rig::start().await;
    let first = rig.precreate("A1", "tea").await;
    assert_eq!(rig.precreate("A1", "tea").await, first, "the code is shown again");
    let code = async |biz| {
        let node = rig.alipay("alipay.trade.precreate", biz).await;
        node["sub_code"].as_str().unwrap_or("success").to_owned()
    };
    assert_eq!(code(precreate("A1", "coffee")).await, "ACQ.CONTEXT_INCONSISTENT");
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    assert_eq!(code(precreate("A1", "tea")).await, "ACQ.TRADE_HAS_SUCCESS");
    rig.precreate("A2", "tea").await;
    rig.sandbox.cancel(Channel::Alipay, "A2").unwrap();
    assert_eq!(code(precreate("A2", "tea")).await, "ACQ.TRADE_HAS_CLOSE");
}

#[tokio::test]
async fn what_a_field_may_not_hold_is_refused() {
    let rig = Rig::start().await;
    let check = async |name: &str, value: &str, expected: &str| {
        let mut biz = precreate("A1", "tea");
        biz[name] = json!(value);
        let node = rig.alipay("alipay.trade.precreate", biz).await;
        assert_eq!(node["sub_code"], expected, "{name}={value}: {node}");
    };
    check("out_trade_no", "A-1", "ACQ.INVALID_PARAMETER").await;
    check("out_trade_no", &"1".repeat(65), "ACQ.INVALID_PARAMETER").await;
    check("total_amount", "88.888", "ACQ.INVALID_PARAMETER").await;
    check("total_amount", "0", "ACQ.INVALID_PARAMETER").await;
    check("subject", "a/b", "ACQ.INVALID_PARAMETER").await;
    check("product_code", "FAST_INSTANT_TRADE_PAY", "ACQ.INVALID_PARAMETER").await;
    check("seller_id", "2088999999999999", "ACQ.SELLER_NOT_EXIST").await;
    check("timeout_express", "16d", "ACQ.INVALID_PARAMETER").await;
    check("time_expire", "2020-01-01 00:00:00", "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR").await;
    assert_eq!(rig.sandbox.orders(0, 10), [], "nothing was created");
}

#[tokio::test]
async fn closing_needs_a_waiting_trade() {
    let rig = Rig::start().await;
    let close = async |number: &str| {
        let node = rig.alipay("alipay.trade.close", json!({ "out_trade_no": number })).await;
        node["sub_code"].as_str().unwrap_or("success").to_owned()
    };
    let wallet = rig.precreate("A1", "tea").await;
    assert_eq!(close("A0").await, "ACQ.TRADE_NOT_EXIST");
    assert_eq!(close("A1").await, "ACQ.TRADE_NOT_EXIST", "not scanned yet");
    rig.get(&wallet).await;
    assert_eq!(close("A1").await, "success");
    assert_eq!(close("A1").await, "ACQ.TRADE_STATUS_ERROR");
    assert_eq!(rig.alipay_state("A1").await, "TRADE_CLOSED");
    assert_eq!(rig.sandbox.pay(Channel::Alipay, "A1"), Err(PayRefusal::Closed));
    rig.precreate("A2", "tea").await;
    rig.sandbox.pay(Channel::Alipay, "A2").unwrap();
    assert_eq!(close("A2").await, "ACQ.TRADE_STATUS_ERROR");
}

#[tokio::test]
async fn a_code_closed_before_its_scan_can_still_be_paid() {
    let rig = Rig::start().await;
    let wallet = rig.precreate("A1", "tea").await;
    rig.alipay("alipay.trade.close", json!({ "out_trade_no": "A1" })).await;
    rig.get(&wallet).await;
    rig.call("POST", &format!("{wallet}/pay"), "").await;
    assert_eq!(rig.alipay_state("A1").await, "TRADE_SUCCESS");
}

#[tokio::test]
async fn an_expired_trade_is_closed_and_an_unscanned_one_never_was() {
    let rig = Rig::start().await;
    let wallet = rig.precreate("A1", "tea").await;
    rig.precreate("A2", "tea").await;
    rig.get(&wallet).await;
    for number in ["A1", "A2"] {
        rig.sandbox.expire(Channel::Alipay, number).unwrap();
    }
    assert_eq!(rig.alipay_state("A1").await, "TRADE_CLOSED");
    assert_eq!(rig.alipay_state("A2").await, "ACQ.TRADE_NOT_EXIST");
    assert_eq!(rig.sandbox.pay(Channel::Alipay, "A2"), Err(PayRefusal::Expired));
    let late = rig.sandbox.pay_late(Channel::Alipay, "A1").unwrap();
    assert_eq!((late.status, late.late), (Status::Paid, true));
    assert_eq!(rig.alipay_state("A1").await, "TRADE_SUCCESS");
}

#[tokio::test]
async fn time_expire_wins_over_timeout_express_over_three_hours() {
    let rig = Rig::start().await;
    let life = async |number: &str, terms: serde_json::Value| {
        let mut biz = precreate(number, "tea");
        biz.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
        rig.alipay("alipay.trade.precreate", biz).await;
        let order = rig.sandbox.order(Channel::Alipay, number).unwrap();
        let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        (time(&order.expires_at.unwrap()) - time(&order.created_at)).total(jiff::Unit::Second)
    };
    assert_eq!(life("A1", json!({})).await.unwrap(), 3.0 * 3600.0);
    assert_eq!(life("A2", json!({ "timeout_express": "5m" })).await.unwrap(), 300.0);
    let in_an_hour = clock::spaced(clock::after(clock::now(), Duration::from_hours(1)));
    let both = json!({ "timeout_express": "5m", "time_expire": in_an_hour });
    assert!((3500.0..=3600.0).contains(&life("A3", both).await.unwrap()));
}

#[tokio::test]
async fn a_page_payment_goes_by_the_cashier_back_to_a_signed_return_url() {
    let rig = Rig::start().await;
    let mut biz = precreate("P1", "tea");
    biz["product_code"] = json!("FAST_INSTANT_TRADE_PAY");
    let mut params = rig.merchant.alipay_params("alipay.trade.page.pay", &biz);
    params.insert("return_url".into(), "http://shop.test/back".into());
    let params = rig.merchant.sign_alipay(params);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish();
    let by_get = rig.get(&format!("/alipay/gateway.do?{query}")).await;
    let by_post = rig.gateway(&params).await.unwrap();
    assert_eq!(by_get.headers["location"], by_post.headers["location"]);

    assert_eq!(rig.alipay_state("P1").await, "ACQ.TRADE_NOT_EXIST");
    let cashier = by_get.headers["location"].to_str().unwrap();
    let wallet = cashier.strip_prefix(&rig.at("")).unwrap();
    rig.get(wallet).await;
    assert_eq!(rig.alipay_state("P1").await, "WAIT_BUYER_PAY");
    let back = rig.call("POST", &format!("{wallet}/pay"), "").await;
    let back = back.headers["location"].to_str().unwrap().to_owned();
    let form = rig.merchant.open_form(back.strip_prefix("http://shop.test/back?").unwrap());
    let form = form.expect("the signature is right");
    assert_eq!((&*form["out_trade_no"], &*form["total_amount"]), ("P1", "88.88"));
    assert_eq!(form["method"], "alipay.trade.page.pay.return");
}

#[tokio::test]
async fn the_payer_sees_the_error_of_a_page_payment() {
    let rig = Rig::start().await;
    let biz = precreate("P1", "tea");
    let params = rig.merchant.alipay_params("alipay.trade.page.pay", &biz);
    let reply = rig.gateway(&params).await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "text/html;charset=GBK");
    for part in ["调试错误", "missing-signature", "缺少签名参数"] {
        assert!(reply.text.contains(part), "{part}: {}", reply.text);
    }
}
