//! Asking after a payment now.

use super::rig::{Line, Rig};

#[tokio::test]
async fn what_is_open_is_asked_about_and_what_has_ended_is_not() {
    let rig = Rig::new();
    let open = format!("/v1/payments/{}/sync", rig.page("A-1").await.text("/id"));
    let paid = format!("/v1/payments/{}/sync", rig.paid("A-2").await);
    let check = async |line: Line, expect: &str, retry_after: &str| {
        rig.line(line);
        let reply = rig.post(&open, "k", "").await;
        assert_eq!((reply.outcome().as_str(), reply.header("retry-after")), (expect, retry_after));
        assert!(open.contains(&reply.text("/payment_id")));
        assert_eq!(rig.post(&paid, "k", "{}").await.outcome(), "200");
    };
    check(Line::Spent, "429 too-many-requests", "1").await;
    check(Line::Shut, "503 channel-unavailable", "5").await;
    check(Line::Down, "503 channel-unavailable", "5").await;
    check(Line::Silent, "504 channel-silent", "5").await;
    assert_eq!(rig.post(&open, "k", r#"{"a":1}"#).await.outcome(), "400 invalid-field");
    assert_eq!(rig.post("/v1/payments/pay_x/sync", "k", "").await.outcome(), "404 not-found");
}
