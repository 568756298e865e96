//! Signatures that are not over this request, by this key, or for the first time.

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::signer::{Signer, Wish, signers};
use serde_json::Value;

use super::wire::{Reply, ask, nothing_was_made, order};

const PATH: &str = "/v1/payments";

fn wish(name: &str) -> Wish {
    let body = order("order_no", &format!("\"{name}\"")).into_bytes();
    Wish { idempotency_key: name.into(), body, ..Wish::new("POST", PATH, name) }
}

/// As it goes over the wire; `shown` are the lines of `Authorization`.
fn sent(wish: &Wish, shown: &str) -> Vec<u8> {
    let Wish { method, target, idempotency_key: key, body, .. } = wish;
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{shown}\
         Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn line(authorization: &str) -> String {
    format!("Authorization: {authorization}\r\n")
}

/// Without what names the one request.
fn told(reply: &Reply) -> Value {
    let mut body = reply.json();
    for name in ["instance", "request_id"] {
        assert!(body[name].take().is_string(), "{body}");
    }
    body
}

fn hex(base64: &str) -> String {
    base64.bytes().map(|it| format!("{it:02x}")).collect()
}

/// Each is wrong in its own way; the name is its nonce.
fn wrongs(signer: &Signer) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = vec![];
    let kind = signer.key_id.replace('-', "");
    let mut add = |name: &str, change: &dyn Fn(&Wish) -> Vec<u8>| {
        let name = format!("{name}{kind}");
        all.push((name.clone(), change(&wish(&name))));
    };
    let with = |wish: &Wish, change: &dyn Fn(&str) -> String| {
        sent(wish, &line(&signer.shown(wish, &change(&signer.sign(&wish.text())))))
    };
    let signed_as = |other: &Wish, wish: &Wish| sent(wish, &line(&signer.authorization(other)));
    add("missing", &|wish| sent(wish, ""));
    add("empty", &|wish| sent(wish, "Authorization:\r\n"));
    add("nothing", &|wish| with(wish, &|_| String::new()));
    add("garbage", &|wish| {
        with(wish, &|it| it.replacen(&it[..1], if it.starts_with('A') { "B" } else { "A" }, 1))
    });
    add("hex", &|wish| with(wish, &hex));
    add("newline", &|wish| with(wish, &|it| format!("{it}\\n")));
    add("blank", &|wish| with(wish, &|it| format!("{it} ")));
    add("cut", &|wish| with(wish, &|it| it[..it.len() - 4].to_owned()));
    add("longer", &|wish| with(wish, &|it| format!("{it}AAAA")));
    add("body", &|it| signed_as(it, &Wish { body: order("amount", "1").into(), ..it.clone() }));
    add("method", &|it| signed_as(&Wish { method: "PUT".into(), ..it.clone() }, it));
    add("path", &|it| signed_as(&Wish { target: "/v1/payment".into(), ..it.clone() }, it));
    add("query", &|it| signed_as(&Wish { target: format!("{PATH}?"), ..it.clone() }, it));
    add("key", &|it| signed_as(&Wish { idempotency_key: "other".into(), ..it.clone() }, it));
    add("nonce", &|it| {
        let other = Wish { nonce: "other".repeat(6), ..it.clone() };
        sent(it, &line(&signer.shown(it, &signer.sign(&other.text()))))
    });
    for (name, off) in [("old", -330), ("early", 330), ("ancient", -1_000_000_000)] {
        add(name, &|it| {
            let wish = Wish { timestamp: it.timestamp + off, ..it.clone() };
            sent(&wish, &line(&signer.authorization(&wish)))
        });
    }
    let named = |merchant: &str, key: &str| signer.named(merchant, key);
    add("merchant", &|it| sent(it, &line(&named("nobody", &signer.key_id).authorization(it))));
    add("keyid", &|it| sent(it, &line(&named("tests", "unknown-1").authorization(it))));
    add("twice", &|it| sent(it, &line(&signer.authorization(it)).repeat(2)));
    add("again", &|it| {
        let shown = signer.authorization(it);
        sent(it, &line(&format!("{shown},nonce=\"{}\"", it.nonce)))
    });
    add("scheme", &|it| {
        let shown = signer.authorization(it);
        let (_, rest) = shown.split_once(' ').expect("a scheme");
        let other =
            if signer.scheme().contains("HMAC") { "PAYMUX-ED25519" } else { "PAYMUX-HMAC-SHA256" };
        sent(it, &line(&format!("{other} {rest}")))
    });
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a25_a_wrong_signature_is_one_answer_whatever_is_wrong() {
    // So many failures would be slowed; each comes from an address of its own.
    let setup = Setup { server: "trusted_proxies = [\"127.0.0.1\"]", ..Setup::default() };
    let rig = Rig::start(setup).await;
    let mut answers = vec![];
    for signer in signers() {
        for (name, bytes) in wrongs(&signer) {
            let from = format!("\r\nX-Forwarded-For: 203.0.113.{}\r\nHost: a\r\n", answers.len());
            let text =
                String::from_utf8(bytes).expect("text").replacen("\r\nHost: a\r\n", &from, 1);
            let reply = ask(&rig, text).await;
            assert_eq!(reply.outcome(), "401 unauthenticated", "{name}: {reply:?}");
            assert!(!reply.head.contains("paymux-signature"), "{name}: nobody is vouched for");
            answers.push(told(&reply));
        }
    }
    assert!(answers.len() > 60 && answers.iter().all(|it| *it == answers[0]), "{answers:?}");
    nothing_was_made(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a26_a_request_is_believed_once() {
    let rig = Rig::start(Setup::default()).await;
    for signer in signers() {
        let wish = wish(&format!("once{}", signer.key_id.replace('-', "")));
        let bytes = sent(&wish, &line(&signer.authorization(&wish)));
        assert_eq!(ask(&rig, &bytes).await.outcome(), "201");
        for _ in 0..3 {
            assert_eq!(ask(&rig, &bytes).await.outcome(), "401 unauthenticated");
        }
        // Signed anew, the key of the request is what protects: it is the same payment.
        let anew = Wish { nonce: format!("anew{}", wish.nonce), ..wish };
        let anew = ask(&rig, sent(&anew, &line(&signer.authorization(&anew)))).await;
        assert!(anew.status == 201 && anew.head.contains("idempotent-replayed: true"), "{anew:?}");
    }
    assert_eq!(rig.api.payments().await.len(), 3);
    let nonce = rig.metrics().await.sum("paymux_unauthenticated_total", &[("reason", "nonce")]);
    assert_eq!(nonce, 9);
}
