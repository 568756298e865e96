//! What one generation takes over from the one before, and what may follow it.

mod certificate;
mod identity;
mod managed;

use std::path::Path;
use std::sync::Arc;

use paymux_sandbox::Credentials;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::keepers::Keepers;
use super::snapshot::{Before, Ground, snapshot};
use super::successor::successor;
use crate::api::tests::rig::Rig;
use crate::registry;
use crate::settings::{self, Channels, Settings};
use paymux_engine::snapshot::Snapshot;

const TEXT: &str = r#"
[accounts.ali]
channel = "alipay"
app_id = "2021000000000001"
private_key = "env:ALIPAY_KEY"
alipay_public_key = "env:ALIPAY_PUBLIC_KEY"

[accounts.we]
channel = "wechat"
app_id = "wx0000000000000001"
mch_id = "1900000001"
merchant_serial = "0A"
private_key = "env:WECHAT_KEY"
api_v3_key = "env:WECHAT_API_V3_KEY"

[merchants.shop]
accounts = ["ali", "we"]
api_keys = ["env:API_KEY"]
"#;

fn secret(name: &str) -> Option<String> {
    let Credentials { alipay, wechat } = Credentials::demo();
    Some(match name {
        "ALIPAY_KEY" => alipay.private_key_pem,
        "ALIPAY_PUBLIC_KEY" => alipay.alipay_public_key_pem,
        "WECHAT_KEY" => wechat.private_key_pem,
        "WECHAT_PUBLIC_KEY" => wechat.public_key_pem,
        "WECHAT_API_V3_KEY" => wechat.api_v3_key,
        "API_KEY" => "pk_0123456789abcdef0123456789abcdef".into(),
        _ => return None,
    })
}

fn open(text: &str) -> (Settings, Channels) {
    settings::open_text(text, "test.toml", &secret, registry::PLUGINS).unwrap()
}

fn ground() -> Ground {
    let mut settings = Settings::defaults();
    settings.server.public_url = "https://pay.example.com".into();
    Ground::new(&settings, None).unwrap()
}

/// The generation of `TEXT` and the one of `text` after it.
fn two(text: &str) -> (Snapshot, Snapshot) {
    let ((old, old_channels), (new, channels)) = (open(TEXT), open(text));
    let first = snapshot(&old, &old_channels, &ground(), None);
    let before = Before { snapshot: &first, flat: &old.flat };
    let second = snapshot(&new, &channels, &ground(), Some(&before));
    (first, second)
}

fn same(text: &str) -> [bool; 2] {
    let (first, second) = two(text);
    assert_eq!((first.generation, second.generation), (1, 2));
    ["ali", "we"].map(|id| {
        let id = id.parse().unwrap();
        Arc::ptr_eq(&first.accounts[&id], &second.accounts[&id])
    })
}

#[test]
fn an_account_is_the_same_as_long_as_nothing_of_it_changes() {
    let check = |from: &str, to: &str, expect: [bool; 2]| {
        assert!(TEXT.contains(from), "{from}");
        assert_eq!(same(&TEXT.replacen(from, to, 1)), expect, "{from} => {to}");
    };
    check("", "# a comment\n", [true, true]);
    check("accounts = [\"ali\", \"we\"]", "accounts = [\"we\"]", [true, true]);
    check("channel = \"alipay\"", "channel = \"alipay\"\nretired = true", [false, true]);
    check("env:WECHAT_KEY", "env:ALIPAY_KEY", [true, false]);
    check("", "[outbound]\nconcurrency = 7\n", [false, false]);
    check("", "[quotas.alipay]\npay = 7\n", [false, false]);
    check("channel = \"alipay\"", "channel = \"alipay\"\nquotas.pay = 7", [false, true]);
    check("", "[worker]\npoll = \"3s\"\n", [true, true]);
}

#[test]
fn a_retired_account_is_nobodys_candidate() {
    let retired = TEXT.replacen("channel = \"alipay\"", "channel = \"alipay\"\nretired = true", 1);
    let (first, second) = two(&retired);
    let of = |it: &Snapshot| -> Vec<_> {
        let merchant = &it.merchants[&"shop".parse().unwrap()];
        merchant.candidates.iter().map(|it| it.account.to_string()).collect()
    };
    assert_eq!((of(&first), of(&second)), (vec!["ali".into(), "we".into()], vec!["we".into()]));
    assert!(second.accounts.contains_key(&"ali".parse().unwrap()), "it is still there");
}

/// What may follow `running`: the problems, without their place.
fn refusals(running: &str, text: &str) -> Vec<String> {
    let ((old, old_channels), (new, channels)) = (open(running), open(text));
    let refused = successor((new, &channels), (&old, &old_channels)).err();
    let problems = refused.map(|it| it.0).unwrap_or_default();
    let told = |it: settings::Problem| {
        let sentence = it.problem.split([';', ':']).next().unwrap_or_default().to_owned();
        format!("{}:{} {}: {sentence}", Path::new(&it.file).display(), it.line, it.key)
    };
    problems.into_iter().map(told).collect()
}

fn without_we(text: &str) -> String {
    let (begin, end) = (text.find("[accounts.we]").unwrap(), text.find("[merchants").unwrap());
    format!("{}{}", &text[..begin], &text[end..]).replace(", \"we\"]", "]")
}

#[test]
fn a_name_stands_for_one_account_for_ever() {
    let check = |from: &str, to: &str, expect: &[&str]| {
        assert!(TEXT.contains(from), "{from}");
        assert_eq!(refusals(TEXT, &TEXT.replacen(from, to, 1)), expect, "{from} => {to}");
    };
    check("", "", &[]);
    check(
        "0000001\"\nprivate",
        "0000002\"\nprivate",
        &["test.toml:3 accounts.ali: was alipay app_id 2021000000000001 and is now alipay app_id \
         2021000000000002"],
    );
    check(
        "mch_id = \"1900000001\"",
        "mch_id = \"1900000002\"",
        &[
            "test.toml:9 accounts.we: was wechat mch_id 1900000001, app_id wx0000000000000001 and is \
         now wechat mch_id 1900000002, app_id wx0000000000000001",
        ],
    );
    // Keys, serials and addresses are no part of who it is.
    check("env:WECHAT_KEY", "env:ALIPAY_KEY", &[]);
    check("\"0A\"", "\"0B\"", &[]);
    check("channel = \"wechat\"", "channel = \"wechat\"\nbase = \"https://example.com\"", &[]);
}

#[test]
fn an_account_is_retired_before_it_is_removed() {
    let removed = ":0 accounts.we: was removed, while payments it took may be open";
    assert_eq!(refusals(TEXT, &without_we(TEXT)), [removed]);
    let retired = TEXT.replacen("channel = \"wechat\"", "channel = \"wechat\"\nretired = true", 1);
    assert_eq!(refusals(TEXT, &retired), [""; 0]);
    assert_eq!(refusals(&retired, &without_we(TEXT)), [""; 0]);
    assert_eq!(refusals(&retired, TEXT), [""; 0], "it may come back");
}

#[test]
fn what_a_channel_published_stays_known() {
    let ((old, old_channels), (new, channels)) =
        (open(TEXT), open(&TEXT.replacen("\"0A\"", "\"0B\"", 1)));
    let first = snapshot(&old, &old_channels, &ground(), None);
    let we = "we".parse().unwrap();
    let learned = paymux_channel::PlatformKey {
        serial: "1".into(),
        certificate_pem: Credentials::demo().wechat.public_key_pem,
    };
    let account = &first.accounts[&we];
    account.learn(account.channel(), Arc::new(vec![learned.clone()]));
    let before = Before { snapshot: &first, flat: &old.flat };
    let second = snapshot(&new, &channels, &ground(), Some(&before));
    assert!(!Arc::ptr_eq(&second.accounts[&we], account));
    assert_eq!(**second.accounts[&we].learned.load(), [learned]);
}

#[tokio::test]
async fn an_account_is_probed_until_it_changes_and_while_it_takes_payments() {
    let (ground, tasks) = (ground(), TaskTracker::new());
    let keepers = Keepers::new(Rig::new().gateway, CancellationToken::new(), tasks.clone());
    let text = without_we(TEXT);
    let mut last: Option<(Snapshot, Settings)> = None;
    for (change, left, expect) in [
        ("", 1, 1),
        ("# the same\n", 1, 1),
        ("# another\n[outbound]\nbreaker_pause = \"20s\"\n", 2, 1),
        ("retired = true", 1, 0),
        ("", 1, 1),
    ] {
        let with = if change.contains("retired") {
            text.replacen("channel", &format!("{change}\nchannel"), 1)
        } else {
            format!("{change}{text}")
        };
        let (settings, channels) = open(&with);
        let before = last.as_ref().map(|(it, old)| Before { snapshot: it, flat: &old.flat });
        let next = snapshot(&settings, &channels, &ground, before.as_ref());
        keepers.keep(&settings, &ground.states, &next);
        assert_eq!(tasks.len(), left, "{change} with the one before, which does not know yet");
        while tasks.len() > expect {
            tokio::task::yield_now().await;
        }
        tokio::task::yield_now().await;
        assert_eq!(tasks.len(), expect, "{change}");
        last = Some((next, settings));
    }
}
