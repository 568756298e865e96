//! Alipay: certificates, cipher, GBK, SHA-1, slashes, pace, and acting for a merchant.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::merchant::{Params, joined};
use super::rig::{Reply, Rig, precreate};
use crate::alipay::vectors::{root_sn, sn_of_pem};
use crate::crypto::{Hash, Signer, Verifier};
use crate::{Channel, Config, Slashes};

const QUERY: &str = "alipay.trade.query";

fn certified(rig: &Rig, method: &str, biz: &Value) -> Params {
    let own = &rig.merchant.own.alipay;
    let mut params = rig.merchant.alipay_params(method, biz);
    params.insert("app_cert_sn".into(), sn_of_pem(&own.app_certificate_pem).unwrap());
    params.insert("alipay_root_cert_sn".into(), root_sn(&own.root_certificates_pem));
    params
}

async fn send(rig: &Rig, params: Params) -> Reply {
    rig.gateway(&rig.merchant.sign_alipay(params)).await.unwrap()
}

fn sub_code(reply: &Reply) -> String {
    let body = reply.json();
    let (_, node) =
        body.as_object().unwrap().iter().find(|(name, _)| name.ends_with("_response")).unwrap();
    node["sub_code"].as_str().unwrap_or("success").to_owned()
}

#[tokio::test]
async fn certificate_mode_names_a_certificate_that_can_be_downloaded() {
    let rig = Rig::start().await;
    let params = certified(&rig, QUERY, &json!({ "out_trade_no": "A1" }));
    let reply = send(&rig, params.clone()).await;
    let number = sn_of_pem(&rig.merchant.own.alipay.alipay_certificate_pem).unwrap();
    let between = format!("}},\"alipay_cert_sn\":\"{number}\",\"sign\":\"");
    assert!(reply.text.contains(&between), "{}", reply.text);

    let renewed = rig.call("POST", "/control/alipay/certificate", "").await.json();
    let renewed = renewed["alipay_cert_sn"].as_str().unwrap().to_owned();
    assert_ne!(renewed, number);
    assert!(send(&rig, params).await.text.contains(&renewed));
    for wanted in [&number, &renewed] {
        let method = "alipay.open.app.alipaycert.download";
        let node = rig.alipay(method, json!({ "alipay_cert_sn": wanted })).await;
        let pem = STANDARD.decode(node["alipay_cert_content"].as_str().unwrap()).unwrap();
        let pem = String::from_utf8(pem).unwrap();
        let (leaf, authority) = pem.split_at(pem.find("-----END").unwrap() + 26);
        assert_eq!(sn_of_pem(leaf).as_deref(), Some(wanted.as_str()));
        assert!(authority.contains("BEGIN CERTIFICATE"));
    }
    let unknown = json!({ "alipay_cert_sn": "0" });
    let node = rig.alipay("alipay.open.app.alipaycert.download", unknown).await;
    assert_eq!(node["sub_code"], "isv.alipay-cert-not-exist");
}

#[tokio::test]
async fn certificate_mode_can_be_the_only_one() {
    let config = Config { alipay_certificates: true, ..Config::default() };
    let rig = Rig::with(config).await;
    let biz = json!({ "out_trade_no": "A1" });
    let check = async |change: &dyn Fn(&mut Params), expected: &str| {
        let mut params = certified(&rig, QUERY, &biz);
        change(&mut params);
        assert_eq!(sub_code(&send(&rig, params).await), expected);
    };
    check(&|_| {}, "ACQ.TRADE_NOT_EXIST").await;
    let without = |name: &'static str| move |params: &mut Params| drop(params.remove(name));
    check(&without("app_cert_sn"), "isv.missing-app-cert-sn").await;
    check(&without("alipay_root_cert_sn"), "isv.missing-alipay-root-cert-sn").await;
    let spoil = |name: &'static str| {
        move |params: &mut Params| drop(params.insert(name.into(), "0".into()))
    };
    check(&spoil("app_cert_sn"), "isv.app-cert-not-exist").await;
    check(&spoil("alipay_root_cert_sn"), "isv.invalid-alipay-root-cert-sn").await;
}

type Aes = aes::Aes128;

#[tokio::test]
async fn content_and_answer_can_be_encrypted() {
    let rig = Rig::start().await;
    let key: [u8; 16] =
        STANDARD.decode(&rig.merchant.own.alipay.aes_key).unwrap().try_into().unwrap();
    let zeros = [0_u8; 16];
    let sealed = cbc::Encryptor::<Aes>::new(&key.into(), &zeros.into())
        .encrypt_padded_vec::<Pkcs7>(precreate("A1", "茶").to_string().as_bytes());
    let mut params = rig.merchant.alipay_params("alipay.trade.precreate", &json!({}));
    params.insert("biz_content".into(), STANDARD.encode(sealed));
    let bare = send(&rig, params.clone()).await;
    assert_eq!(sub_code(&bare), "isv.decryption-error-missing-encrypt-type");
    params.insert("encrypt_type".into(), "AES".into());
    let reply = send(&rig, params).await;
    let body = reply.json();
    let text = body["alipay_trade_precreate_response"].as_str().unwrap();
    let verifier = Verifier::from_pem(&rig.merchant.own.alipay.alipay_public_key_pem).unwrap();
    let sign = body["sign"].as_str().unwrap();
    assert!(verifier.accepts(format!("\"{text}\"").as_bytes(), sign), "with its quotes");
    assert!(!verifier.accepts(text.as_bytes(), sign));
    let plain = cbc::Decryptor::<Aes>::new(&key.into(), &zeros.into())
        .decrypt_padded_vec::<Pkcs7>(&STANDARD.decode(text).unwrap())
        .unwrap();
    let node: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!((&node["code"], &node["out_trade_no"]), (&json!("10000"), &json!("A1")));
    assert_eq!(rig.sandbox.order(Channel::Alipay, "A1").unwrap().subject, "茶");
}

#[tokio::test]
async fn encrypted_content_is_in_the_charset_of_its_request() {
    let rig = Rig::start().await;
    let key: [u8; 16] =
        STANDARD.decode(&rig.merchant.own.alipay.aes_key).unwrap().try_into().unwrap();
    let plain = precreate("A1", "测试商品").to_string();
    let sealed = cbc::Encryptor::<Aes>::new(&key.into(), &[0_u8; 16].into())
        .encrypt_padded_vec::<Pkcs7>(&encoding_rs::GBK.encode(&plain).0);
    let mut params = rig.merchant.alipay_params("alipay.trade.precreate", &json!({}));
    params.insert("biz_content".into(), STANDARD.encode(sealed));
    params.insert("encrypt_type".into(), "AES".into());
    let form = gbk_form(&rig, params);
    let reply = rig.call("POST", "/alipay/gateway.do", &form).await;
    assert!(reply.text.starts_with("{\"alipay_trade_precreate_response\":\""), "{}", reply.text);
    assert_eq!(rig.sandbox.order(Channel::Alipay, "A1").unwrap().subject, "测试商品");
}

/// A form in GBK, signed over its bytes in GBK.
fn gbk_form(rig: &Rig, mut params: Params) -> String {
    params.insert("charset".into(), "GBK".into());
    params.insert("notify_url".into(), format!("{}/alipay", rig.inbox.url));
    let signer = Signer::from_pem(&rig.merchant.own.alipay.private_key_pem).unwrap();
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    params.insert("sign".into(), signer.sign(&gbk(&joined(&params, &[]))));
    let piece = |text: &str| form_urlencoded::byte_serialize(&gbk(text)).collect::<String>();
    let pairs = params.iter().map(|(name, value)| format!("{}={}", piece(name), piece(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn gbk_is_read_and_written() {
    let mut rig = Rig::start().await;
    let biz = precreate("A1", "测试商品");
    let params = rig.merchant.alipay_params("alipay.trade.precreate", &biz);
    let form = gbk_form(&rig, params);
    let reply = rig.call("POST", "/alipay/gateway.do", &form).await;
    assert_eq!(sub_code(&reply), "success", "{}", reply.text);
    assert_eq!(reply.headers["content-type"], "text/html;charset=GBK");
    assert_eq!(rig.sandbox.order(Channel::Alipay, "A1").unwrap().subject, "测试商品");
    let params = rig.merchant.alipay_params(QUERY, &json!({ "out_trade_no": "A2" }));
    let form = gbk_form(&rig, params);
    let reply = rig.call("POST", "/alipay/gateway.do", &form).await;
    let node = reply.text.strip_prefix("{\"alipay_trade_query_response\":").unwrap();
    let (node, sign) = node.rsplit_once(",\"sign\":\"").unwrap();
    let verifier = Verifier::from_pem(&rig.merchant.own.alipay.alipay_public_key_pem).unwrap();
    let bytes = encoding_rs::GBK.encode(node).0.into_owned();
    assert!(node.contains("交易不存在") && verifier.accepts(&bytes, sign.trim_end_matches("\"}")));

    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    let body = rig.inbox.next().await.body;
    let subject: String =
        form_urlencoded::byte_serialize(&encoding_rs::GBK.encode("测试商品").0).collect();
    assert!(body.contains(&subject) && body.contains("charset=GBK"), "{body}");
}

#[tokio::test]
async fn old_applications_sign_with_sha1() {
    let config = Config { alipay_rsa1: true, ..Config::default() };
    let rig = Rig::with(config).await;
    let own = &rig.merchant.own.alipay;
    let mut params = rig.merchant.alipay_params(QUERY, &json!({ "out_trade_no": "A1" }));
    params.insert("sign_type".into(), "RSA".into());
    let text = joined(&params, &[]);
    let signer = Signer::from_pem(&own.private_key_pem).unwrap();
    params.insert("sign".into(), signer.sign(text.as_bytes()));
    let wrong = rig.gateway(&params).await.unwrap();
    assert_eq!(sub_code(&wrong), "isv.invalid-signature", "SHA-256 under the name of SHA-1");
    params.insert("sign".into(), signer.sign_with(Hash::Sha1, text.as_bytes()));
    let reply = rig.gateway(&params).await.unwrap();
    let node = reply.text.strip_prefix("{\"alipay_trade_query_response\":").unwrap();
    let (node, sign) = node.rsplit_once(",\"sign\":\"").unwrap();
    let verifier = Verifier::from_pem(&own.alipay_public_key_pem).unwrap();
    let sign = sign.trim_end_matches("\"}");
    assert!(verifier.accepts_with(Hash::Sha1, node.as_bytes(), sign));
    assert!(!verifier.accepts(node.as_bytes(), sign));
}

#[tokio::test]
async fn slashes_are_escaped_before_or_after_signing() {
    for (slashes, signed_as_sent) in
        [(Slashes::Plain, true), (Slashes::Escaped, true), (Slashes::EscapedAfterSigning, false)]
    {
        let rig = Rig::with(Config { alipay_slashes: slashes, ..Config::default() }).await;
        let biz = precreate("A1", "tea");
        let reply = rig.try_alipay("alipay.trade.precreate", biz).await.unwrap();
        assert_eq!(reply.text.contains("\\/"), slashes != Slashes::Plain, "{}", reply.text);
        let as_sent = rig.merchant.open_alipay("alipay.trade.precreate", &reply.text);
        assert_eq!(as_sent.is_some(), signed_as_sent, "{slashes:?}");
        let plain = reply.text.replace("\\/", "/");
        let unescaped = rig.merchant.open_alipay("alipay.trade.precreate", &plain);
        assert_eq!(unescaped.is_some(), slashes != Slashes::Escaped, "{slashes:?}");
    }
}

#[tokio::test]
async fn too_many_calls_in_a_second_are_refused() {
    let config = Config { alipay_calls_per_second: Some(0), ..Config::default() };
    let rig = Rig::with(config).await;
    let node = rig.alipay(QUERY, json!({ "out_trade_no": "A1" })).await;
    assert_eq!(
        (&node["code"], &node["sub_code"]),
        (&json!("40005"), &json!("isv.app-call-limited"))
    );
}

#[tokio::test]
async fn an_application_acts_for_a_merchant_who_let_it() {
    let mut rig = Rig::start().await;
    let own = rig.merchant.own.alipay.clone();
    let back = "http://shop.test/back";
    let path = format!(
        "/alipay/oauth2/appToAppAuth.htm?app_id={}&redirect_uri={back}&state=s1",
        own.app_id
    );
    let there = rig.get(&path).await.headers["location"].to_str().unwrap().to_owned();
    let query = there.strip_prefix(&format!("{back}?")).unwrap();
    let query: Params = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(query["state"], "s1");
    let grant = json!({ "grant_type": "authorization_code", "code": query["app_auth_code"] });
    let node = rig.alipay("alipay.open.auth.token.app", grant.clone()).await;
    assert_eq!(node["app_auth_token"], own.merchant.app_auth_token);
    let again = rig.alipay("alipay.open.auth.token.app", grant).await;
    assert_eq!(again["sub_code"], "AUTH_CODE_NOT_VALID", "once");

    let call = async |rig: &Rig, method: &str, biz: &Value, for_merchant: bool| {
        let mut params = rig.merchant.alipay_params(method, biz);
        params.insert("notify_url".into(), format!("{}/alipay", rig.inbox.url));
        if for_merchant {
            let token = node["app_auth_token"].as_str().unwrap().to_owned();
            params.insert("app_auth_token".into(), token);
        }
        sub_code(&send(rig, params).await)
    };
    let biz = precreate("A1", "tea");
    assert_eq!(call(&rig, "alipay.trade.precreate", &biz, true).await, "success");
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    let form = rig.merchant.open_form(&rig.inbox.next().await.body).unwrap();
    assert_eq!((&form["app_id"], &form["auth_app_id"]), (&own.app_id, &own.merchant.app_id));
    assert_eq!(form["seller_id"], own.merchant.seller_id);
    let number = json!({ "out_trade_no": "A1" });
    assert_eq!(call(&rig, QUERY, &number, true).await, "success");
    assert_eq!(call(&rig, QUERY, &number, false).await, "ACQ.TRADE_NOT_EXIST", "not its own");
}
