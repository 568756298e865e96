//! What differs between two files, and what of it a running gateway takes.

use std::path::Path;

use super::super::{Difference, Flat, Settings};
use super::{FILE, environment, parse};

const FILE_TEXT: &str = r#"
[accounts.ali]
channel = "alipay"
app_id = "1"
private_key = "env:PEM"

[accounts.we]
channel = "wechat"
platform_certificates = ["env:PEM", "inline"]

[merchants.shop]
accounts = ["ali", "we"]
api_keys = ["env:KEY"]

[[merchants.shop.endpoints]]
id = "orders"
url = "https://shop.example.com/hook"
secret = "env:HOOK"

[delivery]
timeout = "5s"
"#;

fn flat(text: &str) -> Flat {
    parse(text).unwrap().flat
}

fn told(text: &str) -> String {
    Difference::between(&flat(FILE_TEXT), &flat(text)).to_string()
}

fn check(from: &str, to: &str, expect: &[&str]) {
    assert!(FILE_TEXT.contains(from), "{from}");
    assert_eq!(told(&FILE_TEXT.replacen(from, to, 1)), expect.join("\n"), "{from} => {to}");
}

#[test]
fn differences_are_told_by_what_they_are_of() {
    check("", "# nothing\n", &[]);
    check("app_id = \"1\"", "app_id = \"2\"", &[r#"~ accounts.ali.app_id: "1" -> "2""#]);
    check("app_id = \"1\"\n", "", &[r#"- accounts.ali.app_id = "1""#]);
    check("app_id", "retired = true\napp_id", &["+ accounts.ali.retired = true"]);
    check("", "[accounts.new]\nchannel = \"x\"\nretired = true\n", &["+ accounts.new"]);
    check(
        "accounts = [\"ali\", \"we\"]",
        "accounts = [\"we\"]",
        &[r#"~ merchants.shop.accounts: ["ali", "we"] -> ["we"]"#],
    );
    check("timeout = \"5s\"", "timeout = \"6s\"", &[r#"~ delivery.timeout: "5s" -> "6s""#]);
    // What stands in the defaults is there before it is written.
    check("[delivery]", "[worker]\npoll = \"1s\"\n[delivery]", &[]);
    check(
        "[delivery]",
        "[worker]\npoll = \"2s\"\n[delivery]",
        &[r#"~ worker.poll: "1s" -> "2s" (needs a restart)"#],
    );
    check(
        "[delivery]",
        "[delivery]\nper_endpoint = 5",
        &["~ delivery.per_endpoint: 16 -> 5 (needs a restart)"],
    );
}

#[test]
fn endpoints_are_known_by_their_id() {
    let second = "\n[[merchants.shop.endpoints]]\nid = \"first\"\nurl = \"https://a.example.com/\"\n\
                  secret = \"env:OTHER_HOOK\"\n";
    let before = "\n[[merchants.shop.endpoints]]\nid = \"orders\"";
    check(before, &format!("{second}{before}"), &["+ merchants.shop.endpoints.first"]);
    check(
        "id = \"orders\"",
        "id = \"till\"",
        &["- merchants.shop.endpoints.orders", "+ merchants.shop.endpoints.till"],
    );
    check(
        "hook\"",
        "other\"",
        &["~ merchants.shop.endpoints.orders.url: \"https://shop.example.com/hook\" -> \
         \"https://shop.example.com/other\""],
    );
}

#[test]
fn what_came_by_reference_is_compared_and_never_shown() {
    check("env:KEY", "env:OTHER_KEY", &["~ merchants.shop.api_keys: changed"]);
    check(
        "[\"env:KEY\"]",
        "[\"env:KEY\", \"env:OTHER_KEY\"]",
        &["~ merchants.shop.api_keys: changed"],
    );
    check("\"inline\"", "\"another\"", &["~ accounts.we.platform_certificates: changed"]);
    check(
        "secret = \"env:HOOK\"",
        "secrets = [\"env:HOOK\"]",
        &["- merchants.shop.endpoints.orders.secret", "+ merchants.shop.endpoints.orders.secrets"],
    );
    let rotated = |name: &str| environment(if name == "PEM" { "KEY" } else { name });
    let rotated = Settings::parse(FILE_TEXT, FILE, Path::new(""), &|name| {
        if name == "KEY" { environment("OTHER_KEY") } else { rotated(name) }
    });
    let rotated = rotated.unwrap();
    let expect = "~ accounts.ali.private_key: changed\n\
                  ~ accounts.we.platform_certificates: changed\n\
                  ~ merchants.shop.api_keys: changed";
    assert_eq!(Difference::between(&flat(FILE_TEXT), &rotated.flat).to_string(), expect);
    let shown = format!("{:?} {:?}", rotated.flat, flat(FILE_TEXT));
    for secret in ["KEY", "OTHER_KEY", "HOOK", "PEM"] {
        assert!(!shown.contains(&environment(secret).unwrap()), "{secret}: {shown}");
    }
}

#[test]
fn long_texts_are_not_shown() {
    let key = format!("app_id = \"{}\"", "k".repeat(201));
    check("app_id = \"1\"", &key, &["~ accounts.ali.app_id: changed"]);
    check("app_id = \"1\"", "app_id = \"\"\"a\nb\"\"\"", &["~ accounts.ali.app_id: changed"]);
}

/// What is told to need a restart is left as it is, and nothing else is.
#[test]
fn what_is_taken_is_what_needs_no_restart() {
    let running = parse(FILE_TEXT).unwrap();
    for (section, line) in [
        ("server", "public_url = \"https://pay.example.com\""),
        ("server", "shutdown_grace = \"1s\""),
        ("reload", "watch = \"3s\""),
        ("store", "driver = \"memory\""),
        ("worker", "concurrency = 7"),
        ("outbound", "concurrency = 7"),
        ("quotas", "nodes = 3"),
        ("quotas.alipay", "pay = 7"),
        ("outbound", "deadline = \"4s\""),
        ("delivery", "timeout = \"6s\""),
        ("delivery", "ports = [444]"),
        ("limits", "requests = 7"),
        ("log", "filter = \"debug\""),
    ] {
        let bare = FILE_TEXT.replace("[delivery]\ntimeout = \"5s\"", "");
        let base = parse(&bare).unwrap();
        let new = parse(&format!("{bare}[{section}]\n{line}\n")).unwrap();
        let difference = Difference::between(&base.flat, &new.flat);
        assert_eq!(difference.0.len(), 1, "{line}: {difference}");
        let told = difference.0[0].needs_restart;
        let file_of = |it: &Settings| (it.flat.clone(), sections(it));
        let (expect, taken) = (file_of(&base), file_of(&new.clone().taken_by(&base).unwrap()));
        assert_eq!(taken == expect, told, "{line}");
        assert_eq!(taken == file_of(&new), !told, "{line}");
    }
    assert_eq!(running.clone().taken_by(&running).unwrap().flat, running.flat);
}

fn sections(it: &Settings) -> String {
    let Settings { server, reload, store, worker, outbound, quotas, delivery, .. } = it;
    let Settings { limits, log, .. } = it;
    format!(
        "{server:?} {reload:?} {store:?} {worker:?} {outbound:?} {quotas:?} {delivery:?} \
         {limits:?} {log:?}"
    )
}

#[test]
fn a_value_that_needs_one_that_is_not_taken_is_refused() {
    let running = parse(FILE_TEXT).unwrap();
    let more = "[outbound]\ndeadline = \"18s\"\n[limits]\nrequest_deadline = \"30s\"\n";
    let new = parse(&format!("{FILE_TEXT}{more}")).unwrap();
    let problems = new.taken_by(&running).unwrap_err().to_string();
    let expect = "shop.toml:23: outbound.deadline: `outbound.deadline` (18s) must be shorter than \
                  `limits.request_deadline` (15s), of which one needs a restart";
    assert_eq!(problems, expect);
}
