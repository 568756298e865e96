//! XML that is more than a flat list of texts, sent where WeChat Pay sends its own.

use paymux_sandbox::Channel;
use paymux_tests::config::{Setup, WECHAT, mode};
use paymux_tests::rig::Rig;
use tokio::time::{Duration, Instant};

use super::genuine::Genuine;
use super::wire::{ask, request};

/// For whatever a stranger sends; what blows up takes minutes.
const SOON: Duration = Duration::from_secs(5);
const SECRET_FILE: &str = "keys/wechat-api-v2-key.txt";

fn setup() -> Setup {
    let wechat_mode = mode::v2("HMAC-SHA256");
    Setup { wechat_mode, wechat_tls: true, ..Setup::default() }
}

fn changed(text: &str, from: &str, to: &str) -> String {
    let changed = text.replacen(from, to, 1);
    assert_ne!(changed, text, "there is a {from:?} to change");
    changed
}

#[tokio::test(flavor = "multi_thread")]
async fn x01_x02_x03_a_document_declares_nothing_and_blows_nothing_up() {
    let rig = Rig::start(setup()).await;
    let genuine = Genuine::kept_back(&rig, Channel::Wechat).await;
    let text = genuine.text();
    let file = rig.path(SECRET_FILE).display().to_string();
    let declared = |declaration: &str| format!("<?xml version=\"1.0\"?>{declaration}{text}");
    let entity = |what: &str, used: &str| {
        let text = changed(&text, "<xml>", &format!("<xml><attach>{used}</attach>"));
        format!("<!DOCTYPE xml [{what}]>{text}")
    };
    let laughs: String = (1..10)
        .map(|it| format!("<!ENTITY l{it} \"{}\">", format!("&l{};", it - 1).repeat(10)))
        .collect();
    let quadratic = format!("<!ENTITY a \"{}\">", "x".repeat(20_000));
    let attributes = |count: usize| {
        let many: String = (0..count).map(|it| format!(" a{it}=\"\"")).collect();
        changed(&text, "<xml>", &format!("<xml{many}>"))
    };
    let cases = [
        ("doctype", declared("<!DOCTYPE xml>")),
        ("lower case", declared("<!doctype xml>")),
        ("entity", entity("<!ENTITY a \"b\">", "&a;")),
        ("external", entity(&format!("<!ENTITY a SYSTEM \"file://{file}\">"), "&a;")),
        ("remote", entity("<!ENTITY a SYSTEM \"http://127.0.0.1:1/\">", "&a;")),
        ("parameter", entity("<!ENTITY % a SYSTEM \"http://127.0.0.1:1/\"> %a;", "")),
        ("subset", declared("<!DOCTYPE xml SYSTEM \"http://127.0.0.1:1/a.dtd\">")),
        ("laughs", entity(&format!("<!ENTITY l0 \"ha\">{laughs}"), "&l9;")),
        ("quadratic", entity(&quadratic, &"&a;".repeat(5_000))),
        ("undeclared", changed(&text, "<xml>", "<xml><attach>&a;</attach>")),
        ("numbered", changed(&text, "<xml>", "<xml><attach>&#0;&#x110000;</attach>")),
        ("attribute", changed(&text, "<xml>", "<xml a=\"b\">")),
        ("attributes", attributes(5_000)),
        ("depth", format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000))),
        ("elements", format!("<xml>{}</xml>", "<a>b</a>".repeat(8_000))),
        ("name", format!("<xml><{0}>1</{0}></xml>", "a".repeat(30_000))),
    ];
    for (what, body) in cases {
        let begun = Instant::now();
        genuine.is_refused(what, body).await;
        assert!(begun.elapsed() < SOON, "{what}: {:?}", begun.elapsed());
    }
    let line = format!("POST /notify/{WECHAT}");
    let most = ask(&rig, request(&line, "", attributes(800_000))).await;
    assert_eq!(most.outcome(), "413 body-too-large");
    let secret = std::fs::read_to_string(rig.path(SECRET_FILE)).expect("a key");
    assert!(!rig.logs().contains(secret.trim()), "what a stranger names is not read");
    genuine.is_believed("as it was", text).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x04_x05_each_text_stands_there_once_and_plain() {
    let rig = Rig::start(setup()).await;
    let genuine = Genuine::kept_back(&rig, Channel::Wechat).await;
    let text = genuine.text();
    let total = "<total_fee>";
    let (before, rest) = text.split_once(total).expect("there is an amount");
    let (amount, after) = rest.split_once("</total_fee>").expect("it ends");
    let with = |inside: &str| format!("{before}{inside}{after}");
    let digits: String = amount.chars().filter(char::is_ascii_digit).collect();
    let (first, others) = digits.split_at(1);
    let cases = [
        ("twice", with(&format!("{total}{digits}</total_fee>").repeat(2))),
        ("two amounts", with(&format!("{total}{digits}</total_fee>{total}1</total_fee>"))),
        ("the other first", with(&format!("{total}1</total_fee>{total}{digits}</total_fee>"))),
        ("nested", with(&format!("{total}<a>{digits}</a></total_fee>"))),
        ("in itself", with(&format!("{total}{total}{digits}</total_fee></total_fee>"))),
        ("attribute", with(&format!("<total_fee a=\"1\">{digits}</total_fee>"))),
        ("prefix", with(&format!("<x:total_fee>{digits}</x:total_fee>"))),
        ("comment", with(&format!("{total}{first}<!-- -->{others}</total_fee>"))),
        ("comment beside", with(&format!("<!-- -->{total}{digits}</total_fee>"))),
        ("instruction", with(&format!("{total}{first}<?a b?>{others}</total_fee>"))),
        ("instruction beside", with(&format!("<?a b?>{total}{digits}</total_fee>"))),
        ("another root", format!("{text}{text}")),
        ("text around", format!("{text}1")),
        ("no end", text.replace("</xml>", "")),
        ("another name", text.replace("<xml>", "<html>").replace("</xml>", "</html>")),
        ("blanks", with(&format!("{total} {digits} </total_fee>"))),
        ("plus", with(&format!("{total}+{digits}</total_fee>"))),
        ("zeros", with(&format!("{total}0{digits}</total_fee>"))),
        ("fraction", with(&format!("{total}{digits}.0</total_fee>"))),
        ("no amount", with("")),
        ("another amount", with(&format!("{total}1</total_fee>"))),
    ];
    for (what, body) in cases {
        genuine.is_refused(what, body).await;
    }
    // CDATA or none, and a declaration without a document type: the same texts.
    let plain = with(&format!("{total}<![CDATA[{digits}]]></total_fee>"));
    genuine.is_believed("as CDATA", format!("<?xml version=\"1.0\"?>\n{plain}")).await;
    genuine.is_believed("as text", with(&format!("{total}{digits}</total_fee>"))).await;
}
