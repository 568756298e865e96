//! Every documented refusal of WeChat Pay, forced by nothing but an order.

use serde_json::json;

use super::rig::Rig;
use crate::Channel;

#[tokio::test]
async fn an_amount_selects_a_code_of_version_3() {
    let rig = Rig::start().await;
    let order = async |number: &str, fen: i64| {
        let mut body = rig.native_body(number, "tea");
        body["amount"]["total"] = json!(fen);
        rig.wechat("POST", "/v3/pay/transactions/native", Some(body)).await
    };
    for (fen, status, code) in [
        (70_001, 500, "SYSTEM_ERROR"),
        (70_007, 403, "OUT_TRADE_NO_USED"),
        (70_020, 202, "USER_PAYING"),
        (79_001, 401, "SIGN_ERROR"),
        (79_002, 429, "FREQUENCY_LIMITED"),
    ] {
        let (answered, said) = order(&format!("W{fen}"), fen).await;
        assert_eq!((answered, &said["code"]), (status, &json!(code)), "{fen}");
        assert_eq!(rig.sandbox.order(Channel::Wechat, &format!("W{fen}")), None);
    }
    assert_eq!(order("W00001", 70_099).await.0, 200, "past the list");
    assert_eq!(order("W00002", 71_003).await.0, 200);
    assert_eq!(rig.wechat_query("W00002").await.1["code"], "ORDER_NOT_EXIST");
    order("W00003", 80_000).await;
    rig.sandbox.pay(Channel::Wechat, "W00003").unwrap();
    let refund = json!({ "out_trade_no": "W00003", "out_refund_no": "R1",
        "amount": { "refund": 74_002, "total": 80_000, "currency": "CNY" } });
    let (status, said) = rig.wechat("POST", "/v3/refund/domestic/refunds", Some(refund)).await;
    assert_eq!((status, &said["code"]), (403, &json!("NOT_ENOUGH")));
}

#[tokio::test]
async fn an_amount_selects_a_code_of_version_2() {
    let rig = Rig::start().await;
    let micropay = async |number: &str, fen: &str, code: &str| {
        let pairs = [
            ("body", "tea"),
            ("out_trade_no", number),
            ("total_fee", fen),
            ("spbill_create_ip", "203.0.113.7"),
            ("auth_code", code),
        ];
        rig.v2("/pay/micropay", &pairs).await
    };
    let pays = "130000000000000000";
    let code = async |fen| micropay("V200001", fen, pays).await["err_code"].clone();
    assert_eq!(code("70015").await, "NOTSUPORTCARD");
    assert_eq!(code("79002").await, "FREQUENCY_LIMITED");
    assert_eq!(micropay("V200002", "200000", pays).await["result_code"], "SUCCESS");
    let waits = micropay("V200003", "73001", "130000000000000100").await;
    assert_eq!(waits["err_code"], "USERPAYING");
    let refused = micropay("V200004", "1", "130000000000000213").await;
    assert_eq!(refused["err_code"], "AUTHCODEEXPIRE");
    let said = rig.v2_secured("/secapi/pay/reverse", &[("out_trade_no", "V200003")]).await;
    assert_eq!((&*said["err_code"], &*said["recall"]), ("SYSTEMERROR", "Y"));
    let waits = micropay("V200005", "100001", &rig.auth_code(false)).await;
    assert_eq!(waits["err_code"], "USERPAYING", "above the limit");
}

#[tokio::test]
async fn a_named_code_comes_with_its_status() {
    let rig = Rig::start().await;
    for (code, status) in [("BANK_ERROR", 500), ("RULE_LIMIT", 403), ("SOMETHING_NEW", 400)] {
        rig.arm(json!({ "fault": "refuse", "operation": "query", "code": code })).await;
        let (answered, said) = rig.wechat_query("W00001").await;
        assert_eq!((answered, &said["code"]), (status, &json!(code)));
    }
    let to = |step: &str| json!({ "to": step }).to_string();
    let reply = rig.call("POST", "/control/wechat/certificate", &to("switched")).await;
    assert_eq!(reply.json(), json!({ "rotation": "switched" }));
    assert_eq!(rig.call("POST", "/control/wechat/certificate", &to("x")).await.status, 400);
}

#[test]
fn the_page_lists_every_code_at_its_amount() {
    use crate::fault::Operation;
    use crate::wechat::codes::{v2, v3};
    let page = include_str!("../../../../docs/sandbox.md");
    let page = page.split_once("### WeChat Pay's amounts").unwrap().1;
    let operations = [
        (700, Operation::Pay),
        (710, Operation::Query),
        (720, Operation::Close),
        (730, Operation::Reverse),
        (740, Operation::Refund),
        (750, Operation::RefundQuery),
        (760, Operation::Transfer),
        (770, Operation::TransferQuery),
        (780, Operation::TransferCancel),
        (790, Operation::Any),
    ];
    let cell = |list: &[&str], n: usize| list.get(n).map_or(String::new(), |it| format!("`{it}`"));
    for (yuan, operation) in operations {
        let (new, old) = (v3(operation), v2(operation));
        for n in 0..new.len().max(old.len()) {
            let row = format!("| {yuan}.{:02} | {} | {} |", n + 1, cell(new, n), cell(old, n));
            assert!(page.contains(&row), "{row}");
        }
    }
}
