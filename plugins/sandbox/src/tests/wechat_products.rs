//! WeChat Pay: every product from order to payment, for a merchant and for a service provider.

use http::Request;
use serde_json::{Value, json};

use super::rig::Rig;
use crate::books::{Code, CodeKind};
use crate::clock;
use crate::crypto::random_hex;
use crate::{Channel, Config, Product};

const TRANSACTIONS: &str = "/v3/pay/transactions";
const PARTNER: &str = "/v3/pay/partner/transactions";

impl Rig {
    /// How the merchant's application knows the first payer.
    pub(super) fn open_id(&self, app_id: &str) -> String {
        let mut books = self.sandbox.shared().books();
        let payer = books.payers.first(Channel::Wechat);
        books.payers.open_id(Channel::Wechat, app_id, &payer)
    }

    /// What the first payer's phone shows at the till.
    pub(super) fn auth_code(&self, confirm: bool) -> String {
        let mut books = self.sandbox.shared().books();
        let payer = books.payers.first(Channel::Wechat);
        let kind = CodeKind::Payment { confirm };
        let code = Code { channel: Channel::Wechat, kind, payer, app_id: None };
        books.codes.issue(code, clock::now())
    }

    async fn order(&self, path: &str, body: Value) -> (u16, Value) {
        self.wechat("POST", path, Some(body)).await
    }

    /// An order in the payer's browser or app; its `prepay_id`.
    async fn prepay(&self, kind: &str, number: &str) -> String {
        let mut body = self.native_body(number, "tea");
        if kind == "jsapi" {
            let app_id = self.merchant.own.wechat.app_id.clone();
            body["payer"] = json!({ "openid": self.open_id(&app_id) });
        }
        let (status, said) = self.order(&format!("{TRANSACTIONS}/{kind}"), body).await;
        assert_eq!(status, 200, "{said}");
        said["prepay_id"].as_str().unwrap().to_owned()
    }

    fn codepay_body(&self, number: &str, auth_code: &str) -> Value {
        let mut body = self.native_body(number, "tea");
        body.as_object_mut().unwrap().remove("notify_url");
        body["payer"] = json!({ "auth_code": auth_code });
        body["scene_info"] = json!({ "store_info": { "out_id": "shop1" } });
        body
    }

    async fn invoke(&self, package: &Value) -> (u16, Value) {
        let reply = self.call("POST", "/wallet/wechat/invoke", &package.to_string()).await;
        (reply.status.as_u16(), reply.json())
    }

    /// The body of a service provider's order.
    fn partner_body(&self, number: &str) -> Value {
        let own = &self.merchant.own.wechat;
        let mut body = self.native_body(number, "tea");
        let members = body.as_object_mut().unwrap();
        members.remove("appid");
        members.remove("mchid");
        body["sp_appid"] = json!(own.app_id);
        body["sp_mchid"] = json!(own.mch_id);
        body["sub_mchid"] = json!(own.sub_mch_id);
        body
    }
}

/// A package as version 3 signs it; `app` orders the names of an app.
fn package(rig: &Rig, app: bool, prepay_id: &str) -> Value {
    let own = &rig.merchant.own.wechat;
    let (at, nonce) = (clock::now().as_second().to_string(), random_hex(16));
    let last = if app { prepay_id.to_owned() } else { format!("prepay_id={prepay_id}") };
    let message = format!("{}\n{at}\n{nonce}\n{last}\n", own.app_id);
    let sign = rig.merchant.sign(&message);
    if app {
        json!({ "appid": own.app_id, "partnerid": own.mch_id, "prepayid": prepay_id,
            "package": "Sign=WXPay", "noncestr": nonce, "timestamp": at, "sign": sign })
    } else {
        json!({ "appId": own.app_id, "timeStamp": at, "nonceStr": nonce, "package": last,
            "signType": "RSA", "paySign": sign })
    }
}

#[tokio::test]
async fn a_package_opens_the_cashier_when_its_signature_is_right() {
    let rig = Rig::start().await;
    for (kind, trade_type) in [("jsapi", "JSAPI"), ("app", "APP")] {
        let (number, app) = (format!("W00{kind}"), kind == "app");
        let id = rig.prepay(kind, &number).await;
        let good = package(&rig, app, &id);
        for (name, other) in [("timeStamp", "1"), ("timestamp", "1"), ("nonceStr", "x")] {
            let mut bad = good.clone();
            if bad.get(name).is_some() {
                bad[name] = json!(other);
                assert_eq!(rig.invoke(&bad).await.1["reason"], "支付验证签名失败", "{name}");
            }
        }
        assert_eq!(rig.invoke(&package(&rig, !app, &id)).await.0, 400, "the other kind's package");
        let (status, said) = rig.invoke(&good).await;
        assert_eq!(status, 200, "{said}");
        let cashier = said["cashier"].as_str().unwrap().strip_prefix(&rig.at("")).unwrap();
        rig.call("POST", &format!("{cashier}/pay"), "").await;
        let (_, order) = rig.wechat_query(&number).await;
        assert_eq!(
            (&order["trade_state"], &order["trade_type"]),
            (&json!("SUCCESS"), &json!(trade_type))
        );
    }
}

#[tokio::test]
async fn a_jsapi_order_belongs_to_a_payer_of_its_application() {
    let rig = Rig::start().await;
    let path = format!("{TRANSACTIONS}/jsapi");
    let mut body = rig.native_body("W00001", "tea");
    let (status, said) = rig.order(&path, body.clone()).await;
    assert_eq!((status, &said["detail"]["field"]), (400, &json!("/payer/openid")));
    body["payer"] = json!({ "openid": rig.open_id("wx0000000000000000") });
    let (status, said) = rig.order(&path, body.clone()).await;
    assert_eq!(
        (status, &said["code"], &said["message"]),
        (400, &json!("PARAM_ERROR"), &json!("无效的openid"))
    );
    let own = rig.open_id(&rig.merchant.own.wechat.app_id);
    body["payer"] = json!({ "openid": own });
    assert_eq!(rig.order(&path, body).await.0, 200);
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    assert_eq!(rig.wechat_query("W00001").await.1["payer"], json!({ "openid": own }));
}

#[tokio::test]
async fn a_prepay_id_is_given_again_and_a_code_is_renewed() {
    let rig = Rig::start().await;
    assert_eq!(rig.prepay("app", "W00001").await, rig.prepay("app", "W00001").await);
    assert_ne!(rig.native("W00002", "tea").await, rig.native("W00002", "tea").await);
    let body = rig.native_body("W00002", "tea");
    let (status, said) = rig.order(&format!("{TRANSACTIONS}/app"), body).await;
    assert_eq!((status, &said["code"]), (403, &json!("OUT_TRADE_NO_USED")));
}

#[tokio::test]
async fn an_h5_page_opens_from_the_shops_own_site_and_goes_back_to_it() {
    let rig = Rig::start().await;
    let path = format!("{TRANSACTIONS}/h5");
    let mut body = rig.native_body("W00001", "tea");
    let (status, said) = rig.order(&path, body.clone()).await;
    assert_eq!((status, &said["detail"]["field"]), (400, &json!("/scene_info/payer_client_ip")));
    body["scene_info"] = json!({ "payer_client_ip": "::1", "h5_info": { "type": "Wap" } });
    let (_, said) = rig.order(&path, body).await;
    let url = said["h5_url"].as_str().unwrap();
    let open = async |url: &str, referer: &str| {
        let mut request = Request::get(url);
        if !referer.is_empty() {
            request = request.header("referer", referer);
        }
        rig.send(request.body(String::new()).unwrap()).await.unwrap()
    };
    let back = format!("{url}&redirect_url=https%3A%2F%2Fshop.test%2Fdone");
    assert_eq!(open(url, "").await.status, 400, "no Referer");
    assert_eq!(open(&back, "https://other.test/").await.status, 400, "another site");
    let late = format!("{}1", url.split("package=").next().unwrap().to_owned() + "package=");
    assert_eq!(open(&late, "https://shop.test/").await.status, 400, "older than five minutes");
    let opened = open(&back, "https://shop.test/cart").await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let wallet = opened.headers["location"].to_str().unwrap().strip_prefix(&rig.at("")).unwrap();
    assert_eq!(rig.get(wallet).await.status, 200);
    let paid = rig.call("POST", &format!("{wallet}/pay"), "").await;
    assert_eq!(paid.headers["location"], "https://shop.test/done");
    assert_eq!(rig.wechat_query("W00001").await.1["trade_type"], "MWEB");
}

#[tokio::test]
async fn a_till_charges_a_code_once() {
    let rig = Rig::start().await;
    let path = format!("{TRANSACTIONS}/codepay");
    let code = rig.auth_code(false);
    let (status, said) = rig.order(&path, rig.codepay_body("W00001", &code)).await;
    assert_eq!((status, &said["trade_state"]), (200, &json!("SUCCESS")), "{said}");
    assert_eq!(said["trade_type"], "MICROPAY");
    let used = rig.order(&path, rig.codepay_body("W00002", &code)).await;
    assert_eq!((used.0, &used.1["code"]), (400, &json!("AUTH_CODE_ERROR")));
    let unknown = rig.order(&path, rig.codepay_body("W00003", "134567890123456789")).await;
    assert_eq!((unknown.0, &unknown.1["code"]), (400, &json!("AUTH_CODE_INVALID")));
    let again = rig.order(&path, rig.codepay_body("W00001", &code)).await;
    assert_eq!((again.0, &again.1["code"]), (400, &json!("ORDERPAID")));
}

#[tokio::test]
async fn a_charge_waits_for_the_payer_and_can_be_taken_back() {
    let rig = Rig::start().await;
    let path = format!("{TRANSACTIONS}/codepay");
    let number = |n: u32| format!("W0000{n}");
    for n in [1, 2, 3] {
        let body = rig.codepay_body(&number(n), &rig.auth_code(true));
        let (status, said) = rig.order(&path, body.clone()).await;
        assert_eq!((status, &said["trade_state"]), (202, &json!("USERPAYING")));
        assert_eq!(rig.order(&path, body).await.0, 202, "a repeat asks again");
    }
    let own =
        json!({ "appid": rig.merchant.own.wechat.app_id, "mchid": rig.merchant.own.wechat.mch_id });
    let act = async |n: u32, what: &str| {
        let path = format!("{TRANSACTIONS}/out-trade-no/{}/{what}", number(n));
        rig.wechat("POST", &path, Some(own.clone())).await
    };
    let state = async |n: u32| rig.wechat_query(&number(n)).await.1["trade_state"].clone();
    assert_eq!(act(1, "close").await.0, 400, "a charge is reversed, not closed");
    assert_eq!(act(1, "reverse").await.0, 200);
    assert_eq!((state(1).await, act(1, "reverse").await.0), (json!("REVOKED"), 200));
    rig.sandbox.pay(Channel::Wechat, &number(2)).unwrap();
    assert_eq!(state(2).await, "SUCCESS");
    assert_eq!(act(2, "reverse").await.1["out_trade_no"], number(2));
    let order = rig.sandbox.order(Channel::Wechat, &number(2)).unwrap();
    assert_eq!((order.refunded_fen, order.reversed), (8888, true), "the money returned");
    rig.sandbox.shared().books().decline(&(Channel::Wechat, number(3)), clock::now()).unwrap();
    assert_eq!(state(3).await, "PAYERROR");
    rig.native("W00009", "tea").await;
    assert_eq!(act(9, "reverse").await.0, 400, "only a charge can be reversed");
}

#[tokio::test]
async fn a_charge_nobody_confirms_is_taken_back_by_the_channel() {
    let within = std::time::Duration::ZERO;
    let rig = Rig::with(Config { wechat_confirm_within: within, ..Config::default() }).await;
    let body = rig.codepay_body("W00001", &rig.auth_code(true));
    rig.order(&format!("{TRANSACTIONS}/codepay"), body).await;
    let reversed = || rig.sandbox.order(Channel::Wechat, "W00001").unwrap().reversed;
    super::rig::until(reversed).await;
}

#[tokio::test]
async fn a_service_provider_orders_for_its_sub_merchant() {
    let mut rig = Rig::start().await;
    let own = rig.merchant.own.wechat.clone();
    let path = format!("{PARTNER}/jsapi");
    let mut body = rig.partner_body("W00001");
    let (sp, sub) = (rig.open_id(&own.app_id), rig.open_id(&own.sub_app_id));
    body["sub_appid"] = json!(own.sub_app_id);
    body["payer"] = json!({ "sub_openid": sub });
    assert_eq!(rig.order(&path, body.clone()).await.0, 200);
    rig.sandbox.pay(Channel::Wechat, "W00001").unwrap();
    let query = format!("sp_mchid={}&sub_mchid={}", own.mch_id, own.sub_mch_id);
    let path = format!("{PARTNER}/out-trade-no/W00001?{query}");
    let (status, order) = rig.wechat("GET", &path, None).await;
    assert_eq!((status, &order["sub_mchid"]), (200, &json!(own.sub_mch_id)), "{order}");
    assert_eq!(order["payer"], json!({ "sp_openid": sp, "sub_openid": sub }));
    assert_eq!((order.get("appid"), order.get("mchid")), (None, None));
    assert_eq!(rig.wechat_query("W00001").await.0, 400, "not the provider's own order");
    let received = rig.inbox.next().await;
    let event: Value = serde_json::from_str(&received.body).unwrap();
    let told: Value = serde_json::from_str(&rig.merchant.unseal(&event["resource"])).unwrap();
    assert_eq!(told, order, "the notification says what the query says");
    let refund = json!({
        "out_trade_no": "W00001", "out_refund_no": "R1", "sub_mchid": own.sub_mch_id,
        "amount": { "refund": 1, "total": 8888, "currency": "CNY" },
    });
    let path = "/v3/refund/domestic/refunds";
    assert_eq!(rig.order(path, refund).await.0, 200);
    let query = format!("{path}/R1?sub_mchid={}", own.sub_mch_id);
    assert_eq!(rig.wechat("GET", &query, None).await.0, 200);
    assert_eq!(rig.wechat("GET", &format!("{path}/R1"), None).await.0, 404);
}

#[tokio::test]
async fn a_stranger_is_no_sub_merchant() {
    let rig = Rig::start().await;
    let own = &rig.merchant.own.wechat;
    for (sub, code) in [(own.mch_id.as_str(), "INVALID_REQUEST"), ("1600000000", "NO_AUTH")] {
        let mut body = rig.partner_body("W00001");
        body["sub_mchid"] = json!(sub);
        assert_eq!(rig.order(&format!("{PARTNER}/native"), body).await.1["code"], code);
    }
    let mut body = rig.partner_body("W00001");
    body["sp_mchid"] = json!("1900000002");
    let refused = rig.order(&format!("{PARTNER}/native"), body).await;
    assert_eq!(refused.1["code"], "MCH_NOT_EXISTS", "the signer is another");
}

#[tokio::test]
async fn what_the_interface_does_not_know_is_refused() {
    let rig = Rig::start().await;
    let mut body = rig.native_body("W00001", "tea");
    body["colour"] = json!("red");
    let reply =
        rig.try_wechat("POST", &format!("{TRANSACTIONS}/native"), Some(body)).await.unwrap();
    assert_eq!(reply.status, 400);
    let id = reply.headers["request-id"].to_str().unwrap().to_owned();
    assert!(id.ends_with("-270924358"), "{id}");
    assert_eq!(rig.sandbox.order(Channel::Wechat, "W00001"), None);
    rig.native("W00002", "tea").await;
    let order = rig.sandbox.order(Channel::Wechat, "W00002").unwrap();
    assert_eq!(order.product, Product::Qr);
}
