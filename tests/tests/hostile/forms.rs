//! Forms that can be read in two ways, sent where Alipay sends its own.

use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;

use super::genuine::Genuine;

/// What money rests on.
const READ: [&str; 8] = [
    "app_id",
    "gmt_payment",
    "notify_id",
    "out_trade_no",
    "seller_id",
    "total_amount",
    "trade_no",
    "trade_status",
];

/// The pairs as they stand there, escaped.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter_map(|it| it.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn joined(pairs: &[(String, String)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn with(text: &str, name: &str, change: impl Fn(&str) -> String) -> String {
    let mut pairs = pairs(text);
    let pair = pairs.iter_mut().find(|it| it.0 == name).unwrap_or_else(|| panic!("no {name}"));
    pair.1 = change(&pair.1);
    joined(&pairs)
}

fn without(text: &str, name: &str) -> String {
    let pairs: Vec<_> = pairs(text).into_iter().filter(|it| it.0 != name).collect();
    joined(&pairs)
}

/// The next parameter in the signed order, written into this one's value: the signed text stays.
fn folded(text: &str, name: &str) -> Option<String> {
    let mut sorted = pairs(text);
    sorted.retain(|it| it.0 != "sign" && it.0 != "sign_type");
    sorted.sort();
    let at = sorted.iter().position(|it| it.0 == name)?;
    let (next, value) = sorted.get(at + 1)?;
    let folded = with(text, name, |own| format!("{own}%26{next}%3D{value}"));
    Some(without(&folded, next))
}

#[tokio::test(flavor = "multi_thread")]
async fn x06_x07_x08_no_form_is_read_in_two_ways() {
    let rig = Rig::start(Setup::default()).await;
    let genuine = Genuine::kept_back(&rig, Channel::Alipay).await;
    let text = genuine.text();
    let many: String = (0..10_000).map(|it| format!("&a{it}=b")).collect();
    let sign = |change: &dyn Fn(&str) -> String| with(&text, "sign", change);
    let cases = [
        ("charset", with(&text, "charset", |_| "GBK".into())),
        ("GBK", with(&text, "subject", |_| "%B2%E8".into())),
        ("percent", with(&text, "subject", |it| format!("{it}%"))),
        ("half a percent", with(&text, "subject", |it| format!("{it}%4"))),
        ("no hex", with(&text, "subject", |it| format!("{it}%zz"))),
        ("zero", with(&text, "subject", |it| format!("{it}%00"))),
        ("blank", with(&text, "subject", |it| format!("{it}+"))),
        ("no value", format!("{text}&subject")),
        ("no name", format!("{text}&=1")),
        ("empty", String::new()),
        ("many", format!("{text}{}", &many[..60_000])),
        ("a few too many", format!("{text}{}", &many[..600])),
        ("amount twice", format!("{text}&total_amount=0.01")),
        ("amount twice before", format!("total_amount=0.01&{text}")),
        ("the same twice", format!("{text}&{text}")),
        ("hidden twin", format!("{text}&total%5Famount=0.01")),
        ("amount", with(&text, "total_amount", |_| "0.01".into())),
        ("status", with(&text, "trade_status", |_| "TRADE_FINISHED".into())),
        ("one more", format!("{text}&zzz=1")),
        ("one less", without(&text, "seller_id")),
        ("no signature", without(&text, "sign")),
        ("empty signature", sign(&|_| String::new())),
        ("another signature", sign(&|it| it.replace('a', "b"))),
        ("cut signature", sign(&|it| it[..it.len() - 8].to_owned())),
        ("two signatures", format!("{text}&sign=AAAA")),
        ("weaker", with(&text, "sign_type", |_| "RSA".into())),
        ("none", with(&text, "sign_type", |_| "NONE".into())),
        ("digest", with(&text, "sign_type", |_| "MD5".into())),
        ("JSON", "{\"sign\":\"a\"}".into()),
    ];
    for (what, body) in cases {
        genuine.is_refused(what, body).await;
    }
    for name in READ {
        if let Some(body) = folded(&text, name) {
            genuine.changes_nothing(&format!("folded into {name}"), body).await;
        }
        let before = pairs(&text)
            .into_iter()
            .map(|it| it.0)
            .filter(|it| it.as_str() < name && !it.starts_with("sign"));
        if let Some(body) = before.max().and_then(|it| folded(&text, &it)) {
            genuine.changes_nothing(&format!("{name} folded"), body).await;
        }
    }
    // What stands in another order or another spelling says the same.
    let mut turned = pairs(&text);
    turned.reverse();
    genuine.is_believed("turned round", joined(&turned)).await;
    let spelt = with(&text, "subject", |it| it.replace('+', "%20").replace('t', "%74"));
    genuine.is_believed("spelt otherwise", spelt).await;
}
