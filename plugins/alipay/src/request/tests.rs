use paymux_channel::canonical::sorted_pairs;
use paymux_channel::rsa::PrivateKey;
use paymux_channel::{Channel as _, Operation};
use paymux_core::Timestamp;
use paymux_core::payment::Method;

use super::*;
use crate::tests::{NOW, account, call, key, operations, parameters, pay, vectors};

/// The SDKs' parameters give the SDKs' text and the SDKs' signature.
#[test]
fn requests_are_signed_as_by_the_sdks() {
    let own = PrivateKey::parse(&key("app", "private_pkcs1_b64")).unwrap();
    let files = [
        include_str!("../../vectors/request_sign.json"),
        include_str!("../../vectors/page_pay.json"),
        include_str!("../../vectors/exchange.json"),
    ];
    let mut seen = 0;
    for vector in files.into_iter().flat_map(vectors) {
        let pairs = vector["params"].as_object().unwrap();
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
        let text = sorted_pairs(pairs);
        assert_eq!(text, vector["canonical"].as_str().unwrap(), "{}", vector["id"]);
        let sign = own.sign(text.as_bytes()).unwrap();
        assert_eq!(sign, vector["sign"].as_str().unwrap(), "{}", vector["id"]);
        seen += 1;
    }
    assert_eq!(seen, 12);
}

/// Byte for byte what the official Node SDK sends.
#[test]
fn requests_travel_as_from_the_sdk() {
    let account = account();
    for vector in vectors(include_str!("../../vectors/exchange.json")) {
        let of = |name: &str| vector["params"][name].as_str();
        let api = [Api::Query, Api::Precreate, Api::Refund]
            .into_iter()
            .find(|it| it.name() == vector["method"])
            .unwrap();
        let addresses: Vec<_> = of("notify_url").map(|it| ("notify_url", it)).into_iter().collect();
        let biz = of("biz_content").unwrap();
        let signed = account.signed(api, &call(), &addresses, biz).unwrap();
        // The SDK puts the address before the signature, as we do.
        assert_eq!(format!("/gateway.do?{}", encode(&signed)), vector["url"].as_str().unwrap());
        let body = encode(&[("biz_content", biz.to_owned())]);
        assert_eq!(body, vector["body"].as_str().unwrap());
    }
}

/// What travels decodes to what was signed, nothing is empty, nothing is there twice.
#[test]
fn what_is_sent_is_what_is_signed() {
    let own = paymux_channel::rsa::PublicKey::parse(&key("app", "public_spki_pem")).unwrap();
    for operation in operations() {
        let mut sent = match account().build(&operation, &call()).unwrap() {
            Step::Send(request) => {
                assert_eq!(request.method(), http::Method::POST);
                assert_eq!(request.headers()[CONTENT_TYPE], FORM);
                let mut sent = parameters(request.uri().query().unwrap());
                sent.extend(parameters(std::str::from_utf8(request.body()).unwrap()));
                sent
            }
            Step::Done(outcome) => parameters(address_of(&outcome).split_once('?').unwrap().1),
        };
        let names: std::collections::BTreeSet<_> = sent.iter().map(|it| it.0.clone()).collect();
        assert_eq!(names.len(), sent.len());
        assert!(sent.iter().all(|(_, value)| !value.trim().is_empty()));
        let sign = sent.iter().position(|(name, _)| name == "sign").unwrap();
        let (_, sign) = sent.remove(sign);
        let text = sorted_pairs(sent.iter().map(|(name, value)| (&**name, &**value)));
        assert!(own.verifies(text.as_bytes(), &sign), "{operation:?}");
    }
}

fn address_of(outcome: &paymux_channel::Outcome) -> &str {
    let paymux_channel::Outcome::Accepted(paymux_core::payment::Action::Redirect(address)) =
        outcome
    else {
        panic!("{outcome:?}")
    };
    address
}

#[test]
fn a_page_is_an_address() {
    let step = account().build(&Operation::Pay(pay(Method::Page)), &call()).unwrap();
    let Step::Done(outcome) = step else { panic!("no call is needed") };
    let address = address_of(&outcome);
    assert!(
        address.starts_with("https://openapi.alipay.com/gateway.do?method=alipay.trade.page.pay&")
    );
    let sent = parameters(address.split_once('?').unwrap().1);
    let of = |name: &str| &sent.iter().find(|it| it.0 == name).unwrap().1;
    assert_eq!(of("return_url"), "https://pay.example.com/return/alipay");
    assert_eq!(of("notify_url"), "https://pay.example.com/notify/alipay");
    let biz: serde_json::Value = serde_json::from_str(of("biz_content")).unwrap();
    assert_eq!(biz["product_code"], "FAST_INSTANT_TRADE_PAY");
    assert_eq!(biz["out_trade_no"], pay(Method::Page).attempt.to_string());
    assert_eq!(biz["total_amount"], "88.88");
    assert_eq!(biz["time_expire"], "2026-01-15 13:04:56");
    assert!(biz.get("business_params").is_none());
}

#[test]
fn addresses_have_limits() {
    let fit = |url: &str| fit_address("notify_url", url).is_ok();
    assert!(fit(&format!("https://{}", "a".repeat(MAX_ADDRESS - 8))));
    assert!(!fit(&format!("https://{}", "a".repeat(MAX_ADDRESS - 7))));
    assert!(!fit("") && !fit(" ") && !fit("https://a b") && !fit("https://商户.example"));
    let long = Call { return_url: "x".repeat(257), ..call() };
    let unfit = crate::tests::unfit(&Operation::Pay(pay(Method::Page)), &long);
    assert_eq!(unfit, Some("return_url"));
    let long = Call { notify_url: String::new(), ..call() };
    let unfit = crate::tests::unfit(&Operation::Pay(pay(Method::Qr)), &long);
    assert_eq!(unfit, Some("notify_url"));
}

#[test]
fn a_clock_out_of_range_is_an_error() {
    let never = Call { now: Timestamp(i64::MAX), ..call() };
    assert!(account().build(&operations()[2], &never).is_err());
    assert!(account().build(&operations()[2], &Call { now: NOW, ..never }).is_ok());
}
