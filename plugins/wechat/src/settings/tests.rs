use paymux_channel::{Plugin as _, Secret, Settings};
use paymux_core::payment::Method;

use super::*;
use crate::Wechat;
use crate::tests::{NOW, bare_settings, config, full_settings, partner_settings, pem, settings};

fn with(name: &str, value: &str) -> Settings {
    let mut settings = settings();
    settings.set(name, Secret::new(value));
    settings
}

/// The keys of the settings that have problems.
fn problems(settings: &Settings) -> Vec<String> {
    read(settings, &[]).err().unwrap_or_default().into_iter().map(|it| it.key).collect()
}

fn learned(name: &str) -> PlatformKey {
    PlatformKey { serial: config("platform1_serial"), certificate_pem: pem(name) }
}

#[test]
fn all_problems_come_at_once() {
    let settings: Settings = [
        ("app_id", "wx 1"),
        ("mch_id", "19x"),
        ("private_key", "nonsense!"),
        ("api_v3_key", "short"),
        ("public_key_id", "PUB_KEY_ID_1"),
        ("platform_certificates", "x"),
        ("base", "ftp://x"),
        ("colour", "red"),
    ]
    .into_iter()
    .collect();
    let expected = [
        "app_id",
        "mch_id",
        "base",
        "merchant_serial",
        "private_key",
        "api_v3_key",
        "public_key",
        "platform_certificates",
        "colour",
    ];
    assert_eq!(problems(&settings), expected);
}

#[test]
fn each_value_is_read_strictly() {
    let check = |name: &str, value: &str, fits: bool| {
        let expected: &[&str] = if fits { &[] } else { &[name] };
        assert_eq!(problems(&with(name, value)), expected, "{name} = {value}");
    };
    check("app_id", "wx0123456789abcdef", true);
    check("app_id", &"w".repeat(33), false);
    check("app_id", "wx\"1", false);
    check("mch_id", "1900000109", true);
    check("mch_id", "1900000109\"", false);
    check("mch_id", &"1".repeat(33), false);
    check("merchant_serial", "00ab", true);
    check("merchant_serial", "0x12", false);
    check("merchant_serial", &"A".repeat(41), false);
    check("private_key", &pem("wxpub.pub"), false);
    check("api_v3_key", &"k".repeat(32), true);
    check("api_v3_key", &"k".repeat(31), false);
    check("api_v3_key", &"k".repeat(33), false);
    check("api_v3_key", &"密".repeat(32), false);
    check("public_key_id", "PUB_KEY_ID_0119", true);
    check("public_key_id", "PUB_KEY_ID_", false);
    check("public_key_id", "0119", false);
    check("public_key_id", "PUB_KEY_ID_01\n19", false);
    check("public_key", "nonsense!", false);
    check("public_key", &pem("merchant.pub"), false);
    check("platform_certificates", &pem("platform1.crt"), true);
    check("platform_certificates", &pem("wxpub.pub"), false);
    check("platform_certificates", &pem("merchant.crt"), false);
    let both = pem("platform1.crt") + &pem("platform2.crt");
    check("platform_certificates", &both, false);
    check("base", "http://127.0.0.1:9100/wechat", true);
    check("base", "http://[::1]:9100", true);
    check("base", "http://localhost/", true);
    check("base", "http://api.mch.weixin.qq.com", false);
    check("base", "http://localhost.example.com", false);
    check("base", "https://pay.example.com?x=1", false);
    check("base", "https://user@pay.example.com", false);
    check("base", "https://pay.example.com/#x", false);
    check("base", "/v3", false);
}

#[test]
fn a_public_key_comes_with_its_id() {
    let mut settings = bare_settings();
    settings.set("public_key", Secret::new(pem("wxpub.pub")));
    assert_eq!(problems(&settings), ["public_key_id"]);
    settings.set("public_key_id", Secret::new("PUB_KEY_ID_1"));
    assert_eq!(problems(&settings), [""; 0]);
}

#[test]
fn too_many_certificates_are_a_mistake() {
    let mut settings = bare_settings();
    let many = vec![Secret::new(pem("platform1.crt")); 17];
    settings.set_list("platform_certificates", many);
    assert_eq!(problems(&settings), ["platform_certificates"]);
}

#[test]
fn spellings_are_unified() {
    let account = read(&settings(), &[]).unwrap();
    assert_eq!(account.base, "https://api.mch.weixin.qq.com");
    let account = read(&with("base", "http://127.0.0.1:9100/wechat/"), &[]).unwrap();
    assert_eq!(account.base, "http://127.0.0.1:9100/wechat");
    // The leading zero stays: their side compares texts.
    let account = read(&with("merchant_serial", "0c4aef34b8"), &[]).unwrap();
    assert_eq!(account.merchant_serial, "0C4AEF34B8");
}

/// Also beside a public key: while WeChat Pay changes over, it signs with either.
#[test]
fn certificates_are_always_fetched() {
    let mut only = bare_settings();
    only.set("platform_certificates", Secret::new(pem("platform1.crt")));
    for settings in [settings(), bare_settings(), only] {
        let channel = Wechat.open(&settings, &[]).unwrap();
        assert!(channel.capabilities().fetches_platform_keys);
    }
}

#[test]
fn all_kinds_of_keys_are_held_at_once() {
    let account = read(&settings(), &[]).unwrap();
    for serial in ["platform1_serial", "platform2_serial", "wechatpay_public_key_id"] {
        assert!(account.keys.find(&config(serial), NOW).is_some(), "{serial}");
    }
    assert!(account.keys.find(&config("merchant_serial"), NOW).is_none());
}

#[test]
fn learned_keys_are_added() {
    let account = read(&bare_settings(), &[learned("platform1.crt")]).unwrap();
    assert!(account.keys.find(&config("platform1_serial"), NOW).is_some());
    assert!(account.keys.find(&config("platform2_serial"), NOW).is_none());
}

/// They come from storage, not from the operator: they must never keep an account from opening.
#[test]
fn spoiled_learned_keys_only_lack() {
    for name in ["merchant.crt", "wxpub.pub"] {
        let account = read(&bare_settings(), &[learned(name), learned("platform1.crt")]).unwrap();
        assert!(account.keys.find(&config("merchant_serial"), NOW).is_none(), "{name}");
        assert!(account.keys.find(&config("platform1_serial"), NOW).is_some(), "{name}");
    }
}

#[test]
fn the_old_public_key_and_the_new_one_are_both_held() {
    let mut settings = bare_settings();
    let list = |items: &[&str]| items.iter().map(|it| Secret::new(*it)).collect::<Vec<_>>();
    let (one, two) = (pem("wxpub.pub"), pem("merchant.pub"));
    settings.set("private_key", Secret::new(pem("stranger.key")));
    settings.set_list("public_key", list(&[&two, &one]));
    settings.set_list("public_key_id", list(&["PUB_KEY_ID_2", "PUB_KEY_ID_1"]));
    let account = read(&settings, &[]).unwrap();
    assert_eq!(account.public_key_id.as_deref(), Some("PUB_KEY_ID_2"), "the first is asked for");
    for id in ["PUB_KEY_ID_1", "PUB_KEY_ID_2"] {
        assert!(account.keys.find(id, NOW).is_some(), "{id}");
    }
    settings.set_list("public_key_id", list(&["PUB_KEY_ID_2"]));
    assert_eq!(problems(&settings), ["public_key_id"]);
    settings.set_list("public_key_id", list(&["PUB_KEY_ID_1", "PUB_KEY_ID_2", "PUB_KEY_ID_3"]));
    assert_eq!(problems(&settings), ["public_key"]);
}

#[test]
fn products_are_offered_where_they_are_set_up() {
    use Method::{App, Barcode, H5, Jsapi, MiniProgram, Qr};
    let check = |settings: &Settings, methods: &[Method]| {
        assert_eq!(read(settings, &[]).unwrap().capabilities.methods, methods);
    };
    check(&settings(), &[Qr, H5, Jsapi]);
    check(&with("mini_app_id", "wx1"), &[Qr, H5, Jsapi, MiniProgram]);
    check(&with("open_app_id", "wx1"), &[Qr, H5, Jsapi, App]);
    check(&with("codepay", "false"), &[Qr, H5, Jsapi]);
    let mut till = with("codepay", "true");
    till.set("store_id", Secret::new("0001"));
    check(&till, &[Qr, H5, Jsapi, Barcode]);
    // Where a code is scanned is known before codes are.
    till.set("codepay", Secret::new("false"));
    check(&till, &[Qr, H5, Jsapi]);
    check(&full_settings(), &[Qr, H5, Jsapi, App, MiniProgram, Barcode]);
}

#[test]
fn what_products_ask_for_is_read_strictly() {
    let check = |name: &str, value: &str, fits: bool| {
        let expected: &[&str] = if fits { &[] } else { &[name] };
        assert_eq!(problems(&with(name, value)), expected, "{name} = {value}");
    };
    check("mini_app_id", "wx 1", false);
    check("open_app_id", "wx\"1", false);
    check("codepay", "true", false);
    check("codepay", "yes", false);
    check("store_id", "12x", false);
    check("store_out_id", "A-1", false);
    check("store_out_id", &"A".repeat(257), false);
    check("h5_type", "Android", true);
    check("h5_type", "wap", false);
    check("h5_app_name", &"名".repeat(64), true);
    check("h5_app_name", &"名".repeat(65), false);
    check("h5_app_url", &"x".repeat(129), false);
    check("h5_bundle_id", "a\nb", false);
    check("app_secret", &"0a".repeat(16), true);
    check("app_secret", "short", false);
    check("app_secret", &"0&".repeat(16), false);
    check("mini_app_secret", "short", false);
    check("app_token", "classic", true);
    check("app_token", "stable", true);
    check("app_token", "new", false);
    check("open_base", "http://127.0.0.1:9100/open", true);
    check("open_base", "http://api.weixin.qq.com", false);
    check("authorize_base", "ftp://x", false);
    check("till_query_every", "10s", true);
    check("till_query_every", "0s", false);
    // No reversal is taken before that.
    check("till_decide_after", "15s", true);
    check("till_decide_after", "14s", false);
}

#[test]
fn a_service_provider_names_its_sub_merchant() {
    assert_eq!(problems(&partner_settings()), [""; 0]);
    assert_eq!(problems(&with("sub_app_id", "wx1")), ["sub_mch_id"]);
    assert_eq!(problems(&with("openid_of", "sp")), ["sub_mch_id"]);
    assert_eq!(problems(&with("sub_mch_id", "1900000109")), ["sub_mch_id"], "its own");
    assert_eq!(problems(&with("sub_mch_id", "19x")), ["sub_mch_id"]);
    let mut settings = with("sub_mch_id", "1900000110");
    assert_eq!(read(&settings, &[]).unwrap().merchant.sub.unwrap().openid_of, OpenidOf::Sp);
    settings.set("openid_of", Secret::new("sub"));
    assert_eq!(problems(&settings), ["sub_app_id"]);
    settings.set("openid_of", Secret::new("both"));
    assert_eq!(problems(&settings), ["openid_of"]);
}

#[test]
fn tills_have_their_times() {
    let till = read(&settings(), &[]).unwrap().capabilities.till;
    let seconds = [till.query_every, till.decide_after, till.reverse_after].map(|it| it.as_secs());
    assert_eq!(seconds, [5, 45, 15]);
    assert_eq!(till.code_prefixes, ["10", "11", "12", "13", "14", "15"]);
    let till = read(&with("till_decide_after", "30s"), &[]).unwrap().capabilities.till;
    assert_eq!(till.decide_after.as_secs(), 30);
}

/// As its documents say; who is shown a link that leads nowhere does not pay.
#[test]
fn links_of_pages_for_phones_are_brief() {
    let shown_for = read(&settings(), &[]).unwrap().capabilities.shown_for;
    let minutes = |it| shown_for(it).map(|it| it.as_secs() / 60);
    assert_eq!(minutes(Method::H5), Some(5));
    assert_eq!([Method::Qr, Method::Jsapi].map(minutes), [Some(120); 2]);
}
