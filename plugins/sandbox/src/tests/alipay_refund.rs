//! Alipay: refunds, their repetition, their queries, their notifications.

use serde_json::{Value, json};

use super::rig::Rig;
use crate::{Channel, Config, NoticeKind};

async fn refund(rig: &Rig, number: &str, request: &str, yuan: &str) -> Value {
    let biz = json!({ "out_trade_no": number, "out_request_no": request, "refund_amount": yuan });
    rig.alipay("alipay.trade.refund", biz).await
}

async fn paid(rig: &mut Rig, number: &str) {
    rig.precreate(number, "tea").await;
    rig.sandbox.pay(Channel::Alipay, number).unwrap();
    rig.inbox.next().await;
}

#[tokio::test]
async fn a_partial_refund_leaves_the_trade_and_a_full_one_closes_it() {
    let mut rig = Rig::start().await;
    paid(&mut rig, "A1").await;
    let node = refund(&rig, "A1", "R1", "8.80").await;
    assert_eq!((&node["fund_change"], &node["refund_fee"]), (&json!("Y"), &json!("8.80")));
    assert_eq!(rig.alipay_state("A1").await, "TRADE_SUCCESS");
    let first = rig.merchant.open_form(&rig.inbox.next().await.body).unwrap();
    assert_eq!((&*first["trade_status"], &*first["refund_fee"]), ("TRADE_SUCCESS", "8.80"));
    assert_eq!((&*first["out_biz_no"], first["gmt_refund"].len()), ("R1", 23));

    let node = refund(&rig, "A1", "R2", "80.08").await;
    assert_eq!(node["refund_fee"], "88.88", "the sum of both");
    assert_eq!(rig.alipay_state("A1").await, "TRADE_CLOSED");
    let second = rig.merchant.open_form(&rig.inbox.next().await.body).unwrap();
    assert_eq!((&*second["trade_status"], &*second["refund_fee"]), ("TRADE_CLOSED", "88.88"));
    assert!(second.contains_key("gmt_payment") && second["total_amount"] == "88.88");
}

#[tokio::test]
async fn a_repeated_refund_is_one_refund() {
    let mut rig = Rig::start().await;
    paid(&mut rig, "A1").await;
    let first = refund(&rig, "A1", "R1", "8.80").await;
    let again = refund(&rig, "A1", "R1", "8.80").await;
    assert_eq!((&again["code"], &again["fund_change"]), (&json!("10000"), &json!("N")));
    assert_eq!(again["gmt_refund_pay"], first["gmt_refund_pay"]);
    let other = refund(&rig, "A1", "R1", "8.81").await;
    assert_eq!(other["sub_code"], "ACQ.DISCORDANT_REPEAT_REQUEST");
    assert_eq!(rig.sandbox.books()[&Channel::Alipay].refunded_fen, 880);
}

#[tokio::test]
async fn a_refund_that_cannot_be_is_refused() {
    let mut rig = Rig::start().await;
    let wallet = rig.precreate("A1", "tea").await;
    let code = async |rig: &Rig, request: &str, yuan: &str| {
        refund(rig, "A1", request, yuan).await["sub_code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code(&rig, "R1", "1").await, "ACQ.TRADE_NOT_EXIST");
    rig.get(&wallet).await;
    assert_eq!(code(&rig, "R1", "1").await, "ACQ.TRADE_STATUS_ERROR");
    rig.sandbox.pay(Channel::Alipay, "A1").unwrap();
    rig.inbox.next().await;
    assert_eq!(code(&rig, "R1", "88.89").await, "ACQ.REASON_TRADE_REFUND_FEE_ERR");
    assert_eq!(code(&rig, "R1", "1.001").await, "ACQ.INVALID_PARAMETER");
    let nameless = json!({ "out_trade_no": "A1", "refund_amount": "1.00" });
    let node = rig.alipay("alipay.trade.refund", nameless).await;
    assert_eq!(node["sub_code"], "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
    refund(&rig, "A1", "R1", "88.88").await;
    assert_eq!(code(&rig, "R2", "0.01").await, "ACQ.TRADE_HAS_CLOSE");
}

#[tokio::test]
async fn a_refund_query_tells_found_from_not_found() {
    let mut rig = Rig::start().await;
    paid(&mut rig, "A1").await;
    refund(&rig, "A1", "R1", "8.80").await;
    let query = async |number: &str, request: &str| {
        let biz = json!({ "out_trade_no": number, "out_request_no": request });
        rig.alipay("alipay.trade.fastpay.refund.query", biz).await
    };
    let found = query("A1", "R1").await;
    assert_eq!(
        (&found["refund_status"], &found["refund_amount"]),
        (&json!("REFUND_SUCCESS"), &json!("8.80"))
    );
    assert_eq!(query("A1", "R2").await, json!({ "code": "10000", "msg": "Success" }));
    assert_eq!(query("A2", "R1").await["sub_code"], "ACQ.TRADE_NOT_EXIST");
}

#[tokio::test]
async fn refunds_need_not_notify() {
    let config = Config { alipay_refund_notifies: false, ..Config::default() };
    let mut rig = Rig::with(config).await;
    paid(&mut rig, "A1").await;
    refund(&rig, "A1", "R1", "8.80").await;
    let sent = rig.sandbox.notifications(Some("A1"), 10);
    assert_eq!(sent.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [NoticeKind::Payment]);
}
