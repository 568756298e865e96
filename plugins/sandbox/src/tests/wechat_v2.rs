//! WeChat Pay version 2: XML, shared-key signatures, and mutual TLS where money goes back.

use serde_json::{Value, json};

use super::rig::Rig;
use super::tls::Secured;
use super::xml::{Params, params, parse, sign, unseal};
use crate::clock;
use crate::{Channel, FaultKind, FaultRule, NoticeState, Operation};

impl Rig {
    fn unified(&self, number: &str, trade_type: &str) -> Params {
        let notify_url = format!("{}/v2", self.inbox.url);
        let mut own = params(&[
            ("body", "测试"),
            ("out_trade_no", number),
            ("total_fee", "8888"),
            ("spbill_create_ip", "203.0.113.7"),
            ("notify_url", &notify_url),
            ("trade_type", trade_type),
            ("attach", "a&b=<c>"),
        ]);
        let more = match trade_type {
            "NATIVE" => ("product_id", "1".to_owned()),
            "JSAPI" => ("openid", self.open_id(&self.merchant.own.wechat.app_id)),
            "MWEB" => ("scene_info", r#"{"h5_info":{"type":"Wap"}}"#.to_owned()),
            _app => ("device_info", "1".to_owned()),
        };
        own.insert(more.0.into(), more.1);
        own
    }

    async fn order_v2(&self, number: &str, trade_type: &str, kind: &str) -> Params {
        let body = self.signed(self.unified(number, trade_type), kind);
        let reply = self.post_v2("/pay/unifiedorder", body).await;
        let said = self.opened(kind, &reply.text);
        assert_eq!(said["result_code"], "SUCCESS", "{}", reply.text);
        said
    }

    async fn state_v2(&self, number: &str) -> String {
        self.v2("/pay/orderquery", &[("out_trade_no", number)]).await["trade_state"].clone()
    }
}

fn word(said: &Params, name: &str) -> String {
    said.get(name).cloned().unwrap_or_default()
}

#[tokio::test]
async fn every_trade_type_is_ordered_paid_queried_and_told() {
    let mut rig = Rig::start().await;
    rig.inbox.answer(
        &[(
            200,
            "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg>OK</return_msg></xml>",
        ); 8],
    );
    for (trade_type, kind, next) in [
        ("NATIVE", "MD5", "code_url"),
        ("JSAPI", "HMAC-SHA256", "prepay_id"),
        ("APP", "MD5", "prepay_id"),
        ("MWEB", "HMAC-SHA256", "mweb_url"),
    ] {
        let said = rig.order_v2(&format!("V2{trade_type}"), trade_type, kind).await;
        assert!(said.contains_key(next), "{said:?}");
        assert_eq!(said["trade_type"], trade_type);
        let number = format!("V2{trade_type}");
        assert_eq!(rig.state_v2(&number).await, "NOTPAY");
        rig.sandbox.pay(Channel::Wechat, &number).unwrap();
        let order = rig.v2("/pay/orderquery", &[("out_trade_no", &number)]).await;
        assert_eq!((&*order["trade_state"], &*order["total_fee"]), ("SUCCESS", "8888"));
        assert_eq!((&*order["trade_type"], &*order["attach"]), (trade_type, "a&b=<c>"));
        let id = &order["transaction_id"];
        let again = rig.v2("/pay/orderquery", &[("transaction_id", id)]).await;
        assert_eq!(again["out_trade_no"], number);

        let received = rig.inbox.next().await;
        let told = rig.opened(kind, &received.body);
        for name in ["transaction_id", "total_fee", "time_end", "openid", "trade_type", "attach"] {
            assert_eq!(told[name], order[name], "{name}");
        }
        assert!(!told.contains_key("trade_state"));
    }
}

#[tokio::test]
async fn a_notification_is_received_by_what_the_answer_says() {
    let mut rig = Rig::start().await;
    rig.inbox.answer(&[
        (200, "success"),
        (200, "<xml><return_code>FAIL</return_code></xml>"),
        (500, "<xml><return_code>SUCCESS</return_code></xml>"),
        (200, "<xml><return_code>SUCCESS</return_code></xml>"),
    ]);
    rig.order_v2("V200001", "NATIVE", "MD5").await;
    rig.sandbox.pay(Channel::Wechat, "V200001").unwrap();
    for _try in 0..4 {
        let received = rig.inbox.next().await;
        rig.opened("MD5", &received.body);
    }
    let settled = || rig.sandbox.notifications(Some("V200001"), 1)[0].state;
    super::rig::until(|| settled() == NoticeState::Delivered).await;
}

#[tokio::test]
async fn what_is_wrong_before_the_signature_is_said_without_one() {
    let rig = Rig::start().await;
    let good = rig.signed(rig.unified("V200001", "NATIVE"), "MD5");
    let mut stranger = rig.unified("V200001", "NATIVE");
    stranger.insert("mch_id".into(), "1900000002".into());
    let mut other = rig.unified("V200001", "NATIVE");
    other.insert("sign_type".into(), "SHA1".into());
    let doctype = format!("<!DOCTYPE xml [<!ENTITY e \"x\">]>{good}");
    let cases = [
        (good.replace("8888", "8889"), "签名错误"),
        (good.replace("<sign>", "<s>").replace("</sign>", "</s>"), "签名错误"),
        (rig.signed(stranger, "MD5"), "商户号mch_id不存在或不匹配"),
        (rig.signed(other, "MD5"), "签名类型错误"),
        (doctype, "XML格式错误"),
        (String::new(), "post数据为空"),
    ];
    for (body, text) in cases {
        let said = parse("xml", &rig.post_v2("/pay/unifiedorder", body).await.text);
        assert_eq!(
            (word(&said, "return_code"), word(&said, "return_msg")),
            ("FAIL".into(), text.into())
        );
        assert_eq!(said.get("sign"), None);
    }
    let got = rig.get("/wechat/pay/unifiedorder").await;
    assert!(got.text.contains("请使用post方法"), "{}", got.text);
    assert!(rig.sandbox.orders(0, 10).is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_an_order_has_a_code() {
    let rig = Rig::start().await;
    let check = async |name: &str, value: &str, code: &str| {
        let mut own = rig.unified("V200001", "NATIVE");
        own.insert(name.into(), value.into());
        let reply = rig.post_v2("/pay/unifiedorder", rig.signed(own, "MD5")).await;
        let said = rig.opened("MD5", &reply.text);
        assert_eq!((&*said["result_code"], &*said["err_code"]), ("FAIL", code), "{name}={value}");
    };
    check("body", "", "LACK_PARAMS").await;
    check("product_id", "", "LACK_PARAMS").await;
    check("body", &"长".repeat(128), "PARAM_ERROR").await;
    check("total_fee", "0", "PARAM_ERROR").await;
    check("total_fee", "1.5", "PARAM_ERROR").await;
    check("trade_type", "MICRO", "PARAM_ERROR").await;
    check("notify_url", "https://shop.test/?a=1", "PARAM_ERROR").await;
    check("out_trade_no", "a b c d", "PARAM_ERROR").await;
    check("appid", "wx0000000000000000", "APPID_MCHID_NOT_MATCH").await;
    check("sub_mch_id", "1600000000", "NOAUTH").await;
    rig.order_v2("V200001", "NATIVE", "MD5").await;
    check("body", "other", "INVALID_REQUEST").await;
    let kind = rig.signed(rig.unified("V200001", "APP"), "MD5");
    let said = parse("xml", &rig.post_v2("/pay/unifiedorder", kind).await.text);
    assert_eq!(said["err_code"], "OUT_TRADE_NO_USED");
    rig.sandbox.pay(Channel::Wechat, "V200001").unwrap();
    check("body", "测试", "ORDERPAID").await;
}

#[tokio::test]
async fn an_order_is_closed_once_and_a_paid_one_is_not() {
    let rig = Rig::start().await;
    let close = async |number: &str| rig.v2("/pay/closeorder", &[("out_trade_no", number)]).await;
    rig.order_v2("V200001", "NATIVE", "MD5").await;
    assert_eq!(close("V200001").await["result_msg"], "OK");
    assert_eq!(rig.state_v2("V200001").await, "CLOSED");
    assert_eq!(close("V200001").await["err_code"], "ORDERCLOSED");
    assert_eq!(close("V200002").await["err_code"], "ORDERNOTEXIST");
    rig.order_v2("V200003", "APP", "MD5").await;
    rig.sandbox.pay(Channel::Wechat, "V200003").unwrap();
    assert_eq!(close("V200003").await["err_code"], "ORDERPAID");
    let query = rig.v2("/pay/orderquery", &[("out_trade_no", "V200009")]).await;
    assert_eq!(query["err_code"], "ORDERNOTEXIST");
}

impl Rig {
    async fn micropay(&self, number: &str, code: &str) -> Params {
        let pairs = [
            ("body", "tea"),
            ("out_trade_no", number),
            ("total_fee", "8888"),
            ("spbill_create_ip", "203.0.113.7"),
            ("auth_code", code),
        ];
        self.v2("/pay/micropay", &pairs).await
    }
}

#[tokio::test]
async fn a_till_charges_asks_and_takes_back() {
    let rig = Rig::start().await;
    let code = rig.auth_code(false);
    let owner = rig.v2("/tools/authcodetoopenid", &[("auth_code", &code)]).await;
    let paid = rig.micropay("V200001", &code).await;
    assert_eq!((&*paid["result_code"], &*paid["trade_type"]), ("SUCCESS", "MICROPAY"));
    assert_eq!(paid["openid"], owner["openid"], "looking does not use a code up");
    assert_eq!(rig.micropay("V200002", &code).await["err_code"], "AUTH_CODE_ERROR");
    assert_eq!(rig.micropay("V200001", &code).await["err_code"], "ORDERPAID");
    let waiting = rig.micropay("V200003", &rig.auth_code(true)).await;
    assert_eq!(waiting["err_code"], "USERPAYING");
    assert_eq!(rig.state_v2("V200003").await, "USERPAYING");
    let close = rig.v2("/pay/closeorder", &[("out_trade_no", "V200003")]).await;
    assert_eq!(close["err_code"], "TRADE_STATE_ERROR");
    let reverse =
        async |number| rig.v2_secured("/secapi/pay/reverse", &[("out_trade_no", number)]).await;
    rig.sandbox.arm(FaultRule::once(Operation::Reverse, FaultKind::SystemError)).unwrap();
    let failed = reverse("V200003").await;
    assert_eq!((&*failed["err_code"], &*failed["recall"]), ("SYSTEMERROR", "Y"));
    for number in ["V200003", "V200001", "V200001"] {
        let said = reverse(number).await;
        assert_eq!((&*said["result_code"], &*said["recall"]), ("SUCCESS", "N"), "{number}");
        assert_eq!(rig.state_v2(number).await, "REVOKED");
    }
    let order = rig.sandbox.order(Channel::Wechat, "V200001").unwrap();
    assert_eq!(order.refunded_fen, 8888, "once");
    assert_eq!(reverse("V200009").await["err_code"], "ORDERNOTEXIST");
}

#[tokio::test]
async fn money_goes_back_over_mutual_tls_alone() {
    let rig = Rig::start().await;
    rig.order_v2("V200001", "NATIVE", "MD5").await;
    rig.sandbox.pay(Channel::Wechat, "V200001").unwrap();
    let pairs = [
        ("out_trade_no", "V200001"),
        ("out_refund_no", "R1"),
        ("total_fee", "8888"),
        ("refund_fee", "1"),
    ];
    let body = rig.signed(params(&pairs), "MD5");
    let refused = rig.post_v2("/secapi/pay/refund", body.clone()).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("No required SSL certificate was sent"));
    let reverse = rig.signed(params(&[("out_trade_no", "V200001")]), "MD5");
    assert_eq!(rig.post_v2("/secapi/pay/reverse", reverse).await.status, 400);
    let own = &rig.merchant.own.wechat;
    let url = format!("{}/secapi/pay/refund", rig.sandbox.wechat_tls_url());
    let (status, text) = Secured::new(own, false).post(&url, body.clone()).await.unwrap();
    assert_eq!(status, 400, "TLS without a certificate: {text}");
    assert!(Secured::stranger(own).post(&url, body.clone()).await.is_none(), "another authority's");
    let order = rig.sandbox.order(Channel::Wechat, "V200001").unwrap();
    assert!(order.refunds.is_empty());
    let (status, text) = Secured::new(own, true).post(&url, body).await.unwrap();
    assert_eq!(status, 200);
    assert_eq!(rig.opened("MD5", &text)["out_refund_no"], "R1");
}

#[tokio::test]
async fn refunds_are_accepted_queried_and_told_sealed() {
    let mut rig = Rig::start().await;
    rig.inbox.answer(&[(200, "<xml><return_code>SUCCESS</return_code></xml>"); 3]);
    rig.order_v2("V200001", "NATIVE", "MD5").await;
    rig.sandbox.pay(Channel::Wechat, "V200001").unwrap();
    rig.inbox.next().await;
    let url = format!("{}/refund", rig.inbox.url);
    let refund = async |number: &str, fee: &str| {
        let pairs = [
            ("out_trade_no", "V200001"),
            ("out_refund_no", number),
            ("total_fee", "8888"),
            ("refund_fee", fee),
            ("notify_url", &url),
        ];
        rig.v2_secured("/secapi/pay/refund", &pairs).await
    };
    let first = refund("R1", "8000").await;
    assert_eq!((&*first["result_code"], &*first["refund_fee"]), ("SUCCESS", "8000"));
    assert_eq!(refund("R1", "8000").await["refund_id"], first["refund_id"], "the same refund");
    assert_eq!(refund("R2", "889").await["err_code"], "ERROR", "more than is left");
    assert_eq!(refund("R2", "888").await["result_code"], "SUCCESS");
    let query = async |name: &str, value: &str| rig.v2("/pay/refundquery", &[(name, value)]).await;
    let both = query("out_trade_no", "V200001").await;
    assert_eq!((&*both["refund_count"], &*both["refund_status_1"]), ("2", "PROCESSING"));
    assert_eq!(query("refund_id", &first["refund_id"]).await["out_refund_no_0"], "R1");
    assert_eq!(query("out_refund_no", "R9").await["err_code"], "REFUNDNOTEXIST");
    assert!(rig.sandbox.finish_refund("R1", crate::RefundStatus::Abnormal));
    assert_eq!(query("out_refund_no", "R1").await["refund_status_0"], "CHANGE");
    let received = rig.inbox.next().await;
    let outer = parse("xml", &received.body);
    assert_eq!((outer.get("sign"), &*outer["return_code"]), (None, "SUCCESS"));
    let inner = unseal(&rig.merchant.own.wechat.api_v2_key, &outer["req_info"]);
    let told = parse("root", &inner);
    assert_eq!((&*told["refund_status"], &*told["out_refund_no"]), ("CHANGE", "R1"));
    assert_eq!((&*told["refund_fee"], told.get("success_time")), ("8000", None));
}

#[tokio::test]
async fn a_package_of_version_2_opens_the_cashier() {
    let rig = Rig::start().await;
    let own = rig.merchant.own.wechat.clone();
    for (trade_type, kind) in [("JSAPI", "HMAC-SHA256"), ("JSAPI", "MD5"), ("APP", "MD5")] {
        let number = format!("V2{trade_type}{}", kind.len());
        let id = rig.order_v2(&number, trade_type, kind).await["prepay_id"].clone();
        let at = clock::now().as_second().to_string();
        let mut package = if trade_type == "APP" {
            params(&[
                ("appid", &own.app_id),
                ("partnerid", &own.mch_id),
                ("prepayid", &id),
                ("package", "Sign=WXPay"),
                ("noncestr", "abc"),
                ("timestamp", &at),
            ])
        } else {
            params(&[
                ("appId", &own.app_id),
                ("timeStamp", &at),
                ("nonceStr", "abc"),
                ("package", &format!("prepay_id={id}")),
                ("signType", kind),
            ])
        };
        let name = if trade_type == "APP" { "sign" } else { "paySign" };
        package.insert(name.into(), sign(&package, &own.api_v2_key, kind));
        let invoke = async |package: &Params| {
            let body = json!(package).to_string();
            rig.call("POST", "/wallet/wechat/invoke", &body).await.status.as_u16()
        };
        let mut bad = package.clone();
        bad.insert(name.into(), "0".repeat(package[name].len()));
        assert_eq!((invoke(&bad).await, invoke(&package).await), (400, 200), "{trade_type} {kind}");
    }
}

#[tokio::test]
async fn a_provider_of_version_2_serves_its_sub_merchant() {
    let mut rig = Rig::start().await;
    let own = rig.merchant.own.wechat.clone();
    let mut order = rig.unified("V200001", "JSAPI");
    order.remove("openid");
    order.insert("sub_mch_id".into(), own.sub_mch_id.clone());
    order.insert("sub_appid".into(), own.sub_app_id.clone());
    order.insert("sub_openid".into(), rig.open_id(&own.sub_app_id));
    let reply = rig.post_v2("/pay/unifiedorder", rig.signed(order, "MD5")).await;
    let said = rig.opened("MD5", &reply.text);
    assert_eq!((&*said["result_code"], &*said["sub_mch_id"]), ("SUCCESS", &*own.sub_mch_id));
    rig.sandbox.pay(Channel::Wechat, "V200001").unwrap();
    let received = rig.inbox.next().await;
    let told = rig.opened("MD5", &received.body);
    assert_eq!(told["sub_openid"], rig.open_id(&own.sub_app_id));
    assert_eq!(told["openid"], rig.open_id(&own.app_id));
    let query = rig.v2("/pay/orderquery", &[("out_trade_no", "V200001")]).await;
    assert_eq!(query["err_code"], "ORDERNOTEXIST", "not the provider's own order");
    let pairs = [("out_trade_no", "V200001"), ("sub_mch_id", &own.sub_mch_id)];
    assert_eq!(rig.v2("/pay/orderquery", &pairs).await["trade_state"], "SUCCESS");
}

#[tokio::test]
async fn a_wrong_signature_and_a_short_url() {
    let rig = Rig::start().await;
    rig.arm(json!({ "fault": "wrong_signature", "channel": "wechat" })).await;
    let body = rig.signed(rig.unified("V200001", "NATIVE"), "MD5");
    let said = parse("xml", &rig.post_v2("/pay/unifiedorder", body).await.text);
    assert_ne!(said["sign"], sign(&said, &rig.merchant.own.wechat.api_v2_key, "MD5"));
    let long = "weixin://wxpay/bizpayurl?sign=1&appid=2";
    let short = rig.v2("/tools/shorturl", &[("long_url", long)]).await;
    assert!(short["short_url"].starts_with("weixin://wxpay/s/"));
    // The channel's documents: signed as it is, sent escaped.
    let body = rig.signed([("long_url".into(), long.into())].into(), "MD5");
    let escaped: String = form_urlencoded::byte_serialize(long.as_bytes()).collect();
    assert_ne!(escaped, long);
    let body = body.replace(long, &escaped);
    assert!(body.contains(&escaped), "{body}");
    let said = rig.opened("MD5", &rig.post_v2("/tools/shorturl", body).await.text);
    assert!(said["short_url"].starts_with("weixin://wxpay/s/"), "{said:?}");
}

#[test]
fn signatures_and_seals_are_those_of_the_sdks() {
    use crate::wechat::v2_vectors::{SignType, read, seal, sign as own};
    let vectors: Value =
        serde_json::from_str(include_str!("../../vectors/wechat_v2.json")).unwrap();
    let key = vectors["key"].as_str().unwrap();
    for case in vectors["signs"].as_array().unwrap() {
        let params: Params = serde_json::from_value(case["params"].clone()).unwrap();
        let kind = SignType::of_word(case["sign_type"].as_str().unwrap()).unwrap();
        assert_eq!(own(&params, key, kind), case["sign"].as_str().unwrap(), "{}", case["name"]);
    }
    for case in vectors["messages"].as_array().unwrap() {
        let params: Params = serde_json::from_value(case["params"].clone()).unwrap();
        assert_eq!(read(case["xml"].as_str().unwrap()), Some(params), "{}", case["name"]);
    }
    for case in vectors["seals"].as_array().unwrap() {
        let plain = case["plaintext"].as_str().unwrap();
        assert_eq!(seal(key, plain), case["req_info"].as_str().unwrap(), "{}", case["name"]);
    }
}
