//! Merchants' keys and addresses, and the gateway's own key: good ones, and what is told of others.

use std::path::Path;

use super::super::{Problems, Settings};
use super::FILE;

pub(super) const RESPONSE_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIA+LfFyB6U4R3YUMRjXZBgpWZTBoGNB/cElo/NHMPPud
-----END PRIVATE KEY-----
";
/// The public half of the same key.
pub(super) const ED25519_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAYeETvPBM+VLOXE4NfDyCmoVX2zZCQoh8PL/C0BGF3HY=
-----END PUBLIC KEY-----
";
pub(super) const RSA_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsmxJUzGWBtO03Q5pBc9a
uMDEO3G9FzJ1ZsPb7BYMCYF3gZDrppO8ocNz2XhPX0dcjIVRzIbRHw8+9tr/QUXH
aZGnq0wfq61lrrlM0wmFHbrr7J6CPrZuOIe+VEu7Qoe0a+u1PFd1K/W4eE6zmkrc
Z20oGOh2ut8mzETjk6oh9FcFUIUCEele0NL/fAz9QoMC7Iyl3i93O0HH7LPlkCMA
cnDVoeft7Whj616lWC2iibRhV5mJ7Jbpv06IlKsjLSkdrhzLNc236eiIwqoD39zN
hhqbc7zrRaH7uHNd5Kj+aZDCsnvI+rK9EdLnC7izrUlhorf2hqTLFqPxz+3C21GX
rQIDAQAB
-----END PUBLIC KEY-----
";
const RSA_1024: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDHRtxMzFOfmGC4NxNFwb4yWnSf
6c1sEGWt8ALeKk2VGarUQ61y8lGlXf9+kVgkqqDBnzXkzX8UGK50zYgZ60lOv2zs
oRa8eUers0uuUK0E2CzsP8MvGhsZOef0QPEYpjlYSab4D2EAWS3aIIv1JgXVVKLc
TuNw3ykIl0VUTAOT7wIDAQAB
-----END PUBLIC KEY-----
";
const P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZrH/Q5mKC19yirQQq29Ko4hpB/gK
hGsHUkEah0C4Cqtmy9ncSqVbi+WH6ThMDIojQxyb41MyF+Px5Q4bLZy9CA==
-----END PUBLIC KEY-----
";

fn environment(name: &str) -> Option<String> {
    let value = match name {
        "SECRET" => "0123456789abcdef0123456789abcdef".into(),
        "SHORT" => "0123456789abcdef0123456789abcde".into(),
        "SPACED" => "0123456789abcdef 123456789abcdef".into(),
        "LONG" => "x".repeat(257),
        "RESPONSE" => RESPONSE_KEY.into(),
        "ED25519" => ED25519_PUBLIC.into(),
        "ED25519_AGAIN" => ED25519_PUBLIC.replace('\n', "\r\n"),
        "RSA" => RSA_PUBLIC.into(),
        "RSA_1024" => RSA_1024.into(),
        "P256" => P256.into(),
        "TORN" => RSA_PUBLIC.replace("rQIDAQAB", ""),
        _ => return super::environment(name),
    };
    Some(value)
}

fn parse(text: &str) -> Result<Settings, Problems> {
    Settings::parse(text, FILE, Path::new(""), &environment)
}

/// Line 2 is the merchant's; `lines` begin with line 5.
fn with(lines: &str) -> String {
    let accounts = "[accounts.a]\nchannel = \"alipay\"";
    format!("[server]\nresponse_key = \"env:RESPONSE\"\n{accounts}\n{lines}\n")
}

fn check(lines: &str, expect: &[&str]) {
    let problems = parse(&with(lines)).err().map(|it| it.0).unwrap_or_default();
    let told: Vec<_> = problems.iter().map(super::line).collect();
    assert_eq!(told, expect, "{lines}");
}

const SHOP: &str = "[merchants.m]\naccounts = [\"a\"]\n";

/// A key of a merchant without API keys; its lines begin with line 8.
fn key(lines: &str, expect: &[&str]) {
    check(&format!("{SHOP}[[merchants.m.keys]]\n{lines}"), expect);
}

#[test]
fn each_kind_is_taken_with_what_it_is_made_of() {
    key("id = \"k\"\nkind = \"hmac-sha256\"\nsecret = \"env:SECRET\"", &[]);
    key("id = \"k\"\nkind = \"rsa-sha256\"\npublic_key = \"env:RSA\"", &[]);
    key("id = \"k\"\nkind = \"ed25519\"\npublic_key = \"env:ED25519\"", &[]);
    let inline = ED25519_PUBLIC.replace('\n', "\\n");
    key(&format!("id = \"A.b_c-1\"\nkind = \"ed25519\"\npublic_key = \"{inline}\""), &[]);
    let life = "not_before = \"2026-01-01T00:00:00Z\"\nnot_after = \"2026-01-01T08:00:01+08:00\"";
    key(&format!("id = \"k\"\nkind = \"ed25519\"\npublic_key = \"env:ED25519\"\n{life}"), &[]);
}

#[test]
fn weak_and_broken_keys_are_refused_where_they_stand() {
    let secret =
        |name: &str| format!("id = \"k\"\nkind = \"hmac-sha256\"\nsecret = \"env:{name}\"");
    for name in ["SHORT", "SPACED", "LONG"] {
        let told = "10: merchants.m.keys[0].secret: must be a secret of 32 to 256 printable \
                    ASCII characters";
        key(&secret(name), &[told]);
    }
    let public = |kind: &str, name: &str| {
        format!("id = \"k\"\nkind = \"{kind}\"\npublic_key = \"env:{name}\"")
    };
    let told = |problem: &str| format!("10: merchants.m.keys[0].public_key: {problem}");
    let rsa = told("is not an RSA public key of 2048, 3072 or 4096 bits");
    for name in ["RSA_1024", "P256", "ED25519", "TORN"] {
        key(&public("rsa-sha256", name), &[&rsa]);
    }
    let ed25519 = told("is not an Ed25519 public key");
    for name in ["RSA", "P256"] {
        key(&public("ed25519", name), &[&ed25519]);
    }
    let pem = told("is not a public key in PEM (-----BEGIN PUBLIC KEY-----)");
    for name in ["RESPONSE", "SECRET"] {
        key(&public("ed25519", name), &[&pem]);
    }
}

#[test]
fn what_a_key_lacks_or_has_too_much_is_told() {
    key(
        "kind = \"rsa\"",
        &[
            "7: merchants.m.keys[0].id: is missing",
            "8: merchants.m.keys[0].kind: must be \"hmac-sha256\" or \"rsa-sha256\" or \"ed25519\"",
        ],
    );
    key("id = \"k\"\nkind = \"ed25519\"", &["7: merchants.m.keys[0].public_key: is missing"]);
    key("id = \"k\"\nkind = \"hmac-sha256\"", &["7: merchants.m.keys[0].secret: is missing"]);
    key(
        "id = \"k k\"\nkind = \"hmac-sha256\"\nsecret = \"env:SECRET\"\npublic_key = \"env:RSA\"",
        &[
            "8: merchants.m.keys[0].id: must be 1 to 64 of A-Z a-z 0-9 . _ -",
            "11: merchants.m.keys[0].public_key: is nothing that a key of the kind \
             \"hmac-sha256\" has",
        ],
    );
    key(
        "id = \"k\"\nkind = \"hmac-sha256\"\nsecret = \"0123456789abcdef0123456789abcdef\"",
        &[
            "10: merchants.m.keys[0].secret: is secret and must not stand in this file: put it into \
           a file that its owner alone may read, and refer to it as \"file:PATH\", or as \
           \"env:NAME\"",
        ],
    );
    let made = "id = \"k\"\nkind = \"hmac-sha256\"\nsecret = \"env:SECRET\"";
    key(
        &format!("{made}\nnot_before = \"2026-01-01\"\nnot_after = 7"),
        &[
            "11: merchants.m.keys[0].not_before: must be an instant such as \
             \"2026-01-31T00:00:00Z\"",
            "12: merchants.m.keys[0].not_after: must be text in quotes",
        ],
    );
    let life = "not_before = \"2026-01-01T00:00:00Z\"\nnot_after = \"2026-01-01T00:00:00Z\"";
    key(
        &format!("{made}\n{life}"),
        &["12: merchants.m.keys[0].not_after: must be later than `not_before`"],
    );
}

#[test]
fn an_id_and_a_key_belong_to_one_merchant() {
    let of = |merchant: &str, id: &str, rest: &str| {
        let shop = SHOP.replace(".m]", &format!(".{merchant}]"));
        format!("{shop}[[merchants.{merchant}.keys]]\nid = \"{id}\"\n{rest}\n")
    };
    let ed = |name: &str| format!("kind = \"ed25519\"\npublic_key = \"env:{name}\"");
    let hmac = "kind = \"hmac-sha256\"\nsecret = \"env:SECRET\"";
    check(&(of("m", "k", &ed("ED25519")) + &of("n", "l", hmac)), &[]);
    check(
        &(of("m", "k", &ed("ED25519")) + &of("n", "k", hmac)),
        &["14: merchants.n.keys[0].id: is the id of the key in line 8 already"],
    );
    let same = "16: merchants.n.keys[0].public_key: is the same secret as \
                merchants.m.keys[0].public_key";
    check(&(of("m", "k", &ed("ED25519")) + &of("n", "l", &ed("ED25519_AGAIN"))), &[same]);
}

#[test]
fn signatures_need_keys_and_answers_need_ours() {
    check(SHOP, &["5: merchants.m.api_keys: is missing, and so are `keys`"]);
    check(
        &format!("{SHOP}api_keys = [\"env:KEY\"]\nrequire_signature = true"),
        &["8: merchants.m.require_signature: demands signatures, and there are no `keys` to make \
           them with"],
    );
    let key = "[[merchants.m.keys]]\nid = \"k\"\nkind = \"ed25519\"\npublic_key = \"env:ED25519\"";
    let text = with(&format!("{SHOP}{key}")).replace("response_key", "#");
    let problems = parse(&text).unwrap_err().0;
    assert_eq!(
        problems.iter().map(super::line).collect::<Vec<_>>(),
        ["9: merchants.m.keys[0].kind: needs `server.response_key`, which signs the answers to \
          this key"]
    );
    let server = |line: &str| format!("[server]\n{line}\n");
    for (line, expect) in [
        (
            "response_key = \"env:RSA\"",
            "2: server.response_key: is not an Ed25519 or RSA private key of at least 2048 bits \
             in PEM",
        ),
        (
            "published_keys = [\"env:RESPONSE\"]",
            "2: server.published_keys[0]: is not an Ed25519 or RSA public key of 2048, 3072 or \
             4096 bits in PEM",
        ),
        (
            "trusted_proxies = [\"10.0.0.1/8\"]",
            "2: server.trusted_proxies[0]: has bits beyond its prefix: the network is 10.0.0.0/8",
        ),
        (
            "forwarded_header = \"x-real-ip\"",
            "2: server.forwarded_header: must be \"x-forwarded-for\" or \"forwarded\"",
        ),
    ] {
        let problems = parse(&server(line)).unwrap_err().0;
        assert_eq!(problems.iter().map(super::line).collect::<Vec<_>>(), [expect], "{line}");
    }
}

#[test]
fn what_a_merchant_has_of_its_own_is_read() {
    let own = "api_keys = [\"env:KEY\"]\nallowed_ips = [\"203.0.113.0/24\", \"::ffff:192.0.2.1\"]\n\
               per_second = 7\nburst = 9";
    let settings = parse(&with(&format!("{SHOP}{own}"))).unwrap();
    let merchant = &settings.merchants[&"m".parse().unwrap()];
    assert_eq!(
        merchant.allowed_ips,
        ["203.0.113.0/24", "192.0.2.1/32"].map(|it| it.parse().unwrap())
    );
    assert_eq!((merchant.per_second, merchant.burst), (Some(7), Some(9)));
    assert!(merchant.keys.is_empty() && !merchant.require_signature);
    check(
        &format!("{SHOP}api_keys = [\"env:KEY\"]\nallowed_ips = [\"shop\"]\nper_second = 0"),
        &[
            "8: merchants.m.allowed_ips[0]: must be an address or a network, such as \
             \"203.0.113.7\" or \"2001:db8::/32\"",
            "9: merchants.m.per_second: must be a whole number, 1 to 100000",
        ],
    );
}
