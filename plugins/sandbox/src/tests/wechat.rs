//! WeChat Pay: order, pay, query, close, certificates.

use serde_json::{Value, json};

use super::rig::Rig;
use crate::{Channel, Config, PayRefusal, SignsWith};

#[tokio::test]
async fn an_order_is_paid_queried_and_told() {
    let mut rig = Rig::start().await;
    let wallet = rig.native("W00001", "测试商品").await;
    let (status, order) = rig.wechat_query("W00001").await;
    assert_eq!((status, &order["trade_state"]), (200, &json!("NOTPAY")));
    assert_eq!(order.get("transaction_id"), None);
    rig.call("POST", &format!("{wallet}/pay"), "").await;

    let (_, order) = rig.wechat_query("W00001").await;
    assert_eq!(
        (&order["trade_state"], &order["amount"]["total"]),
        (&json!("SUCCESS"), &json!(8888))
    );
    assert_eq!(order["mchid"], json!(rig.merchant.own.wechat.mch_id));
    let id = order["transaction_id"].as_str().unwrap();
    let path = format!("/v3/pay/transactions/id/{id}?mchid={}", rig.merchant.own.wechat.mch_id);
    assert_eq!(rig.wechat("GET", &path, None).await.1, order);

    let received = rig.inbox.next().await;
    assert_eq!(received.path, "/wechat");
    assert!(rig.merchant.trusts(&received.headers, &received.body));
    let event: Value = serde_json::from_str(&received.body).unwrap();
    assert_eq!(
        (&event["event_type"], &event["id"].as_str().unwrap().len()),
        (&json!("TRANSACTION.SUCCESS"), &36)
    );
    let told: Value = serde_json::from_str(&rig.merchant.unseal(&event["resource"])).unwrap();
    assert_eq!(told, order, "the notification says what the query says");
}

#[tokio::test]
async fn a_repeat_renews_the_code_and_other_parameters_are_refused() {
    let rig = Rig::start().await;
    let first = rig.native("W00001", "tea").await;
    let second = rig.native("W00001", "tea").await;
    assert_ne!(first, second);
    assert_eq!(rig.get(&first).await.status, 404, "the first code is dead");
    assert_eq!(rig.get(&second).await.status, 200);
    let create = async |body| rig.wechat("POST", "/v3/pay/transactions/native", Some(body)).await;
    let (status, body) = create(rig.native_body("W00001", "coffee")).await;
    assert_eq!((status, &body["code"]), (400, &json!("INVALID_REQUEST")));
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    assert_eq!(create(rig.native_body("W00001", "tea")).await.1["code"], "ORDERPAID");
    rig.native("W00002", "tea").await;
    rig.sandbox.cancel(Channel::Wechat, "W00002").unwrap();
    assert_eq!(create(rig.native_body("W00002", "tea")).await.1["code"], "ORDER_CLOSED");
}

#[tokio::test]
async fn what_a_field_may_not_hold_is_refused() {
    let rig = Rig::start().await;
    let check = async |pointer: &str, value: Value, expected: &str| {
        let mut body = rig.native_body("W00001", "tea");
        match pointer.rsplit_once('/').unwrap() {
            ("", name) => body[name] = value.clone(),
            (parent, name) => body.pointer_mut(parent).unwrap()[name] = value.clone(),
        }
        let path = "/v3/pay/transactions/native";
        let (status, answer) = rig.wechat("POST", path, Some(body)).await;
        assert_eq!((status, &answer["code"]), (400, &json!(expected)), "{pointer}={value}");
    };
    check("/out_trade_no", json!("W1"), "PARAM_ERROR").await;
    check("/out_trade_no", json!("W 0001"), "PARAM_ERROR").await;
    check("/out_trade_no", json!("1".repeat(33)), "PARAM_ERROR").await;
    check("/description", json!(""), "PARAM_ERROR").await;
    check("/description", json!("😀"), "PARAM_ERROR").await;
    check("/description", json!("字".repeat(128)), "PARAM_ERROR").await;
    check("/amount/total", json!(0), "PARAM_ERROR").await;
    check("/amount/total", json!("8888"), "PARAM_ERROR").await;
    check("/amount/currency", json!("USD"), "PARAM_ERROR").await;
    check("/notify_url", json!("http://shop.test/n?a=1"), "PARAM_ERROR").await;
    check("/time_expire", json!("tomorrow"), "PARAM_ERROR").await;
    check("/appid", json!("wx0000000000000000"), "APPID_MCHID_NOT_MATCH").await;
    check("/mchid", json!("1900000002"), "MCH_NOT_EXISTS").await;
    assert_eq!(rig.sandbox.orders(0, 10), [], "nothing was created");
}

#[tokio::test]
async fn closing_repeats_and_a_paid_order_stays() {
    let rig = Rig::start().await;
    let close = async |number: &str| {
        let path = format!("/v3/pay/transactions/out-trade-no/{number}/close");
        let body = json!({ "mchid": rig.merchant.own.wechat.mch_id });
        let (status, body) = rig.wechat("POST", &path, Some(body)).await;
        (status, body["code"].as_str().unwrap_or_default().to_owned())
    };
    rig.native("W00001", "tea").await;
    assert_eq!(close("W00000").await, (404, "ORDER_NOT_EXIST".into()));
    assert_eq!(close("W00001").await, (204, String::new()));
    assert_eq!(close("W00001").await, (204, String::new()));
    assert_eq!(rig.wechat_query("W00001").await.1["trade_state"], "CLOSED");
    assert_eq!(rig.sandbox.pay(Channel::Wechat, "W00001"), Err(PayRefusal::Closed));
    rig.sandbox.pay_late(Channel::Wechat, "W00001").unwrap();
    assert_eq!(rig.wechat_query("W00001").await.1["trade_state"], "SUCCESS");
    assert_eq!(close("W00001").await, (400, "ORDERPAID".into()));
}

#[tokio::test]
async fn expiry_refuses_the_payer_and_leaves_the_order_open() {
    let rig = Rig::start().await;
    rig.native("W00001", "tea").await;
    rig.sandbox.expire(Channel::Wechat, "W00001").unwrap();
    assert_eq!(rig.wechat_query("W00001").await.1["trade_state"], "NOTPAY");
    assert_eq!(rig.sandbox.pay(Channel::Wechat, "W00001"), Err(PayRefusal::Expired));
}

#[tokio::test]
async fn a_query_names_its_merchant_and_an_existing_order() {
    let rig = Rig::start().await;
    assert_eq!(rig.wechat_query("W00009").await.1["code"], "ORDER_NOT_EXIST");
    let check = async |path: &str, expected: &str| {
        assert_eq!(rig.wechat("GET", path, None).await.1["code"], expected, "{path}");
    };
    check("/v3/pay/transactions/out-trade-no/W00001", "PARAM_ERROR").await;
    check("/v3/pay/transactions/out-trade-no/W00001?mchid=1", "MCH_NOT_EXISTS").await;
    check("/v3/nothing", "RESOURCE_NOT_EXISTS").await;
}

#[tokio::test]
async fn a_number_with_encoded_characters_is_found() {
    let rig = Rig::start().await;
    rig.native("A_-|*1", "tea").await;
    assert_eq!(rig.wechat_query("A_-%7C%2A1").await.1["out_trade_no"], "A_-|*1");
}

#[tokio::test]
async fn certificates_are_handed_out_sealed_or_not_at_all() {
    let rig = Rig::start().await;
    let (status, body) = rig.wechat("GET", "/v3/certificates", None).await;
    assert_eq!((status, &body["code"]), (404, &json!("RESOURCE_NOT_EXISTS")));
    let config = Config { wechat_signs_with: SignsWith::Certificate, ..Config::default() };
    let rig = Rig::with(config).await;
    let reply = rig.try_wechat("GET", "/v3/certificates", None).await.unwrap();
    let own = &rig.merchant.own.wechat;
    assert_eq!(reply.headers["wechatpay-serial"], own.platform_certificate_serial.as_str());
    assert!(rig.merchant.trusts(&reply.headers, &reply.text));
    let listed = &reply.json()["data"][0];
    assert_eq!(listed["serial_no"], json!(own.platform_certificate_serial));
    let pem = rig.merchant.unseal(&listed["encrypt_certificate"]);
    assert_eq!(pem, own.platform_certificate_pem);
}

#[tokio::test]
async fn a_request_chooses_the_key_that_signs_its_answer() {
    let rig = Rig::start().await;
    let own = rig.merchant.own.wechat.clone();
    let url = format!("/wechat/v3/pay/transactions/out-trade-no/W00001?mchid={}", own.mch_id);
    let now = crate::clock::now().as_second();
    let authorization = rig.merchant.authorize("GET", &url, "", now);
    for (wanted, expected) in [
        (&own.platform_certificate_serial, &own.platform_certificate_serial),
        (&own.public_key_id, &own.public_key_id),
        (&"0".repeat(40), &own.public_key_id),
    ] {
        let mut request =
            super::rig::wechat_request("GET", &rig.at(&url), &authorization, String::new());
        request.headers_mut().insert("wechatpay-serial", wanted.parse().unwrap());
        let reply = rig.send(request).await.unwrap();
        assert_eq!(reply.headers["wechatpay-serial"], expected.as_str());
    }
}
