//! What an account has no room for, or its breaker keeps away: refused at once, never sent, and
//! soon tried again.

use std::time::Duration;

use paymux_core::Timestamp;
use paymux_store::Store as _;

use super::rig::{Line, NOW, Rig, order};

const DAY: Duration = Duration::from_secs(86_400);

/// The one task there is, worked on after so long; what became of it, and when it runs again.
async fn work(rig: &Rig, after: Duration) -> (&'static str, Option<Duration>) {
    rig.pass(after);
    let now = rig.gateway.now();
    let leased = rig.store.lease(now, Duration::from_secs(60), 9).await.unwrap();
    let [lease] = &leased[..] else { panic!("{leased:?}") };
    let outcome = rig.gateway.work(lease).await;
    let due: Option<Timestamp> = rig.store.next_due().await.unwrap();
    (outcome, due.map(|it| it.since(now)))
}

fn soon(due: Option<Duration>) -> bool {
    due.is_some_and(|it| (Duration::from_secs(2)..Duration::from_secs(120)).contains(&it))
}

#[tokio::test]
async fn a_payment_that_finds_no_room_was_never_sent() {
    let rig = Rig::new();
    rig.line(Line::Spent);
    let refused = rig.post("/v1/payments", "k", order("A-1")).await;
    assert_eq!(refused.outcome(), "503 channel-unavailable");
    rig.line(Line::Code);
    assert_eq!(rig.post("/v1/payments", "k", order("A-1")).await.outcome(), "201");
}

#[tokio::test]
async fn a_question_that_finds_no_room_comes_back_soon_however_old_its_payment() {
    const MINUTES: Duration = Duration::from_secs(20 * 60);
    let rig = Rig::new();
    rig.line(Line::Silent);
    assert_eq!(rig.post("/v1/payments", "k", order("A-1")).await.outcome(), "202");
    let (outcome, later) = work(&rig, MINUTES).await;
    assert_eq!(outcome, "nothing_new");
    assert!(!soon(later), "unanswered it waits longer, the older it is: {later:?}");
    for line in [Line::Spent, Line::Shut, Line::Spent] {
        rig.line(line);
        let (outcome, due) = work(&rig, MINUTES / 4).await;
        assert_eq!(outcome, "shed");
        assert!(soon(due), "{due:?}");
    }
    assert!(rig.gateway.now() > NOW);
}

#[tokio::test]
async fn a_refund_that_finds_no_room_comes_back_soon_and_is_sent_once_there_is() {
    let rig = Rig::new();
    let payment = rig.paid("A-1").await;
    // The payment's own tasks are not what this is about: somebody has them.
    let (then, long) = (rig.gateway.now().after(DAY), 9 * DAY);
    assert_eq!(rig.store.lease(then, long, 9).await.unwrap().len(), 2);
    rig.line(Line::Spent);
    let body = r#"{"refund_no":"R-1","amount":100,"currency":"CNY"}"#;
    let refund = rig.post(&format!("/v1/payments/{payment}/refunds"), "r", body).await;
    assert_eq!(refund.outcome(), "201");
    for line in [Line::Spent, Line::Shut] {
        rig.line(line);
        let (outcome, due) = work(&rig, Duration::from_secs(3600)).await;
        assert_eq!(outcome, "shed");
        assert!(soon(due), "{due:?}");
    }
    rig.line(Line::Silent);
    let (outcome, due) = work(&rig, Duration::from_secs(120)).await;
    assert_eq!(outcome, "nothing_new");
    assert!(!soon(due), "it was sent, and nobody knows: {due:?}");
    // It was: so the next walk asks, and a shut breaker says nothing of the answer.
    rig.line(Line::Shut);
    let (outcome, due) = work(&rig, DAY).await;
    assert_eq!(outcome, "shed");
    assert!(soon(due), "{due:?}");
}
