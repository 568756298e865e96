//! Bodies that are no JSON, too much of it, or JSON that could be read in two ways.

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;

use super::wire::{ask, create, nothing_was_made, order};

const MALFORMED: &str = "400 malformed-json";
const FIELD: &str = "400 invalid-field";
const LARGE: &str = "413 body-too-large";

#[tokio::test(flavor = "multi_thread")]
async fn a07_a08_depth_and_size_have_limits() {
    let rig = Rig::start(Setup::default()).await;
    for depth in [33, 127, 128, 10_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(depth - 1), close.repeat(depth - 1));
            let reply = ask(&rig, create("k", order("metadata", &deep))).await;
            let expect = if deep.len() > 65_000 { LARGE } else { MALFORMED };
            assert_eq!(reply.outcome(), expect, "{depth} {open}");
        }
    }
    let unclosed = "[".repeat(60_000);
    assert_eq!(ask(&rig, create("k", unclosed)).await.outcome(), MALFORMED);
    let members = |count: usize| {
        let members: Vec<_> = (0..count).map(|it| format!("\"{it}\":1")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert_eq!(ask(&rig, create("k", members(5_000))).await.outcome(), FIELD);
    assert_eq!(ask(&rig, create("k", members(1_000_000))).await.outcome(), LARGE);
    for bytes in [65_537, 1024 * 1024 + 1, 10 * 1024 * 1024] {
        let long = order("subject", &format!("\"{}\"", "x".repeat(bytes)));
        assert_eq!(ask(&rig, create("k", long)).await.outcome(), LARGE, "{bytes}");
    }
    let digits = |count: usize| order("amount", &"9".repeat(count));
    assert_eq!(ask(&rig, create("k", digits(60_000))).await.status, 400);
    assert_eq!(ask(&rig, create("k", digits(1_000_000))).await.outcome(), LARGE);
    nothing_was_made(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a09_a10_a_member_is_known_and_there_once() {
    let rig = Rig::start(Setup::default()).await;
    let twice = order("amount", "888").replace('{', r#"{"amount":1,"#);
    assert_eq!(ask(&rig, create("k", twice)).await.outcome(), FIELD);
    let hidden = order("amount", "888").replace('{', r#"{"\u0061mount":1,"#);
    assert_eq!(ask(&rig, create("k", hidden)).await.outcome(), FIELD);
    let inner = order("metadata", r#"{"a":"1","a":"2"}"#);
    assert_eq!(ask(&rig, create("k", inner)).await.outcome(), FIELD);
    for unknown in ["Amount", "amount ", "notify_url", "__proto__", "merchant", "status", "\\u0000"]
    {
        let reply = ask(&rig, create("k", order(unknown, "1"))).await;
        assert_eq!(reply.outcome(), FIELD, "{unknown}");
    }
    nothing_was_made(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a11_other_encodings_are_refused() {
    let rig = Rig::start(Setup::default()).await;
    let good = order("subject", "\"茶\"");
    let utf16 =
        |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { good.encode_utf16().flat_map(bytes).collect() };
    let bodies = [
        [b"\xef\xbb\xbf", good.as_bytes()].concat(),
        [b"\xff\xfe".as_slice(), &utf16(u16::to_le_bytes)].concat(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        // GBK, an overlong slash, a surrogate in UTF-8, a byte of nothing.
        replaced(&good, b"\xb2\xe8"),
        replaced(&good, b"\xc0\xaf"),
        replaced(&good, b"\xed\xa0\x80"),
        replaced(&good, b"\xff"),
        good.replace('茶', "\\ud800").into_bytes(),
        good.replace('茶', "\\udc00\\ud800").into_bytes(),
        good.replace('茶', "\\ud800x").into_bytes(),
    ];
    for body in bodies {
        let reply = ask(&rig, create("k", &body)).await;
        assert_eq!(reply.outcome(), MALFORMED, "{:?}", String::from_utf8_lossy(&body));
    }
    nothing_was_made(&rig).await;
}

fn replaced(text: &str, bytes: &[u8]) -> Vec<u8> {
    let (before, after) = text.split_once('茶').expect("it is there");
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a12_text_has_no_controls_and_is_kept_as_it_is() {
    let rig = Rig::start(Setup::default()).await;
    for control in ["\\u0000", "\\n", "\\r", "\\t", "\\u001b", "\\u007f", "\\u0085", "\\u009b"] {
        let reply = ask(&rig, create("k", order("subject", &format!("\"tea{control}\"")))).await;
        assert_eq!(reply.outcome(), FIELD, "{control}");
    }
    // Both channels take 127 characters at least.
    let long = format!("\"{}\"", "茶".repeat(128));
    assert_eq!(ask(&rig, create("k", order("subject", &long))).await.outcome(), FIELD);
    // WeChat Pay takes no character of four bytes.
    let wide = order("subject", "\"🍵\"").replacen('{', r#"{"channel":"wechat","#, 1);
    assert_eq!(ask(&rig, create("k", wide)).await.outcome(), "422 channel-unfit");
    nothing_was_made(&rig).await;
    let kept =
        ["茶 🍵 tea", "\u{202e}eet", "a\u{200b}b", "e\u{301}", "é", "'\"--<b>&amp;", "%n%s${x}"];
    for (number, subject) in kept.iter().enumerate() {
        let text = serde_json::Value::from(*subject).to_string();
        let body = order("subject", &text).replace("hostile-1", &format!("kept-{number}"));
        let reply = ask(&rig, create(&format!("kept-{number}"), body)).await;
        assert_eq!(reply.status, 201, "{subject}: {reply:?}");
        let id = reply.json()["id"].as_str().unwrap_or_default().to_owned();
        assert_eq!(rig.api.payment(&id).await["subject"], *subject);
    }
}
