//! Refunds from the merchant's side.

use std::time::Duration;

use paymux_core::payment::{Event, Payment, Refusal};
use paymux_core::refund::RefundFact;
use paymux_core::{RefundId, RefundNo};
use paymux_engine::record::Along;

use super::rig::{Line, Rig};

fn refund(refund_no: &str, amount: i64) -> String {
    format!(r#"{{"refund_no":"{refund_no}","amount":{amount},"currency":"CNY","reason":"退货"}}"#)
}

#[tokio::test]
async fn a_refund_is_made_once_and_read() {
    let rig = Rig::new();
    let path = format!("/v1/payments/{}/refunds", rig.paid("A-1").await);
    let made = rig.post(&path, "k", refund("R-1", 100)).await;
    assert_eq!((made.outcome().as_str(), made.text("/status").as_str()), ("201", "processing"));
    assert_eq!(made.header("location"), format!("/v1/refunds/{}", made.text("/id")));
    let again = rig.post(&path, "k", refund("R-1", 100)).await;
    assert_eq!(
        (again.body.clone(), again.header("idempotent-replayed")),
        (made.body.clone(), "true")
    );
    let read = rig.get(made.header("location")).await;
    assert_eq!((read.outcome().as_str(), &read.body), ("200", &made.body));
    let list = rig.get(&path).await.json();
    assert_eq!(list["data"].as_array().unwrap(), &[made.json()]);
}

#[tokio::test]
async fn what_cannot_be_refunded() {
    let rig = Rig::new();
    let unpaid = rig.page("A-1").await.text("/id");
    let reply = rig.post(&format!("/v1/payments/{unpaid}/refunds"), "k1", refund("R-1", 1)).await;
    assert_eq!(reply.outcome(), "409 payment-not-paid");
    let path = format!("/v1/payments/{}/refunds", rig.paid("A-2").await);
    let check = async |key: &str, body: String, expect: &str| {
        assert_eq!(rig.post(&path, key, body).await.outcome(), expect, "{key}");
    };
    check("k2", refund("R-2", 8889), "422 refund-exceeds-paid").await;
    check("k3", refund("R-2", 10_000_000_000), "422 refund-exceeds-paid").await;
    check("k4", refund("R-2", 100).replace("CNY", "USD"), "422 currency-mismatch").await;
    check("k5", refund("R-2", 100), "201").await;
    check("k5", refund("R-2", 200), "422 idempotency-key-reused").await;
    check("k6", refund("R-2", 200), "409 refund-no-taken").await;
    check("k7", refund("R-2", 100), "200").await;
    check("k8", refund("R-3", 8789), "422 refund-exceeds-paid").await;
    let of_part = |part: &str| refund("R-4", 1).replace("{", &format!("{{\"part\":{part},"));
    check("k9", of_part("1"), "422 part-unknown").await;
    for part in ["0", "11", "-1", "null", "\"1\""] {
        check("k9", of_part(part), "400 invalid-field").await;
    }
}

async fn news(rig: &Rig, number: RefundNo, fact: RefundFact) {
    let told = |_: &Payment| vec![Event::Refund { number, fact: fact.clone() }];
    rig.gateway.record(number.refund.payment, Along::default(), told).await.unwrap();
}

#[tokio::test]
async fn a_refund_that_came_to_nothing_is_tried_again() {
    let rig = Rig::new();
    let path = format!("/v1/payments/{}/refunds", rig.paid("A-1").await);
    let made = rig.post(&path, "k", refund("R-1", 100)).await;
    let id: RefundId = made.text("/id").parse().unwrap();
    let (first, second) = (RefundNo { refund: id, round: 0 }, RefundNo { refund: id, round: 1 });
    let again = format!("/v1/refunds/{id}/retry");
    let no = || Refusal { code: "NO".into(), message: "no".into() };
    let check = async |key: &str, expect: [&str; 3]| {
        let reply = rig.post(&again, key, "").await;
        let [status, number] = ["/status", "/out_refund_no"].map(|it| reply.text(it));
        assert_eq!([reply.outcome(), status, number], expect, "{key}");
    };
    let (one, two) = (first.out_refund_no(), second.out_refund_no());
    check("under-way", ["200", "processing", &one]).await;
    news(&rig, first, RefundFact::Refused(no())).await;
    check("refused", ["200", "processing", &one]).await;
    let replayed = rig.post(&again, "under-way", "").await;
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    news(&rig, first, RefundFact::Closed(no())).await;
    check("closed", ["200", "processing", &two]).await;
    // The old number's end is told once more.
    news(&rig, first, RefundFact::Closed(no())).await;
    assert_eq!(rig.get(&format!("/v1/refunds/{id}")).await.text("/status"), "processing");
    news(&rig, second, RefundFact::Abnormal(no())).await;
    assert_eq!(rig.post(&again, "held", "").await.outcome(), "409 refund-held");
    assert_eq!(rig.post(&format!("{again}?x=1"), "q", "").await.outcome(), "400 invalid-query");
    let strange = RefundId { number: 9, ..id };
    let strange = rig.post(&format!("/v1/refunds/{strange}/retry"), "strange", "").await;
    assert_eq!(strange.outcome(), "404 not-found");
}

#[tokio::test]
async fn a_first_send_that_comes_late_sends_nothing() {
    let rig = Rig::new();
    let path = format!("/v1/payments/{}/refunds", rig.paid("A-1").await);
    let made = rig.post(&path, "k", refund("R-1", 100)).await;
    let id: RefundId = made.text("/id").parse().unwrap();
    let stored = || {
        let payment = rig.store.tables().payments.into_values().next().unwrap();
        payment.refund(id).unwrap().clone()
    };
    let calls = || {
        let text = rig.gateway.metrics.text();
        let calls = text.lines().filter(|it| it.starts_with("paymux_channel_calls_total{"));
        calls.map(|it| it.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum::<u64>()
    };
    let (reserved, before) = (stored(), calls());
    assert_eq!(reserved.sends, 1);
    rig.gateway.send_refund(&reserved).await;
    assert_eq!(calls(), before + 1, "nothing has happened to it yet");
    let no = Refusal { code: "NO".into(), message: "no".into() };
    // Meanwhile the channel said no, and the merchant wants it tried again, in its turn.
    let number = RefundNo { refund: id, round: 0 };
    for fact in [RefundFact::Refused(no.clone()), RefundFact::Closed(no)] {
        news(&rig, number, fact).await;
        let apart = Duration::from_secs(30);
        let retried = |_: &Payment| vec![Event::RefundRetried { refund: id, apart }];
        rig.gateway.record(id.payment, Along::default(), retried).await.unwrap();
        assert_ne!(stored(), reserved);
        let before = calls();
        rig.gateway.send_refund(&reserved).await;
        assert_eq!(calls(), before, "{:?}", stored());
    }
}

/// "Given back" may be the work of a send of ours that no question finds yet.
#[tokio::test]
async fn a_spent_trade_ends_a_refund_only_when_nothing_of_ours_is_on_its_way() {
    let check = async |first: Line, story: &[(u64, &str)]| {
        let rig = Rig::new();
        let path = format!("/v1/payments/{}/refunds", rig.paid("A-1").await);
        rig.line(first);
        let made = rig.post(&path, "k", refund("R-1", 100)).await;
        let id: RefundId = made.text("/id").parse().unwrap();
        rig.line(Line::GivenBack);
        let mut passed = 0;
        for (seconds, expect) in story {
            rig.pass(Duration::from_secs(seconds - passed));
            passed = *seconds;
            rig.gateway.walk_refund(id, None).await;
            let refund = rig.get(&format!("/v1/refunds/{id}")).await;
            assert_eq!(refund.text("/status"), *expect, "after {seconds} s");
        }
    };
    // One send alone: the first never left.
    check(Line::Down, &[(59, "processing")]).await;
    check(Line::Down, &[(61, "failed")]).await;
    // Of two the first may have worked.
    check(Line::Silent, &[(61, "processing"), (3_599, "processing"), (3_601, "failed")]).await;
}
