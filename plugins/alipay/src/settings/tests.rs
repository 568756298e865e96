use paymux_channel::{Secret, Settings};

use super::*;
use crate::tests::{key, settings};

fn problems(settings: &Settings) -> Vec<String> {
    read(settings).unwrap_err().iter().map(ToString::to_string).collect()
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
        let account = read(&with("private_key", &key("app", form))).unwrap();
        assert!(account.private_key.sign(b"x").is_ok(), "{form}");
    }
    for form in ["public_spki_pem", "public_spki_b64"] {
        assert!(read(&with("alipay_public_key", &key("alipay", form))).is_ok(), "{form}");
    }
}

#[test]
fn defaults() {
    let account = read(&settings()).unwrap();
    assert_eq!(account.gateway, "https://openapi.alipay.com/gateway.do");
    assert_eq!(account.qr_product, "FACE_TO_FACE_PAYMENT");
    let account = read(&with("qr_product_code", "QR_CODE_OFFLINE")).unwrap();
    assert_eq!(account.qr_product, "QR_CODE_OFFLINE");
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
    let keys: Vec<_> = read(&settings).unwrap_err().into_iter().map(|it| it.key).collect();
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
    assert!(read(&with("app_id", &"1".repeat(32))).is_ok());
    assert!(read(&with("app_id", &"1".repeat(33))).is_err());
    assert!(read(&with("seller_id", &"1".repeat(28))).is_ok());
    assert!(read(&with("seller_id", &"1".repeat(29))).is_err());
}

#[test]
fn ones_own_public_key_is_noticed() {
    let problems = problems(&with("alipay_public_key", &key("app", "public_spki_b64")));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("the application's own"), "{problems:?}");
}

#[test]
fn gateways() {
    let good = |url| assert!(gateway(url).is_ok(), "{url}");
    good("https://openapi.alipay.com/gateway.do");
    good("http://127.0.0.1:9100/alipay/gateway.do");
    good("http://127.9.8.7/");
    good("http://[::1]:9100/gateway.do");
    good("http://localhost/gateway.do");
    let bad = |url| assert!(gateway(url).is_err(), "{url}");
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
    let account = read(&settings()).unwrap();
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
        PrivateKey::parse(&key(owner, "private_pkcs8_pem")).unwrap().sign(b"x").unwrap()
    };
    let public = |owner: &&str| PublicKey::parse(&key(owner, "public_spki_b64")).unwrap();
    let verified = |owners: &[&str]| {
        let keys = PlatformKeys(owners.iter().map(public).collect());
        ["alipay", "app"].map(|it| keys.verifies(b"x", &signed(it)))
    };
    assert_eq!(verified(&["alipay"]), [true, false]);
    assert_eq!(verified(&["alipay", "app"]), [true, true]);
    assert_eq!(verified(&["app", "alipay"]), [true, true]);
}

#[test]
fn one_platform_key_or_two() {
    let check = |owners: &[&str], expect: &[&str]| {
        let mut settings = settings();
        let keys = owners.iter().map(|it| Secret::new(key(it, "public_spki_b64")));
        settings.set_list("alipay_public_key", keys.collect());
        let found = read(&settings).err().unwrap_or_default();
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
