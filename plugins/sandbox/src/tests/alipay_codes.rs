//! Alipay: amounts and codes that force a refusal, and the page that lists them.

use serde_json::{Value, json};

use super::rig::{Rig, precreate};
use crate::Operation;
use crate::alipay::vectors::listed;

const DOCUMENT: &str = include_str!("../../../../docs/sandbox.md");

/// What a call with this yuan is refused with.
async fn asked(rig: &Rig, method: &str, biz: Value) -> String {
    let node = rig.alipay(method, biz).await;
    node["sub_code"].as_str().unwrap_or("success").to_owned()
}

#[tokio::test]
async fn an_amount_forces_each_documented_code() {
    let rig = Rig::start().await;
    for (operation, yuan, method) in [
        (Operation::Query, 710, "alipay.trade.query"),
        (Operation::Close, 720, "alipay.trade.close"),
        (Operation::Reverse, 730, "alipay.trade.cancel"),
        (Operation::RefundQuery, 750, "alipay.trade.fastpay.refund.query"),
    ] {
        for (place, (code, _)) in listed(operation).iter().enumerate() {
            let number = format!("N{yuan}{place}");
            let mut biz = precreate(&number, "tea");
            biz["total_amount"] = json!(format!("{yuan}.{:02}", place + 1));
            assert_eq!(asked(&rig, "alipay.trade.precreate", biz).await, "success");
            let biz = json!({ "out_trade_no": number, "out_request_no": "R1" });
            assert_eq!(asked(&rig, method, biz).await, *code);
        }
    }
    for (place, (code, _)) in listed(Operation::Pay).iter().enumerate() {
        let mut biz = precreate("P1", "tea");
        biz["total_amount"] = json!(format!("700.{:02}", place + 1));
        assert_eq!(asked(&rig, "alipay.trade.precreate", biz.clone()).await, *code);
        biz["total_amount"] = json!("1.00");
        biz["auth_code"] = json!(format!("2800000000000002{:02}", place + 1));
        assert_eq!(asked(&rig, "alipay.trade.pay", biz).await, *code, "by its auth_code");
    }
    for (place, (code, _)) in listed(Operation::Refund).iter().enumerate() {
        let yuan = format!("740.{:02}", place + 1);
        let biz = json!({ "out_trade_no": "N1", "out_request_no": "R", "refund_amount": yuan });
        assert_eq!(asked(&rig, "alipay.trade.refund", biz).await, *code);
    }
    for (place, (code, _)) in listed(Operation::Any).iter().enumerate() {
        let mut biz = precreate("P2", "tea");
        biz["total_amount"] = json!(format!("790.{:02}", place + 1));
        assert_eq!(asked(&rig, "alipay.trade.precreate", biz).await, *code);
    }
}

#[test]
fn the_document_lists_every_amount_and_its_code() {
    let tables = [
        (Operation::Pay, 700),
        (Operation::Query, 710),
        (Operation::Close, 720),
        (Operation::Reverse, 730),
        (Operation::Refund, 740),
        (Operation::RefundQuery, 750),
        (Operation::Transfer, 760),
        (Operation::TransferQuery, 770),
        (Operation::Any, 790),
    ];
    for (operation, yuan) in tables {
        for (place, (code, _)) in listed(operation).iter().enumerate() {
            let row = format!("| {yuan}.{:02} | `{code}` |", place + 1);
            assert!(DOCUMENT.contains(&row), "docs/sandbox.md lacks {row}");
        }
    }
}
