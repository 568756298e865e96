//! One line of the log is one line, whatever stands in it.

use paymux_tests::config::{ALIPAY, Setup, WECHAT};
use paymux_tests::rig::Rig;
use serde_json::Value;

use super::wire::{create, order, request, talk};

/// More than anything a caller wrote may have in a field.
const MAX_BYTES: usize = 1024;
const INJECTED: &str = "INJECTED";

/// Each would be a line of its own, hide the one before, or end a string.
fn texts() -> Vec<String> {
    let long = "x".repeat(5_000);
    let shapes = [
        "\n{\"level\":\"ERROR\",\"message\":\"INJECTED\"}",
        "\r\n2026-01-01T00:00:00Z ERROR INJECTED",
        "\u{1b}[2J\u{1b}[1;31mINJECTED\u{1b}[0m",
        "\u{8}\u{8}\u{8}INJECTED",
        "\",\"merchant\":\"INJECTED",
        "%n%s%x${jndi:ldap://INJECTED}",
        "\u{2028}\u{85}INJECTED\u{202e}",
        "{\"a\":\"INJECTED\"}",
    ];
    shapes.iter().map(|it| (*it).to_owned()).chain([format!("INJECTED{long}")]).collect()
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|it| format!("%{it:02x}")).collect()
}

fn header(name: &str, text: &str) -> String {
    let plain: String = text.chars().filter(|it| !['\r', '\n'].contains(it)).collect();
    format!("{name}: {plain}\r\n")
}

fn requests(text: &str, number: usize) -> Vec<Vec<u8>> {
    let (json, path) = (quoted(text), escaped(text));
    let key = format!("line-{number}");
    let headers = ["X-Request-Id", "User-Agent", "Idempotency-Key", "Content-Type", "traceparent"];
    let with = |name: &str| request("GET /v1/payments", &header(name, text), "");
    let named = |name: &str| {
        create(&key, order(name, &json).replace("hostile-1", &format!("{key}-{name}")))
    };
    let xml = format!("<xml><return_code><![CDATA[{text}]]></return_code></xml>");
    let mut all: Vec<_> = headers.iter().map(|it| with(it)).collect();
    all.extend(["order_no", "subject", "method", "channel", "metadata", "return_url"].map(named));
    all.extend([
        create(&key, format!("{{{json}:1}}")),
        create(&key, order("metadata", &format!("{{\"a\":{json}}}"))),
        create(&key, order("payer", &format!("{{\"openid\":{json},\"client_ip\":{json}}}"))),
        request(&format!("GET /{path}"), "", ""),
        request(&format!("GET /v1/payments/{path}"), "", ""),
        request(&format!("GET /v1/payments?order_no={path}&{path}=1"), "", ""),
        request(&format!("POST /notify/{path}"), "", text),
        request(&format!("POST /notify/{ALIPAY}"), "", format!("notify_id={path}&sign={path}")),
        request(&format!("POST /notify/{WECHAT}"), &header("Wechatpay-Serial", text), &json),
        request(&format!("POST /notify/{WECHAT}"), "", xml),
        request(&format!("GET /return/{ALIPAY}?out_trade_no={path}&sign={path}"), "", ""),
        request("GET /v1/events", &header("Authorization", &format!("Bearer {text}")), ""),
    ]);
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a30_no_caller_writes_a_line_of_the_log() {
    let setup = Setup { log: "info,paymux=debug", ..Setup::default() };
    let rig = Rig::start(setup).await;
    let mut asked = 0;
    for (number, text) in texts().iter().enumerate() {
        for bytes in requests(text, number) {
            talk(&rig, bytes).await;
            asked += 1;
        }
        // The channel's own words, in an answer.
        let word: String = text.chars().filter(char::is_ascii_graphic).take(60).collect();
        let subject = format!("tea [sandbox:refuse!{}]", word.replace([']', '*', '!'], ""));
        let key = format!("refused-{number}");
        let body = order("subject", &quoted(&subject)).replace("hostile-1", &key);
        talk(&rig, create(&key, body)).await;
    }
    let logs = rig.logs();
    let mut answered = 0;
    for line in logs.lines() {
        let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
            panic!("no line of ours: {line:?}")
        };
        assert!(!line.contains(|it: char| it.is_control()), "{line:?}");
        answered += usize::from(fields["message"] == "request.answered");
        for (name, value) in &fields {
            assert!(value.to_string().len() <= MAX_BYTES, "{name}: {line:?}");
        }
        let own = ["merchant", "message", "level", "target", "request_id", "method", "route"];
        for name in own {
            let text = fields.get(name).map(ToString::to_string).unwrap_or_default();
            assert!(!text.contains(INJECTED), "{name}: {line:?}");
        }
    }
    assert!(answered >= asked / 2, "{answered} lines of {asked} requests");
}
