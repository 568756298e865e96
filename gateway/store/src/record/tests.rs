use serde_json::Value;

use super::{decode, encode};
use crate::conformance::{Rng, sample_payments as sample};
use paymux_core::fee::{Fee, OnRefund, Terms};
use paymux_core::payment::{AuthCode, Cashier, Door, Method, Payer, Payment, Standing, Way};
use paymux_core::refund::{Cause, RefundState};
use paymux_core::trace::Trace;
use paymux_core::{Currency, Money, PaymentId, Timestamp};

fn id() -> PaymentId {
    PaymentId::new(Timestamp(1), &"demo".parse().unwrap(), 7)
}

fn random(seed: u64) -> Payment {
    sample::random(&mut Rng::new(seed), id(), "demo")
}

/// Nothing is `None`, nothing is empty.
fn full() -> Payment {
    let has_all = |it: &Payment| {
        it.closing.is_some()
            && it.order.return_url.is_some()
            && !it.order.metadata.is_empty()
            && !it.order.parts.is_empty()
            && it.refunds.iter().all(|it| it.part.is_some())
            && it.attempts.iter().any(|it| it.receipt.is_some() && it.action.is_some())
            && it.attempts.iter().any(|it| matches!(it.standing, Standing::Refused(_)))
            && it.refunds.iter().any(|it| matches!(it.state, RefundState::Succeeded { .. }))
            && it.splits.iter().any(|it| it.lines.len() > 1 && it.channel_split_no.is_some())
            && it.refunds.iter().all(|it| it.reason.is_some() && it.channel_refund_no.is_some())
    };
    let mut payment = (0..100_000).map(random).find(has_all).unwrap();
    payment.trace = Some(Trace { id: 7, span: 8 });
    payment.order.splittable = true;
    payment.order.cashier =
        Some(Cashier { channel: Some("wechat".into()), plate: Some("front".parse().unwrap()) });
    let words = [("param".into(), "a&b".into())].into();
    let door =
        Door { name: "epay".parse().unwrap(), notify_url: Some("https://shop".into()), words };
    payment.refunds[0].door = Some(door.clone());
    payment.order.door = Some(door);
    payment.attempts[0].way = Way {
        method: Method::Barcode,
        channel: Some("alipay".into()),
        payer: Payer {
            client_ip: Some("192.0.2.1".into()),
            user_agent: Some("MicroMessenger".into()),
            openid: Some("o".into()),
            auth_code: Some(AuthCode::new("1")),
        },
    };
    let terms = Terms { rate_bp: 60, min: 1, max: Some(9), on_refund: OnRefund::Kept };
    payment.attempts[0].fees = vec![Fee { terms, taken: Some(payment.order.amount) }];
    payment
}

#[test]
fn every_payment_comes_back_as_it_was() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..3_000 {
        let payment = random(seed);
        let text = encode(&payment).unwrap();
        assert_eq!(decode(&text).unwrap(), payment, "seed {seed}: {text}");
        seen.extend(words(&payment));
    }
    // 8 standings, 5 actions or none, 4 verdicts, 3 reasons or none, 5 refund states, 3 causes,
    // 7 methods, 3 × 3 policies, 4 split kinds, 5 split states, 3 of a line, 5 receivers: else a
    // variant was never tried.
    assert_eq!(seen.len(), 8 + 6 + 4 + 4 + 5 + 3 + 7 + 9 + 4 + 5 + 3 + 5, "{seen:?}");
}

/// A word for each variant in it.
fn words(it: &Payment) -> Vec<String> {
    let first = |text: String| text.split([' ', '(', '{']).next().unwrap_or("").to_owned();
    let mut words = vec![
        format!("verdict {}", first(format!("{:?}", it.verdict))),
        format!("closing {:?}", it.closing),
        format!("policy {:?}", it.order.policy),
    ];
    for it in &it.attempts {
        words.push(format!("standing {}", first(format!("{:?}", it.standing))));
        words.push(format!("action {:?}", it.action));
        words.push(format!("method {:?}", it.way.method));
    }
    for it in &it.refunds {
        words.push(format!("refund {}", first(format!("{:?}", it.state))));
        words.push(format!("cause {:?}", it.cause));
    }
    for it in &it.splits {
        words.push(format!("split kind {:?}", (it.kind.name(), it.kind.finishes())));
        words.push(format!("split {}", first(format!("{:?}", it.state))));
        for it in &it.lines {
            words.push(format!("line {}", it.state.name()));
            words.push(format!("receiver {}", it.receiver.kind.name()));
        }
    }
    words
}

#[test]
fn every_currency_comes_back() {
    for currency in [Currency::Cny, Currency::Hkd, Currency::Jpy, Currency::Usd] {
        let mut payment = sample::plain(id(), "demo");
        payment.order.amount = Money::new(i64::MAX, currency).unwrap();
        assert_eq!(decode(&encode(&payment).unwrap()).unwrap(), payment);
    }
}

/// What is in every file: a change here needs a new schema version, or old rows are lost.
#[test]
fn the_text_is_stable() {
    let mut payment = sample::refunded(id(), "demo", 300, &[100]);
    payment.refunds[0].cause = Cause::Duplicate;
    let golden = include_str!("golden.json").trim_end();
    assert_eq!(encode(&payment).unwrap(), golden);
    assert_eq!(decode(golden).unwrap(), payment);
}

/// Fields that older records lack, with what they are read as.
const ADDED: [&str; 20] = [
    "user_agent",
    "openid",
    "auth_code",
    "till",
    "superseded",
    "recheck",
    "round",
    "turn",
    "sends",
    "ended",
    "cashier",
    "door",
    "parts",
    "part",
    "trace",
    "fees",
    "taken",
    "max",
    "splits",
    "splittable",
];

/// A record of the version before reads, and what is added in it errs towards keeping money back.
#[test]
fn an_older_record_is_read() {
    let older = include_str!("golden_before.json").trim_end();
    let payment = decode(older).unwrap();
    let mut expect = sample::refunded(id(), "demo", 300, &[100]);
    expect.refunds[0].cause = Cause::Duplicate;
    expect.refunds[0].sends = 2;
    assert_eq!(payment, expect);
    let again = encode(&payment).unwrap();
    assert_eq!(again.replace(",\"sends\":2}", "}"), older, "nothing but `sends` is added");
}

/// Records as a later version may write them. None may be read: it would be written back without
/// what was not understood, and with it money might be forgotten.
#[test]
fn a_newer_record_is_refused_and_not_rewritten() {
    let golden = include_str!("golden.json").trim_end();
    let check = |from: &str, to: &str| {
        assert!(golden.contains(from), "{from}");
        let error = decode(&golden.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains("newer version"), "{to}: {error}");
    };
    check("\"version\":1}", "\"version\":1,\"transfers\":[]}");
    check("\"sends\":1,\"action\"", "\"sends\":1,\"fee\":{\"minor\":1},\"action\"");
    check("\"cause\":\"duplicate\"", "\"cause\":\"dispute\"");
    check("\"standing\":\"paid\"", "\"standing\":\"authorized\"");
    check("{\"succeeded\":{\"at\":6000}}", "{\"partly\":{\"at\":6000,\"minor\":5}}");
    check("\"late\":\"refund\"", "\"late\":\"split\"");
    check("\"minor\":8888", "\"minor\":8888,\"tip\":100");
    check("\"method\":\"qr\"", "\"method\":\"face\"");
}

/// Walks the whole text: each member dropped, each object with one member more, each value of
/// another type, is refused.
#[test]
fn whatever_is_not_understood_is_refused() {
    let text = encode(&full()).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let mut tried = 0;
    for path in paths(&whole) {
        for (what, broken) in breaks(&whole, &path) {
            tried += 1;
            let outcome = decode(&broken.to_string());
            assert!(outcome.is_err(), "{what} at {path} was read: {broken}");
        }
    }
    assert!(tried > 150, "{tried}");
}

/// JSON pointers to every value.
fn paths(value: &Value) -> Vec<String> {
    let below = |key: &str, it: &Value| -> Vec<String> {
        let key = key.replace('~', "~0").replace('/', "~1");
        paths(it).into_iter().map(|path| format!("/{key}{path}")).collect()
    };
    let mut list = vec![String::new()];
    match value {
        Value::Object(members) => list.extend(members.iter().flat_map(|(key, it)| below(key, it))),
        Value::Array(items) => {
            list.extend(items.iter().enumerate().flat_map(|(at, it)| below(&at.to_string(), it)));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    list
}

fn breaks(whole: &Value, path: &str) -> Vec<(&'static str, Value)> {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut broken = whole.clone();
        change(broken.pointer_mut(path).unwrap());
        broken
    };
    let mut list = vec![
        (
            "a wrong type",
            with(&|it| *it = if it.is_boolean() { "yes".into() } else { true.into() }),
        ),
        ("a wrong number", with(&|it| *it = Value::from(-1.5))),
    ];
    // These are the merchant's and the channel's: any member may be there, or not.
    let free =
        ["/metadata", "/fields", "/invoke", "/door/words"].iter().any(|it| path.ends_with(it));
    if let Some(members) = whole.pointer(path).unwrap().as_object()
        && !free
    {
        list.push(("a member more", with(&|it| it["unknown"] = Value::Null)));
        for key in members.keys() {
            // An attempt's `sends` was there from the beginning.
            let always = key == "sends" && path.starts_with("/attempts");
            if ADDED.contains(&key.as_str()) && !always {
                continue;
            }
            let without = with(&|it| drop(it.as_object_mut().unwrap().remove(key)));
            list.push(("a member less", without));
        }
    }
    list
}

/// A record that does not use them is the same as before they were.
#[test]
fn what_was_added_is_left_out_while_it_says_nothing() {
    let text = encode(&sample::plain(id(), "demo")).unwrap();
    assert!(!text.contains("user_agent") && !text.contains("part"), "{text}");
}

#[test]
fn garbled_text_is_refused_and_never_repeated() {
    let text = encode(&full()).unwrap();
    let check = |broken: String| {
        let error = decode(&broken).unwrap_err().to_string();
        assert!(error.contains("cannot read a record"), "{error}");
        for secret in ["192.0.2.1", "alipay", "qr.example", "bogus"] {
            assert!(!error.contains(secret), "{error}");
        }
    };
    for end in (0..text.len()).filter(|it| text.is_char_boundary(*it)) {
        check(text[..end].into());
    }
    check(format!("{text} 1"));
    check(text.replace("\"open\"", "\"bogus\"").replace("\"CNY\"", "\"bogus\""));
    check(text.replace("\"minor\":8888", "\"minor\":-8888"));
    check(text.replace("pay_0", "bogus_0"));
    check(text.replace("0303", "03"));
    check(text.replace("\"events\":", "\"events\":65536,\"x\":"));
    check(text.replacen("{\"id\"", "{\"events\":1,\"id\"", 1));
}
