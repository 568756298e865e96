//! Refunds from the merchant's side.

use super::rig::Rig;

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
}
