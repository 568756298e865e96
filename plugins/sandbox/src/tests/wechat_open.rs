//! WeChat's open platform: names for payers, tokens for applications.

use serde_json::{Value, json};

use super::rig::Rig;
use crate::{Config, Rotation, SignsWith};

impl Rig {
    async fn weixin(&self, path: &str) -> Value {
        self.get(&format!("/weixin{path}")).await.json()
    }

    /// The code with which the browser comes back from the authorization page.
    async fn oauth_code(&self) -> String {
        let app = &self.merchant.own.wechat.app_id;
        let path = format!(
            "/weixin/connect/oauth2/authorize?appid={app}&redirect_uri=https%3A%2F%2Fshop.test%2Fa\
             %3Fb%3D1&response_type=code&scope=snsapi_base&state=s+1"
        );
        let reply = self.get(&path).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        let back = reply.headers["location"].to_str().unwrap();
        let query = back.strip_prefix("https://shop.test/a?b=1&code=").unwrap();
        query.strip_suffix("&state=s+1").unwrap().to_owned()
    }

    fn exchange(&self, code: &str, secret: &str) -> String {
        let app = &self.merchant.own.wechat.app_id;
        format!(
            "/sns/oauth2/access_token?appid={app}&secret={secret}&code={code}\
             &grant_type=authorization_code"
        )
    }
}

#[tokio::test]
async fn a_code_names_the_payer_once() {
    let rig = Rig::start().await;
    let own = rig.merchant.own.wechat.clone();
    let code = rig.oauth_code().await;
    let wrong = rig.weixin(&rig.exchange(&code, &"0".repeat(32))).await;
    assert_eq!(wrong["errcode"], 40_125);
    let said = rig.weixin(&rig.exchange(&code, &own.app_secret)).await;
    assert_eq!(said["openid"], json!(rig.open_id(&own.app_id)), "{said}");
    let again = rig.weixin(&rig.exchange(&code, &own.app_secret)).await;
    assert_eq!(again["errcode"], 40_163);
    let unknown = rig.weixin(&rig.exchange("x", &own.app_secret)).await;
    assert_eq!(unknown["errcode"], 40_029);
    let bad = rig.get("/weixin/connect/oauth2/authorize?appid=wx0&redirect_uri=https%3A%2F%2Fa.test&response_type=code&scope=snsapi_base").await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn a_mini_program_knows_the_payer_by_another_name() {
    let rig = Rig::start().await;
    let own = rig.merchant.own.wechat.clone();
    let code = rig.weixin(&format!("/login?appid={}", own.mini_app_id)).await["code"].clone();
    let path = |app: &str, secret: &str| {
        format!(
            "/sns/jscode2session?appid={app}&secret={secret}&js_code={}\
             &grant_type=authorization_code",
            code.as_str().unwrap()
        )
    };
    let other = rig.weixin(&path(&own.app_id, &own.app_secret)).await;
    assert_eq!(other["errcode"], 40_029, "another application's code");
    let said = rig.weixin(&path(&own.mini_app_id, &own.mini_app_secret)).await;
    assert_eq!(said["openid"], json!(rig.open_id(&own.mini_app_id)));
    assert_ne!(said["openid"], json!(rig.open_id(&own.app_id)));
    let mut body = rig.native_body("W00001", "tea");
    body["appid"] = json!(own.mini_app_id);
    body["payer"] = json!({ "openid": said["openid"] });
    let (status, said) = rig.wechat("POST", "/v3/pay/transactions/jsapi", Some(body)).await;
    assert_eq!(status, 200, "{said}");
}

#[tokio::test]
async fn tokens_are_given_and_open_tickets() {
    let rig = Rig::start().await;
    let own = rig.merchant.own.wechat.clone();
    let classic = format!(
        "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
        own.app_id, own.app_secret
    );
    let first = rig.weixin(&classic).await;
    assert_eq!(first["expires_in"], 7200);
    let second = rig.weixin(&classic).await;
    assert_ne!(first["access_token"], second["access_token"]);
    let stable = async |force: bool| {
        let body = json!({ "grant_type": "client_credential", "appid": own.app_id,
            "secret": own.app_secret, "force_refresh": force });
        rig.call("POST", "/weixin/cgi-bin/stable_token", &body.to_string()).await.json()
    };
    let kept = stable(false).await;
    assert_eq!(kept["access_token"], stable(false).await["access_token"]);
    assert_ne!(kept["access_token"], stable(true).await["access_token"]);
    for token in [&first, &second, &kept] {
        let token = token["access_token"].as_str().unwrap();
        let path = format!("/cgi-bin/ticket/getticket?access_token={token}&type=jsapi");
        assert_eq!(rig.weixin(&path).await["errcode"], 0, "the grace of five minutes");
    }
    let path = "/cgi-bin/ticket/getticket?access_token=x&type=jsapi";
    assert_eq!(rig.weixin(path).await["errcode"], 40_001);
    rig.arm(json!({ "fault": "rate_limited", "operation": "token" })).await;
    assert_eq!(rig.weixin(&classic).await["errcode"], 45_011);
}

#[tokio::test]
async fn the_platform_renews_its_certificate_step_by_step() {
    let config = Config { wechat_signs_with: SignsWith::Certificate, ..Config::default() };
    let rig = Rig::with(config).await;
    let own = rig.merchant.own.wechat.clone();
    let (old, next) = (own.platform_certificate_serial, own.next_certificate_serial);
    for (step, listed, signer) in [
        (Rotation::Old, vec![&old], &old),
        (Rotation::Announced, vec![&old, &next], &old),
        (Rotation::Switched, vec![&old, &next], &next),
        (Rotation::New, vec![&next], &next),
    ] {
        rig.sandbox.rotate_wechat_certificate(step);
        let reply = rig.try_wechat("GET", "/v3/certificates", None).await.unwrap();
        assert_eq!(reply.headers["wechatpay-serial"], signer.as_str(), "{step:?}");
        let list = reply.json()["data"].as_array().unwrap().clone();
        let serials: Vec<_> = list.iter().map(|own| own["serial_no"].as_str().unwrap()).collect();
        assert_eq!(serials, listed, "{step:?}");
        let pem = rig.merchant.unseal(&list.last().unwrap()["encrypt_certificate"]);
        let trusted = rig.merchant.trusts_by(&reply.headers, &reply.text, &pem);
        assert_eq!(trusted, listed.last() == Some(&signer), "signed by the one that is named");
    }
}

#[tokio::test]
async fn an_answer_can_be_signed_in_vain_in_every_way() {
    let rig = Rig::start().await;
    let path = "/v3/pay/transactions/native";
    for fault in ["sign_test", "strange_serial", "stale_timestamp", "unsigned"] {
        rig.arm(json!({ "fault": fault, "operation": "pay" })).await;
        let body = rig.native_body("W00001", "tea");
        let reply = rig.try_wechat("POST", path, Some(body)).await.unwrap();
        let value = |name: &str| reply.headers.get(name).map(|value| value.to_str().unwrap());
        let now = crate::clock::now().as_second();
        match fault {
            "sign_test" => {
                assert!(value("wechatpay-signature").unwrap().starts_with("WECHATPAY/SIGNTEST/"));
            }
            "strange_serial" => {
                let serial = value("wechatpay-serial").unwrap();
                assert_ne!(serial, rig.merchant.own.wechat.public_key_id);
            }
            "stale_timestamp" => {
                assert!(rig.merchant.trusts(&reply.headers, &reply.text));
                let at: i64 = value("wechatpay-timestamp").unwrap().parse().unwrap();
                assert!(now - at > 300, "{at}");
            }
            _unsigned => assert_eq!(value("wechatpay-signature"), None),
        }
    }
}

#[tokio::test]
async fn the_good_notification_follows_its_probe() {
    let mut rig = Rig::start().await;
    rig.native("W00001", "[sandbox:notify.sign_test]").await;
    rig.sandbox.pay(crate::Channel::Wechat, "W00001").unwrap();
    let probe = rig.inbox.next().await;
    let signature = probe.headers["wechatpay-signature"].to_str().unwrap();
    assert!(signature.starts_with("WECHATPAY/SIGNTEST/"));
    let good = rig.inbox.next().await;
    assert!(rig.merchant.trusts(&good.headers, &good.body));
    assert_eq!(probe.body.len(), good.body.len());
}

#[tokio::test]
async fn a_merchant_who_changes_its_mode_gets_messages_of_both() {
    let config = Config { wechat_signs_with: SignsWith::Grey, ..Config::default() };
    let mut rig = Rig::with(config).await;
    let own = rig.merchant.own.wechat.clone();
    let reply = rig.try_wechat("GET", "/v3/certificates", None).await.unwrap();
    assert_eq!(reply.headers["wechatpay-serial"], own.platform_certificate_serial.as_str());
    let mut serials = Vec::new();
    for number in ["W00001", "W00002"] {
        rig.native(number, "tea").await;
        rig.sandbox.pay(crate::Channel::Wechat, number).unwrap();
        let received = rig.inbox.next().await;
        assert!(rig.merchant.trusts(&received.headers, &received.body));
        serials.push(received.headers["wechatpay-serial"].to_str().unwrap().to_owned());
    }
    assert_eq!(serials, [own.platform_certificate_serial, own.public_key_id]);
}
