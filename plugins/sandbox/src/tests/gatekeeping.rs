//! What is refused before anything happens: both channels' signatures and forms.

use serde_json::json;

use super::rig::{Rig, precreate, wechat_request};
use crate::clock;

#[tokio::test]
async fn the_alipay_gateway_names_what_is_wrong_with_a_request() {
    let rig = Rig::start().await;
    let check = async |name: &str, value: &str, expected: &str| {
        let mut params =
            rig.merchant.alipay_params("alipay.trade.precreate", &precreate("A1", "tea"));
        params.insert(name.to_owned(), value.to_owned());
        let params = rig.merchant.sign_alipay(params);
        let reply = rig.gateway(&params).await.unwrap();
        assert!(reply.text.contains(&format!("\"sub_code\":\"{expected}\"")), "{}", reply.text);
    };
    check("charset", "big5", "isv.invalid-charset").await;
    check("charset", "", "isv.invalid-charset").await;
    check("format", "XML", "isv.invalid-format").await;
    check("sign_type", "RSA", "isv.invalid-signature-type").await;
    check("timestamp", "2026-01-15T12:34:56", "isv.invalid-timestamp").await;
    check("version", "2.0", "isv.invalid-parameter").await;
    check("version", "", "isv.missing-version").await;
    check("method", "alipay.trade.wish", "isv.invalid-method").await;
    check("method", "alipay.fund.auth.order.freeze", "isv.insufficient-isv-permissions").await;
    check("biz_content", "[]", "isv.illegal-json").await;
    check("app_auth_token", "nobody", "aop.invalid-app-auth-token").await;
    check("app_cert_sn", "1", "isv.missing-alipay-root-cert-sn").await;
    check("encrypt_type", "AES", "isv.decryption-error-unknown").await;
    assert_eq!(rig.sandbox.orders(0, 10), [], "nothing was created");
}

#[tokio::test]
async fn an_unknown_application_is_refused_before_the_signature_and_unsigned() {
    let rig = Rig::start().await;
    let mut params = rig.merchant.alipay_params("alipay.trade.query", &json!({}));
    params.insert("app_id".into(), "2021000000000009".into());
    let reply = rig.gateway(&params).await.unwrap();
    let body = reply.json();
    assert_eq!(body["alipay_trade_query_response"]["sub_code"], "isv.invalid-app-id");
    assert_eq!(body.get("sign"), None);
}

#[tokio::test]
async fn a_wrong_signature_is_answered_with_the_text_the_gateway_built() {
    let rig = Rig::start().await;
    let params = rig.merchant.alipay_params("alipay.trade.precreate", &precreate("A1", "tea"));
    let mut params = rig.merchant.sign_alipay(params);
    params.insert("biz_content".into(), precreate("A1", "coffee").to_string());
    let reply = rig.gateway(&params).await.unwrap();
    let node = rig.merchant.open_alipay("alipay.trade.precreate", &reply.text);
    let node = node.expect("this refusal is signed");
    assert_eq!(node["sub_code"], "isv.invalid-signature");
    assert!(node["sub_msg"].as_str().unwrap().contains("&amp;charset=utf-8&amp;"), "{node}");
    assert_eq!(rig.sandbox.orders(0, 10), []);
}

#[tokio::test]
async fn a_name_that_comes_twice_is_refused() {
    let rig = Rig::start().await;
    let params = rig.merchant.alipay_params("alipay.trade.precreate", &precreate("A1", "tea"));
    let params = rig.merchant.sign_alipay(params);
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish();
    let doubled = format!("{form}&out_trade_no=1&out_trade_no=2");
    let reply = rig.call("POST", "/alipay/gateway.do", &doubled).await;
    assert!(reply.text.contains("isv.invalid-parameter"), "{}", reply.text);
}

#[tokio::test]
async fn wechat_checks_owner_serial_time_and_signature() {
    let rig = Rig::start().await;
    let body = rig.native_body("W00001", "tea").to_string();
    let url = "/wechat/v3/pay/transactions/native";
    let now = clock::now().as_second();
    let good = rig.merchant.authorize("POST", url, &body, now);
    let own = &rig.merchant.own.wechat;
    let check = async |authorization: &str, body: &str, expected: u16| {
        let request = wechat_request("POST", &rig.at(url), authorization, body.to_owned());
        let reply = rig.send(request).await.unwrap();
        assert_eq!(reply.status, expected, "{authorization}: {}", reply.text);
    };
    check("", &body, 401).await;
    check(&good.replace("RSA2048", "RSA1024"), &body, 401).await;
    check(&good.replace(&own.mch_id, "1900000002"), &body, 401).await;
    check(&good.replace(&own.merchant_serial, &"0".repeat(40)), &body, 401).await;
    check(&good, &body.replace("8888", "8889"), 401).await;
    check(&good.replace("timestamp", "timestomp"), &body, 401).await;
    check(&rig.merchant.authorize("POST", url, &body, now - 310), &body, 401).await;
    check(&rig.merchant.authorize("POST", url, &body, now + 310), &body, 401).await;
    check(&rig.merchant.authorize("GET", url, &body, now), &body, 401).await;
    assert_eq!(rig.sandbox.orders(0, 10), [], "nothing was created");
    check(&rig.merchant.authorize("POST", url, &body, now - 290), &body, 200).await;
    // A client that knows nothing of the mount point signs the channel's own path.
    let bare = rig.merchant.authorize("POST", "/v3/pay/transactions/native", &body, now);
    check(&bare, &body, 200).await;
}

#[tokio::test]
async fn wechat_wants_its_headers() {
    let rig = Rig::start().await;
    let body = rig.native_body("W00001", "tea").to_string();
    let url = "/wechat/v3/pay/transactions/native";
    let own = rig.merchant.authorize("POST", url, &body, clock::now().as_second());
    for missing in ["accept", "user-agent", "content-type"] {
        let mut request = wechat_request("POST", &rig.at(url), &own, body.clone());
        request.headers_mut().remove(missing);
        let reply = rig.send(request).await.unwrap();
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (400, &json!("PARAM_ERROR")));
    }
}
