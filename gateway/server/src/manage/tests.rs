//! Items as operators write them and as answers show them.

use std::cell::Cell;

use super::keep::Lost;
use super::*;

const KEY: &str = "pk_0123456789abcdef0123456789abcdef";
const HOOK: &str = "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMTIzNDU2Nzg5";

fn table(text: &str) -> Table {
    text.parse().unwrap()
}

fn shop() -> Table {
    table(&format!(
        "accounts = [\"a\"]\napi_keys = [\"{KEY}\", \"{KEY}2\"]\n\
         [[endpoints]]\nid = \"orders\"\nurl = \"https://a.example/\"\nsecret = \"{HOOK}\"\n\
         [[endpoints]]\nid = \"broker\"\nurl = \"amqps://b/\"\nuser = \"u\"\npassword = \"short\"\n\
         secrets = [\"{HOOK}1\", \"{HOOK}2\"]\n"
    ))
}

fn counted() -> impl Fn() -> u128 {
    let next = Cell::new(0);
    move || next.replace(next.get() + 1)
}

#[test]
fn no_secret_is_shown() {
    let text = shown(&shop()).to_string();
    for secret in [KEY, HOOK, "short"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains("https://a.example/") && text.contains("amqps://b/"));
    // `printf %s … | sha256sum`, and nothing of what could be guessed.
    assert_eq!(fingerprint("a-secret-of-24-characters").unwrap().len(), "sha256:".len() + 16);
    assert_eq!(fingerprint("abc-is-short-enough"), None);
    let password = &shown(&shop())["endpoints"][1]["password"];
    assert_eq!(password.as_table().unwrap().len(), 1, "{password}");
}

#[test]
fn a_doors_secret_is_not_shown_and_stays_by_its_mask() {
    let own = "a-secret-of-the-old-gateway";
    let shop = table(&format!("[epay]\npid = \"1001\"\nsecret = \"{own}\"\n"));
    let mut masked = shown(&shop);
    assert!(!masked.to_string().contains(own) && masked["epay"]["pid"].as_str() == Some("1001"));
    keep(&mut masked, Some(&shop)).unwrap();
    assert_eq!(masked, shop);
    assert!(keep(&mut shown(&shop), None).is_err(), "a mask of nothing");
}

#[test]
fn what_is_shown_can_be_given_back() {
    let mut same = shown(&shop());
    keep(&mut same, Some(&shop())).unwrap();
    assert_eq!(same, shop());
    // Without the first key; in another order.
    let mut fewer = shown(&shop());
    fewer["api_keys"].as_array_mut().unwrap().remove(0);
    fewer["endpoints"].as_array_mut().unwrap().reverse();
    keep(&mut fewer, Some(&shop())).unwrap();
    assert_eq!(fewer["api_keys"][0].as_str(), Some(format!("{KEY}2").as_str()));
    assert_eq!(fewer["endpoints"][0]["password"].as_str(), Some("short"));
    assert_eq!(fewer["endpoints"][1]["secret"].as_str(), Some(HOOK));
}

#[test]
fn what_is_not_said_stays_and_what_is_masked_must_be_there() {
    let mut new =
        table("accounts = [\"b\"]\n[[endpoints]]\nid = \"orders\"\nurl = \"https://a.example/\"\n");
    keep(&mut new, Some(&shop())).unwrap();
    assert_eq!(new["api_keys"], shop()["api_keys"]);
    assert_eq!(new["endpoints"][0]["secret"].as_str(), Some(HOOK));
    let mut masked = shown(&shop());
    let lost = keep(&mut masked, None).unwrap_err();
    assert!(lost.path().starts_with("endpoints.") || lost.path() == "api_keys", "{lost}");
    // Another endpoint's secret is not kept by its mask.
    let mut moved = shown(&shop());
    let secret = moved["endpoints"][0]["secret"].clone();
    moved["endpoints"][1]["secrets"] = vec![secret].into();
    assert_eq!(
        keep(&mut moved, Some(&shop())),
        Err(Lost::NotThere("endpoints.broker.secrets".into()))
    );
}

#[test]
fn short_secrets_of_a_list_keep_their_turns_or_are_asked_for() {
    let old = table("keys = { secrets = ['env:A', 'env:B'] }");
    let masked = || shown(&old);
    let mut whole = masked();
    keep(&mut whole, Some(&old)).unwrap();
    assert_eq!(whole, old);
    let mut fewer = masked();
    let keys = fewer.get_mut("keys").and_then(Value::as_table_mut).unwrap();
    keys.get_mut("secrets").and_then(Value::as_array_mut).unwrap().pop();
    let lost = keep(&mut fewer, Some(&old)).unwrap_err();
    assert_eq!(lost, Lost::NotThere("keys.secrets".into()));
}

#[test]
fn what_leads_elsewhere_keeps_no_secret() {
    let led = |new: &mut Table, old: &Table| keep(new, Some(old)).unwrap_err().to_string();
    let lost = |path: &str, key| format!("`{path}` must be given again, since `{key}` is another");
    let turned = |endpoint: usize| {
        let mut turned = shown(&shop());
        turned["endpoints"][endpoint]["url"] = "https://stranger.example/".into();
        turned
    };
    let told = led(&mut turned(0), &shop());
    assert!(told.starts_with(&lost("endpoints.orders.secret", "url")), "{told}");
    // A password goes there as it is.
    let mut broker = turned(1);
    broker["endpoints"][1]["secrets"] = vec![Value::from(HOOK)].into();
    let told = led(&mut broker, &shop());
    assert!(told.starts_with(&lost("endpoints.broker.password", "url")), "{told}");
    // Neither by silence.
    let mut silent = turned(1);
    let endpoint = silent["endpoints"][1].as_table_mut().unwrap();
    endpoint.insert("secrets".into(), vec![Value::from(HOOK)].into());
    endpoint.remove("password");
    let told = led(&mut silent, &shop());
    assert!(told.starts_with(&lost("endpoints.broker.password", "url")), "{told}");
    // Whoever gives it knows it.
    let mut given = turned(0);
    given["endpoints"][0]["secret"] = HOOK.into();
    keep(&mut given, Some(&shop())).unwrap();
    assert_eq!(given["endpoints"][0]["secret"].as_str(), Some(HOOK));

    let account = table("channel = \"wechat\"\nmch_id = \"1\"\napp_secret = \"0123456789\"\n");
    for key in ["base", "open_base", "gateway"] {
        let mut turned = shown(&account);
        turned.insert(key.into(), "https://stranger.example".into());
        let told = led(&mut turned, &account);
        assert!(told.starts_with(&lost("app_secret", key)), "{told}");
    }
    let mut renamed = shown(&account);
    renamed["mch_id"] = "2".into();
    keep(&mut renamed, Some(&account)).unwrap();
    assert_eq!(renamed["app_secret"].as_str(), Some("0123456789"));
}

#[test]
fn what_a_merchant_lacks_is_made_once() {
    let chance = counted();
    let make = Makers(&chance);
    let mut new = table(
        "accounts = [\"a\"]\n[[endpoints]]\nid = \"e\"\nurl = \"https://a/\"\n\
         [[keys]]\nid = \"k\"\nkind = \"hmac-sha256\"\n[[keys]]\nid = \"p\"\nkind = \"ed25519\"\n",
    );
    let made: Vec<_> = complete(&mut new, &make).into_iter().map(|it| it.path).collect();
    assert_eq!(made, ["endpoints.e.secret", "keys.k.secret"], "a key is there");
    assert_eq!(complete(&mut new, &make), vec![]);
    let mut bare = table("accounts = [\"a\"]\n");
    let made = complete(&mut bare, &make);
    assert_eq!(made[0].path, "api_keys[0]");
    assert_eq!(bare["api_keys"][0].as_str(), Some(made[0].secret.as_str()));
    assert_ne!(make.api_key(), make.api_key());
}

#[test]
fn parts_come_turn_and_go() {
    let mut shop = shop();
    put(&mut shop, ListName::Endpoints, "till", table("url = \"https://t/\"\n"));
    put(&mut shop, ListName::Endpoints, "orders", table("url = \"https://o/\"\nid = \"no\"\n"));
    let ids = shop["endpoints"].as_array().unwrap().iter();
    let ids: Vec<_> = ids.map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["orders", "broker", "till"]);
    let chance = counted();
    let made = rotate(&mut shop, "broker", &Makers(&chance)).unwrap();
    let secrets = shop["endpoints"][1]["secrets"].as_array().unwrap().clone();
    assert_eq!(secrets, [made.secret.into(), Value::from(format!("{HOOK}1"))]);
    assert!(rotate(&mut shop, "nobody", &Makers(&chance)).is_none());
    let print = fingerprint(KEY).unwrap();
    assert!(forget(&mut shop, "api_keys", |it| part::is_named(it, &print)));
    assert!(!forget(&mut shop, "api_keys", |it| part::is_named(it, &print)));
    let print = fingerprint(&format!("{KEY}2")).unwrap();
    assert!(forget(&mut shop, "api_keys", |it| part::is_named(it, &print)));
    assert!(!shop.contains_key("api_keys"), "an empty list is none");
    assert!(forget(&mut shop, "endpoints", |it| part::is_named(it, "till")));
}
