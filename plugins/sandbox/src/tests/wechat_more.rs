//! WeChat Pay version 3: orders paid together, sealed fields, refunds that took another way.

use serde_json::{Value, json};

use super::rig::{Rig, wechat_request};
use crate::clock;
use crate::crypto::{Unsealer, seal_for};
use crate::{Channel, RefundStatus, Status};

const COMBINE: &str = "/v3/combine-transactions";

impl Rig {
    fn combine_body(&self, number: &str) -> Value {
        let own = &self.merchant.own.wechat;
        let sub = |n: u32| {
            json!({
                "mchid": own.mch_id, "attach": format!("shop {n}"), "description": "tea",
                "out_trade_no": format!("{number}-{n}"),
                "amount": { "total_amount": 100 * n, "currency": "CNY" },
            })
        };
        json!({
            "combine_appid": own.app_id, "combine_mchid": own.mch_id,
            "combine_out_trade_no": number, "sub_orders": [sub(1), sub(2)],
            "notify_url": format!("{}/wechat", self.inbox.url),
        })
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.wechat("POST", path, Some(body.clone())).await
    }

    /// A request whose sealed fields are for the key that `serial` names.
    async fn post_sealed(&self, path: &str, body: &Value, serial: &str) -> (u16, Value) {
        let (url, body) = (format!("/wechat{path}"), body.to_string());
        let own = self.merchant.authorize("POST", &url, &body, clock::now().as_second());
        let mut request = wechat_request("POST", &self.at(&url), &own, body);
        request.headers_mut().insert("wechatpay-serial", serial.parse().unwrap());
        let reply = self.send(request).await.unwrap();
        (reply.status.as_u16(), reply.json())
    }
}

#[tokio::test]
async fn orders_that_belong_together_are_paid_and_told_at_once() {
    let mut rig = Rig::start().await;
    let body = rig.combine_body("COMB1");
    let (status, said) = rig.post(&format!("{COMBINE}/native"), &body).await;
    assert_eq!(status, 200, "{said}");
    let wallet = said["code_url"].as_str().unwrap().strip_prefix(&rig.at("")).unwrap().to_owned();
    let path = format!("{COMBINE}/out-trade-no/COMB1");
    let (_, before) = rig.wechat("GET", &path, None).await;
    assert_eq!(before["sub_orders"][1]["trade_state"], "NOTPAY");
    rig.call("POST", &format!("{wallet}/pay"), "").await;
    let (_, after) = rig.wechat("GET", &path, None).await;
    let states: Vec<_> =
        after["sub_orders"].as_array().unwrap().iter().map(|own| &own["trade_state"]).collect();
    assert_eq!(states, ["SUCCESS", "SUCCESS"]);
    let received = rig.inbox.next().await;
    let event: Value = serde_json::from_str(&received.body).unwrap();
    let told: Value = serde_json::from_str(&rig.merchant.unseal(&event["resource"])).unwrap();
    assert_eq!(told, after, "one notification, of all");
    assert!(rig.inbox.is_empty());
    assert_eq!(rig.wechat_query("COMB1-1").await.0, 404, "no order of its own");
    let refund = json!({ "out_trade_no": "COMB1-2", "out_refund_no": "R1",
        "amount": { "refund": 200, "total": 200, "currency": "CNY" } });
    assert_eq!(rig.post("/v3/refund/domestic/refunds", &refund).await.0, 200);
    let paid = rig.sandbox.books()[&Channel::Wechat];
    assert_eq!((paid.paid_orders, paid.paid_fen), (2, 300));
}

#[tokio::test]
async fn orders_that_belong_together_are_closed_together() {
    let rig = Rig::start().await;
    let body = rig.combine_body("COMB1");
    rig.post(&format!("{COMBINE}/app"), &body).await;
    let subs = body["sub_orders"].clone();
    let path = format!("{COMBINE}/out-trade-no/COMB1/close");
    let named = |subs: &Value| {
        let strip =
            |own: &Value| json!({ "mchid": own["mchid"], "out_trade_no": own["out_trade_no"] });
        let list: Vec<_> = subs.as_array().unwrap().iter().map(strip).collect();
        json!({ "combine_appid": body["combine_appid"], "sub_orders": list })
    };
    let mut other = subs.clone();
    other[1]["out_trade_no"] = json!("COMB1-9");
    assert_eq!(rig.post(&path, &named(&other)).await.0, 400, "exactly the same orders");
    assert_eq!(rig.post(&path, &named(&subs)).await.0, 204);
    for n in [1, 2] {
        let order = rig.sandbox.order(Channel::Wechat, &format!("COMB1-{n}")).unwrap();
        assert_eq!(order.status, Status::Closed);
    }
    let mut one = rig.combine_body("COMB2");
    one["sub_orders"].as_array_mut().unwrap().pop();
    let (status, said) = rig.post(&format!("{COMBINE}/app"), &one).await;
    assert_eq!((status, &said["detail"]["field"]), (400, &json!("/sub_orders")));
    let mut bad = rig.combine_body("COMB3");
    bad["sub_orders"][1]["amount"]["total_amount"] = json!(0);
    let (_, said) = rig.post(&format!("{COMBINE}/app"), &bad).await;
    assert_eq!(said["detail"]["field"], "/sub_orders/1/amount/total_amount");
    assert_eq!(rig.sandbox.order(Channel::Wechat, "COMB3-1"), None, "all or none");
}

#[tokio::test]
async fn sealed_fields_are_opened_by_the_key_that_is_named() {
    let rig = Rig::start().await;
    let own = rig.merchant.own.wechat.clone();
    let sealed = seal_for(&own.public_key_pem, "张三").unwrap();
    let body = json!({ "echo_message": "hello", "encrypted_echo_message": sealed });
    let path = "/v3/security/echo";
    let (status, said) = rig.post_sealed(path, &body, &own.public_key_id).await;
    assert_eq!((status, &said["echo_message"]), (200, &json!("hello")));
    let unsealer = Unsealer::from_pem(&own.private_key_pem).unwrap();
    let back = said["encrypted_echo_message"].as_str().unwrap();
    assert_eq!(unsealer.open(back).as_deref(), Some("张三"));
    assert_eq!(rig.post(path, &body).await.0, 400, "which key is not said");
    assert_eq!(rig.post_sealed(path, &body, &"AB".repeat(20)).await.0, 400, "nobody's key");
    let foreign = seal_for(&rig.merchant.public_key(), "张三").unwrap();
    let body = json!({ "echo_message": "hello", "encrypted_echo_message": foreign });
    assert_eq!(rig.post_sealed(path, &body, &own.public_key_id).await.0, 400, "another's key");

    let identity = |text: &str| seal_for(&own.public_key_pem, text).unwrap();
    for number in [identity("110101"), identity("110101")] {
        let mut order = rig.native_body("W00001", "tea");
        order["payer"] =
            json!({ "identity": { "type": "IDCARD", "number": number, "name": identity("张三") } });
        let path = "/v3/pay/transactions/native";
        let (status, said) = rig.post_sealed(path, &order, &own.public_key_id).await;
        assert_eq!(status, 200, "sealed anew, the same order: {said}");
    }
}

#[tokio::test]
async fn an_abnormal_refund_takes_another_way() {
    let rig = Rig::start().await;
    let own = rig.merchant.own.wechat.clone();
    rig.native("W00001", "tea").await;
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    let refund = json!({ "out_trade_no": "W00001", "out_refund_no": "R1",
        "amount": { "refund": 8888, "total": 8888, "currency": "CNY" } });
    let (_, refund) = rig.post("/v3/refund/domestic/refunds", &refund).await;
    let id = refund["refund_id"].as_str().unwrap();
    let path = format!("/v3/refund/domestic/refunds/{id}/apply-abnormal-refund");
    let sealed = |text: &str| seal_for(&own.public_key_pem, text).unwrap();
    let body = json!({ "out_refund_no": "R1", "type": "USER_BANK_CARD", "bank_type": "CMB_DEBIT",
        "bank_account": sealed("6225"), "real_name": sealed("张三") });
    let early = rig.post_sealed(&path, &body, &own.public_key_id).await;
    assert_eq!((early.0, &early.1["code"]), (400, &json!("INVALID_REQUEST")));
    assert!(rig.sandbox.finish_refund("R1", RefundStatus::Abnormal));
    let (status, said) = rig.post_sealed(&path, &body, &own.public_key_id).await;
    assert_eq!((status, &said["status"]), (200, &json!("PROCESSING")), "{said}");
    assert!(rig.sandbox.finish_refund("R1", RefundStatus::Success));
}
