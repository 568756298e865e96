use paymux_channel::canonical::sorted_pairs;
use paymux_channel::{Channel as _, Operation, Outcome};
use paymux_core::Timestamp;
use paymux_core::payment::Method;
use serde_json::Value;

use super::*;
use crate::sign::{OwnKey, SignType};
use crate::tests::{
    AES_KEY, NOW, account, account_with, call, certified, key, operations, parameters, pay, vectors,
};

/// The SDKs' parameters give the SDKs' text and the SDKs' signature.
#[test]
fn requests_are_signed_as_by_the_sdks() {
    let files = [
        include_str!("../../vectors/request_sign.json"),
        include_str!("../../vectors/page_pay.json"),
        include_str!("../../vectors/app_pay.json"),
        include_str!("../../vectors/exchange.json"),
    ];
    let mut seen = 0;
    for vector in files.into_iter().flat_map(vectors) {
        let pairs = vector["params"].as_object().unwrap();
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
        let text = sorted_pairs(pairs);
        assert_eq!(text, vector["canonical"].as_str().unwrap(), "{}", vector["id"]);
        let owner = vector["key"].as_str().unwrap_or("app");
        let sign_type = if owner == "legacy1024" { SignType::Rsa } else { SignType::Rsa2 };
        let own = OwnKey::parse(sign_type, &key(owner, "private_pkcs1_b64")).unwrap();
        let sign = own.sign(text.as_bytes()).unwrap();
        assert_eq!(sign, vector["sign"].as_str().unwrap(), "{}", vector["id"]);
        seen += 1;
    }
    assert_eq!(seen, 22);
}

/// An account whose requests are those of the vector.
fn account_of(vector: &Value) -> Account {
    let has = |name: &str| vector["params"].get(name).is_some();
    if has("app_cert_sn") {
        return certified();
    }
    let token = ("app_auth_token", "202601BB00000000000000000000000000000A01");
    let delegate = [token, ("auth_app_id", "2021000000000077")];
    let aes = [("aes_key", AES_KEY)];
    match (has("app_auth_token"), has("encrypt_type")) {
        (true, _) => account_with(&delegate),
        (_, true) => account_with(&aes),
        (false, false) => account(),
    }
}

/// Byte for byte what the official Node SDK sends.
#[test]
fn requests_travel_as_from_the_sdk() {
    for vector in vectors(include_str!("../../vectors/exchange.json")) {
        let account = account_of(&vector);
        let of = |name: &str| vector["params"][name].as_str();
        let addresses: Vec<_> = of("notify_url").map(|it| ("notify_url", it)).into_iter().collect();
        let biz = of("biz_content").unwrap();
        let biz = match &account.cipher {
            Some(cipher) => String::from_utf8(cipher.decrypt(biz).unwrap()).unwrap(),
            None => biz.to_owned(),
        };
        let method = vector["method"].as_str().unwrap();
        let step = account.post_text(method, &call(), &addresses, Some(&biz)).unwrap();
        let Step::Send(request) = step else { panic!() };
        let url = request.uri().path_and_query().unwrap().as_str();
        assert_eq!(url, vector["url"].as_str().unwrap());
        assert_eq!(request.body(), vector["body"].as_str().unwrap().as_bytes());
    }
}

/// The parameters of the SDKs' pages, by whichever way they travel.
#[test]
fn pages_and_order_strings_carry_what_was_signed() {
    let mut seen = 0;
    let pages = vectors(include_str!("../../vectors/page_pay.json"));
    for vector in pages.into_iter().chain(vectors(include_str!("../../vectors/app_pay.json"))) {
        let text = ["url", "action", "order_string"].into_iter().find_map(|it| vector[it].as_str());
        let text = text.unwrap();
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        let mut expected = vector["params"].as_object().unwrap().clone();
        expected.insert("sign".into(), vector["sign"].clone());
        for hidden in vector["hidden"].as_array().into_iter().flatten() {
            expected.remove(hidden.as_str().unwrap());
        }
        let sent: serde_json::Map<_, _> =
            parameters(query).into_iter().map(|(name, value)| (name, value.into())).collect();
        assert_eq!(sent, expected, "{}", vector["id"]);
        seen += 1;
    }
    assert_eq!(seen, 8);
}

/// GBK on the wire, in the signature and in the escapes.
#[test]
fn a_gbk_account_speaks_gbk() {
    let file: Value = serde_json::from_str(include_str!("../../vectors/gbk.json")).unwrap();
    let vector = &file["request"];
    let of = |name: &str| vector["params"][name].as_str().unwrap();
    let account = account_with(&[("charset", "GBK")]);
    let addresses = [("notify_url", of("notify_url"))];
    let biz = Some(of("biz_content"));
    let step = account.post_text(of("method"), &call(), &addresses, biz).unwrap();
    let Step::Send(request) = step else { panic!() };
    let sent = parameters(request.uri().query().unwrap());
    let of = |name: &str| sent.iter().find(|it| it.0 == name).map(|it| it.1.as_str());
    assert_eq!(of("sign"), vector["sign"].as_str());
    assert_eq!(of("charset"), Some("GBK"));
    assert_eq!(request.body(), vector["body"].as_str().unwrap().as_bytes());
    let form = "application/x-www-form-urlencoded;charset=GBK";
    assert_eq!(request.headers()[CONTENT_TYPE], form);
}

/// What travels decodes to what was signed, nothing is empty, nothing is there twice.
#[test]
fn what_is_sent_is_what_is_signed() {
    let own = paymux_channel::rsa::PublicKey::parse(&key("app", "public_spki_pem")).unwrap();
    for operation in operations() {
        let mut sent = match account().build(&operation, &call()).unwrap() {
            Step::Send(request) => {
                assert_eq!(request.method(), http::Method::POST);
                let form = "application/x-www-form-urlencoded;charset=utf-8";
                assert_eq!(request.headers()[CONTENT_TYPE], form);
                let mut sent = parameters(request.uri().query().unwrap());
                sent.extend(parameters(std::str::from_utf8(request.body()).unwrap()));
                sent
            }
            Step::Done(outcome) => parameters(&carried(&outcome)),
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

/// What a browser or an app takes to Alipay.
fn carried(outcome: &Outcome) -> String {
    let Outcome::Accepted(action) = outcome else { panic!("{outcome:?}") };
    match action {
        Action::Redirect(address) => address.split_once('?').unwrap().1.to_owned(),
        Action::Invoke(call) => call["order_string"].clone(),
        Action::QrCode(_) | Action::Form { .. } | Action::Confirm => panic!("{action:?}"),
    }
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
