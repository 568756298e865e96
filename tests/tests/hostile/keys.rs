//! Idempotency keys: one form, one request, one at a time.

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::wire::{Wire, ask, create, nothing_was_made, order, request};

const JSON: &str = "Content-Type: application/json\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a01_a_key_has_one_form() {
    let rig = Rig::start(Setup::default()).await;
    let check = async |lines: &[u8], expect: &str| {
        let whole = request("POST /v1/payments", JSON, order("amount", "888"));
        let at = whole.windows(4).position(|it| it == b"\r\n\r\n").expect("an end") + 2;
        let sent = [&whole[..at], lines, &whole[at..]].concat();
        let shown = String::from_utf8_lossy(lines).into_owned();
        assert_eq!(ask(&rig, sent).await.outcome(), expect, "{shown:?}");
    };
    check(b"", "400 idempotency-key-missing").await;
    let long = format!("Idempotency-Key: {}\r\n", "k".repeat(256));
    let bad: [&[u8]; 12] = [
        b"Idempotency-Key:\r\n",
        b"Idempotency-Key: \"\"\r\n",
        b"Idempotency-Key: a\r\nIdempotency-Key: a\r\n",
        b"Idempotency-Key: a\r\nIdempotency-Key: b\r\n",
        b"Idempotency-Key: a, b\r\n",
        b"Idempotency-Key: \"a\r\n",
        b"Idempotency-Key: \"a\"b\r\n",
        b"Idempotency-Key: \"a\";p=1\r\n",
        b"Idempotency-Key: \"a\\b\"\r\n",
        b"Idempotency-Key: a\tb\r\n",
        b"Idempotency-Key: \xd6\xd0\r\n",
        long.as_bytes(),
    ];
    for lines in bad {
        check(lines, "400 idempotency-key-invalid").await;
    }
    // No header at all may hold these.
    for lines in [&b"Idempotency-Key: a\0b\r\n"[..], b"Idempotency-Key: a\x1bb\r\n"] {
        check(lines, "400").await;
    }
    nothing_was_made(&rig).await;
    let longest = format!("Idempotency-Key: {}\r\n", "k".repeat(255));
    check(longest.as_bytes(), "201").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a02_a03_a_key_is_one_request_at_a_time() {
    let rig = Rig::start(Setup::default()).await;
    let slow = order("subject", r#""tea [sandbox:delay:3000]""#);
    let mut first = Wire::open(rig.node.ports[0]).await;
    first.send(create("busy", &slow)).await;
    let arrived = async || (!rig.sandbox.orders(0, 1).is_empty()).then_some(());
    until("the channel is at work", arrived).await;
    let busy = ask(&rig, create("busy", &slow)).await;
    assert_eq!(busy.outcome(), "409 idempotency-key-in-use", "{busy:?}");
    assert!(busy.head.contains("retry-after: "), "{}", busy.head);
    let other = ask(&rig, create("busy", order("amount", "889"))).await;
    assert_eq!(other.outcome(), "422 idempotency-key-reused");
    let made = first.replies().await.remove(0);
    assert_eq!(made.status, 201, "{made:?}");
    let again = ask(&rig, create("busy", &slow)).await;
    assert!(again.head.contains("idempotent-replayed: true"), "{}", again.head);
    assert_eq!(again.body, made.body);
    let other = ask(&rig, create("busy", order("amount", "889"))).await;
    assert_eq!(other.outcome(), "422 idempotency-key-reused");
    assert_eq!(rig.api.payments().await.len(), 1);
}
