use paymux_channel::{Secret, Settings};

use super::*;
use crate::tests::{certificate, certified_settings, key, settings};

fn problems(settings: &Settings) -> Vec<String> {
    read(settings, &[]).unwrap_err().iter().map(ToString::to_string).collect()
}

fn with(name: &str, value: &str) -> Settings {
    let mut settings = settings();
    settings.set(name, Secret::new(value));
    settings
}

#[test]
fn keys_are_read_in_every_spelling() {
    for form in ["private_pkcs8_pem", "private_pkcs1_pem", "private_pkcs8_b64", "private_pkcs1_b64"]
    {
        let account = read(&with("private_key", &key("app", form)), &[]).unwrap();
        assert!(account.own_key.sign(b"x").is_ok(), "{form}");
    }
    for form in ["public_spki_pem", "public_spki_b64"] {
        assert!(read(&with("alipay_public_key", &key("alipay", form)), &[]).is_ok(), "{form}");
    }
}

#[test]
fn defaults() {
    let account = read(&settings(), &[]).unwrap();
    assert_eq!(account.gateway, "https://openapi.alipay.com/gateway.do");
    assert_eq!(account.qr_product, "FACE_TO_FACE_PAYMENT");
    let account = read(&with("qr_product_code", "QR_CODE_OFFLINE"), &[]).unwrap();
    assert_eq!(account.qr_product, "QR_CODE_OFFLINE");
}

#[test]
fn a_till_is_asked_as_the_account_says() {
    let till = |name, value| read(&with(name, value), &[]).unwrap().capabilities.till;
    let seconds = |it: &paymux_channel::Till| (it.query_every.as_secs(), it.decide_after.as_secs());
    assert_eq!(seconds(&till("till_query_every", "3s")), (3, 45));
    assert_eq!(seconds(&till("till_decide_after", "1m")), (5, 60));
    assert_eq!(till("till_query_every", "3s").code_prefixes[0], "25");
}

#[test]
fn all_problems_come_at_once() {
    let settings: Settings = [
        ("app_id", "2021 1"),
        ("seller_id", "2088-1"),
        ("private_key", "nonsense!"),
        ("gateway", "ftp://x"),
        ("qr_product_code", "?"),
        ("colour", "red"),
    ]
    .into_iter()
    .collect();
    let keys: Vec<_> = read(&settings, &[]).unwrap_err().into_iter().map(|it| it.key).collect();
    let expected = [
        "app_id",
        "seller_id",
        "private_key",
        "alipay_public_key",
        "gateway",
        "qr_product_code",
        "colour",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn identifiers_have_limits() {
    assert!(read(&with("app_id", &"1".repeat(32)), &[]).is_ok());
    assert!(read(&with("app_id", &"1".repeat(33)), &[]).is_err());
    assert!(read(&with("seller_id", &"1".repeat(28)), &[]).is_ok());
    assert!(read(&with("seller_id", &"1".repeat(29)), &[]).is_err());
}

#[test]
fn ones_own_public_key_is_noticed() {
    let problems = problems(&with("alipay_public_key", &key("app", "public_spki_b64")));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("the application's own"), "{problems:?}");
}

#[test]
fn gateways() {
    let good = |url| assert!(address::read(url).is_ok(), "{url}");
    good("https://openapi.alipay.com/gateway.do");
    good("http://127.0.0.1:9100/alipay/gateway.do");
    good("http://127.9.8.7/");
    good("http://[::1]:9100/gateway.do");
    good("http://localhost/gateway.do");
    let bad = |url| assert!(address::read(url).is_err(), "{url}");
    bad("http://openapi.alipay.com/gateway.do");
    bad("http://127.0.0.1.example.com/gateway.do");
    bad("http://localhost.example.com/gateway.do");
    bad("http://10.0.0.1/gateway.do");
    bad("https://user:word@openapi.alipay.com/gateway.do");
    bad("https://openapi.alipay.com/gateway.do?charset=GBK");
    bad("https://openapi.alipay.com/gateway.do#x");
    bad("openapi.alipay.com/gateway.do");
    bad("/gateway.do");
    bad("");
}

#[test]
fn secrets_are_not_shown() {
    let account = read(&settings(), &[]).unwrap();
    let shown = format!("{account:?}");
    assert!(shown.contains(&account.app_id));
    let secret = key("app", "private_pkcs8_b64");
    for part in secret.as_bytes().chunks(24) {
        assert!(!shown.contains(std::str::from_utf8(part).unwrap()));
    }
    let broken = with("private_key", &secret[..200]);
    assert!(!problems(&broken).concat().contains(&secret[..24]));
}

#[test]
fn the_old_key_and_the_new_one_both_verify() {
    let signed = |owner: &str| {
        let own = OwnKey::parse(SignType::Rsa2, &key(owner, "private_pkcs8_pem")).unwrap();
        own.sign(b"x").unwrap()
    };
    let mut settings = settings();
    let keys = ["alipay", "alipay"].map(|it| Secret::new(key(it, "public_spki_b64")));
    settings.set_list("alipay_public_key", keys.to_vec());
    let account = read(&settings, &[]).unwrap();
    let keys = account.trust.keys(None, None).unwrap();
    assert_eq!(keys.len(), 2);
    let verified = |owner: &str| keys.iter().any(|it| it.verifies(b"x", &signed(owner)));
    assert_eq!(["alipay", "app"].map(verified), [true, false]);
}

#[test]
fn one_platform_key_or_two() {
    let check = |owners: &[&str], expect: &[&str]| {
        let mut settings = settings();
        let keys = owners.iter().map(|it| Secret::new(key(it, "public_spki_b64")));
        settings.set_list("alipay_public_key", keys.collect());
        let found = read(&settings, &[]).err().unwrap_or_default();
        let found: Vec<_> = found.iter().map(|it| it.problem.as_str()).collect();
        assert_eq!(found, expect, "{owners:?}");
    };
    check(&["alipay"], &[]);
    check(&["alipay", "alipay"], &[]);
    check(&["alipay"; 3], &["are more than 2"]);
    check(&[], &["is missing"]);
    let own = "is the application's own public key; Alipay's is shown beside it";
    check(&["alipay", "app"], &[own]);
}

fn told(settings: &Settings) -> Vec<(String, String)> {
    let errors = read(settings, &[]).err().unwrap_or_default();
    errors.into_iter().map(|it| (it.key, it.problem)).collect()
}

#[test]
fn words_are_exact() {
    for (name, word, fits) in [
        ("sign_type", "RSA2", true),
        ("sign_type", "rsa2", false),
        ("sign_type", "SM2", false),
        ("charset", "utf-8", true),
        ("charset", "GBK", true),
        ("charset", "gb18030", false),
        ("page_form", "get", true),
        ("page_form", "post", true),
        ("page_form", "put", false),
        ("till_query_every", "3s", true),
        ("till_decide_after", "30s", true),
        ("till_decide_after", "30", false),
        ("quit_url", "https://shop.example.com/quit", true),
        ("quit_url", "shop.example.com", false),
        ("quit_url", "javascript:x", false),
        ("store_id", "NJ_001", true),
        ("store_id", "南京", false),
        ("store_id", "123456789012345678901234567890123", false),
        ("aes_key", "aa4BtZ4tspm2wnXLb1ThQA==", true),
        ("aes_key", "aa4BtZ4tspm2wnXLb1Th", false),
    ] {
        let found = told(&with(name, word));
        assert_eq!(found.is_empty(), fits, "{name} {word}: {found:?}");
        assert!(found.iter().all(|it| it.0 == name), "{found:?}");
    }
}

#[test]
fn some_settings_need_or_exclude_each_other() {
    let check = |pairs: &[(&str, &str)], key: &str, problem: &str| {
        let mut settings = settings();
        for (name, value) in pairs {
            settings.set(*name, Secret::new(*value));
        }
        assert_eq!(told(&settings), [(key.to_owned(), problem.to_owned())]);
    };
    let missing = "is missing beside app_auth_token";
    check(&[("app_auth_token", "202601BB0000")], "auth_app_id", missing);
    let missing = "is missing beside auth_app_id";
    check(&[("auth_app_id", "2021000000000077")], "app_auth_token", missing);
    let both = [("enable_pay_channels", "balance"), ("disable_pay_channels", "pcredit")];
    let problem = "does not go together with enable_pay_channels";
    check(&both, "disable_pay_channels", problem);
}

/// SHA-1 is of those who ask for it, and its keys may be short.
#[test]
fn a_short_key_is_for_the_legacy_algorithm_alone() {
    let legacy = |sign_type: &str| {
        let mut settings = with("sign_type", sign_type);
        settings.set("private_key", Secret::new(key("legacy1024", "private_pkcs8_b64")));
        settings.set("alipay_public_key", Secret::new(key("legacy1024", "public_spki_b64")));
        told(&settings).into_iter().map(|it| it.0).collect::<Vec<_>>()
    };
    assert_eq!(legacy("RSA2"), ["private_key", "alipay_public_key"]);
    assert_eq!(legacy("RSA"), ["alipay_public_key"], "one's own");
    let mut settings = with("sign_type", "RSA");
    settings.set("private_key", Secret::new(key("legacy1024", "private_pkcs1_pem")));
    let account = read(&settings, &[]).unwrap();
    assert_eq!(account.own_key.sign_type(), SignType::Rsa);
}

#[test]
fn certificate_mode_needs_all_three() {
    let pinned = "alipayCertPublicKey_RSA2.crt";
    assert_eq!(told(&certified_settings(pinned)), []);
    for (name, problem) in [
        ("app_cert", "is missing"),
        ("alipay_root_cert", "is missing"),
        ("alipay_cert", "is missing"),
    ] {
        let mut settings = certified_settings(pinned);
        settings.set(name, Secret::new(""));
        assert_eq!(told(&settings), [(name.to_owned(), problem.to_owned())]);
    }
    for (name, file, problem) in [
        ("app_cert", pinned, "is not the certificate of `private_key`"),
        (
            "alipay_cert",
            "appCertPublicKey.crt",
            "is the application's own certificate, not Alipay's",
        ),
    ] {
        let mut settings = certified_settings(pinned);
        settings.set(name, Secret::new(certificate(file)));
        assert_eq!(told(&settings), [(name.to_owned(), problem.to_owned())]);
    }
    let mut both = certified_settings(pinned);
    both.set("alipay_public_key", Secret::new(key("alipay", "public_spki_b64")));
    assert_eq!(told(&both)[0].0, "alipay_public_key");
    for name in ["app_cert", "alipay_root_cert", "alipay_cert"] {
        let mut settings = certified_settings(pinned);
        settings.set(name, Secret::new("-----BEGIN CERTIFICATE-----\nAAAA\n"));
        assert_eq!(told(&settings)[0].0, name);
    }
}
