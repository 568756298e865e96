//! The examples of the description; a test holds them against its schemas.

use paymux_engine::flow::bill::RECONCILIATION_COMPLETED;
use paymux_engine::flow::endpoint::ENDPOINT_DISABLED;
use serde_json::{Value, json};

pub(crate) const PAYMENT_ID: &str = "pay_01JGFJJZ00GH00000000000007";
pub(crate) const REFUND_ID: &str = "ref_01JGFJJZ00GH0000000000000701";
pub(crate) const SPLIT_ID: &str = "spl_01JGFJJZ00GH0000000000000701";
pub(crate) const TRANSFER_ID: &str = "trf_01JGFJJZ00GH00000000000007";
pub(crate) const SETTLEMENT_NO: &str = "stl_shop_CNY_000007";
pub(crate) const EVENT_ID: &str = "evt_01JGFJJZ00GH000000000000070001";
pub(crate) const TRADE_NO: &str = "01JGFJJZ00GH0000000000000701";

/// Waiting for its payer.
pub(crate) fn pending() -> Value {
    let mut payment = payment("pending");
    payment["action"] = json!({ "type": "qr_code", "qr_code": "https://qr.alipay.com/bax03431" });
    payment
}

pub(crate) fn paid() -> Value {
    let mut payment = payment("succeeded");
    payment["attempt"]["channel_trade_no"] = "2026011522001476170501".into();
    payment["paid_at"] = "2026-01-15T04:35:02.120Z".into();
    payment
}

pub(crate) fn payment(status: &str) -> Value {
    json!({
        "id": PAYMENT_ID,
        "order_no": "A-1001",
        "status": status,
        "amount": 888,
        "currency": "CNY",
        "amount_refunded": 0,
        "amount_refunding": 0,
        "subject": "Jasmine tea",
        "method": "qr",
        "metadata": { "table": "7" },
        "attempt": { "channel": "alipay", "account": "alipay-main", "out_trade_no": TRADE_NO },
        "created_at": "2026-01-15T04:34:56.000Z",
        "expires_at": "2026-01-15T05:04:56.000Z",
    })
}

pub(crate) fn refund(status: &str) -> Value {
    let mut refund = json!({
        "id": REFUND_ID,
        "payment_id": PAYMENT_ID,
        "refund_no": "A-1001-back",
        "status": status,
        "amount": 300,
        "currency": "CNY",
        "cause": "merchant",
        "reason": "One cup was spilled",
        "out_trade_no": TRADE_NO,
        "out_refund_no": "01JGFJJZ00GH00000000000007R01",
        "created_at": "2026-01-15T05:00:00.000Z",
    });
    match status {
        "succeeded" => refund["succeeded_at"] = "2026-01-15T05:00:01.000Z".into(),
        "failed" | "abnormal" => {
            let message = "the seller's balance is not enough";
            refund["failure"] =
                json!({ "code": "ACQ.SELLER_BALANCE_NOT_ENOUGH", "message": message });
        }
        _ => {}
    }
    refund
}

/// One of this type, as it is sent.
pub(crate) fn split(status: &str) -> Value {
    let mut receiver = json!({
        "receiver_no": "lin",
        "type": "merchant",
        "account": "1900000110",
        "amount": 100,
        "currency": "CNY",
        "status": "pending",
    });
    let mut split = json!({
        "id": SPLIT_ID,
        "payment_id": PAYMENT_ID,
        "split_no": "S-1",
        "type": "share",
        "status": status,
        "finish": false,
        "description": "Commission",
        "out_order_no": "01JGFJJZ00GH00000000000007S01",
        "created_at": "2026-01-15T05:00:00.000Z",
    });
    let no = json!({ "code": "NO_RELATION", "message": "" });
    match status {
        "succeeded" => {
            receiver["status"] = "succeeded".into();
            receiver["succeeded_at"] = "2026-01-15T05:00:09.000Z".into();
            split["ended_at"] = "2026-01-15T05:00:09.000Z".into();
        }
        "closed" => {
            receiver["status"] = "closed".into();
            (receiver["failure"], split["failure"]) = (no.clone(), no);
        }
        _ => {}
    }
    split["receivers"] = json!([receiver]);
    split
}

pub(crate) fn transfer(status: &str) -> Value {
    let mut transfer = json!({
        "id": TRANSFER_ID,
        "transfer_no": "C-2026-09-17",
        "status": status,
        "account": "wechat-main",
        "amount": 888,
        "currency": "CNY",
        "type": "transfer",
        "payee": { "type": "openid", "account": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
        "title": "Commission",
        "out_bill_no": "01JGFJJZ00GH00000000000007T",
        "created_at": "2026-01-15T05:00:00.000Z",
    });
    match status {
        "succeeded" => transfer["succeeded_at"] = "2026-01-15T05:00:09.000Z".into(),
        "awaiting_payee" => transfer["package_info"] = "affffddafdfafddffda==".into(),
        "failed" | "returned" | "abnormal" => {
            transfer["failure"] = json!({ "code": "CANCELLED", "message": "" });
        }
        _ => {}
    }
    transfer
}

/// One in this state, as it is told.
pub(crate) fn settlement(status: &str) -> Value {
    let items = json!([
        { "kind": "payment", "count": 128, "credited": 1_000_000, "debited": 0 },
        { "kind": "refund", "count": 2, "credited": 0, "debited": 6_400 },
        { "kind": "fee", "count": 128, "credited": 0, "debited": 6_000 },
    ]);
    let mut settlement = json!({
        "id": SETTLEMENT_NO,
        "status": status,
        "amount": 987_600,
        "currency": "CNY",
        "cutoff": "2026-01-14T16:00:00.000Z",
        "statement": { "carried": 0, "items": items, "net": 987_600 },
        "created_at": "2026-01-14T16:00:01.120Z",
    });
    match status {
        "paid" => {
            settlement["account"] = "alipay-main".into();
            settlement["transfer"] = TRANSFER_ID.into();
            settlement["reference"] = "20260115110070000006900003849502".into();
            settlement["paid_at"] = "2026-01-15T01:00:09.000Z".into();
        }
        "failed" | "returned" => {
            settlement["transfer"] = TRANSFER_ID.into();
            settlement["failure"] = "PAYEE_NOT_EXIST: the payee does not exist".into();
        }
        _ => {}
    }
    settlement
}

pub(crate) fn settlement_entry() -> Value {
    json!({
        "cursor": 4711,
        "kind": "payment",
        "of": "01JGFJJZ00GH0000000000000701",
        "payment": PAYMENT_ID,
        "amount": 888,
        "moved_at": "2026-01-14T04:35:02.000Z",
        "booked_at": "2026-01-14T04:35:02.140Z",
    })
}

pub(crate) fn event(kind: &str) -> Value {
    json!({
        "id": EVENT_ID,
        "type": kind,
        "timestamp": "2026-01-15T04:35:02.140Z",
        "version": 1,
        "data": data(kind),
    })
}

fn data(kind: &str) -> Value {
    match kind {
        "payment.failed" => json!({ "payment": payment("failed") }),
        "payment.closed" => json!({ "payment": payment("closed") }),
        "payment.duplicate_paid" => {
            let account = json!({
                "channel": "wechat",
                "account": "wechat-main",
                "out_trade_no": "01JGFJJZ00GH0000000000000702",
                "channel_trade_no": "4200002026011512345678",
            });
            json!({ "payment": paid(), "surplus": account })
        }
        "refund.succeeded" => json!({ "payment": paid(), "refund": refund("succeeded") }),
        "refund.failed" => json!({ "payment": paid(), "refund": refund("failed") }),
        "refund.abnormal" => json!({ "payment": paid(), "refund": refund("abnormal") }),
        "split.closed" => json!({ "payment": paid(), "split": split("closed") }),
        kind if kind.starts_with("split.") => {
            json!({ "payment": paid(), "split": split("succeeded") })
        }
        kind if kind.starts_with("transfer.") => {
            json!({ "transfer": transfer(&kind["transfer.".len()..]) })
        }
        kind if kind.starts_with("settlement.") => {
            json!({ "settlement": settlement(&kind["settlement.".len()..]) })
        }
        RECONCILIATION_COMPLETED => json!({ "reconciliation": {
            "account": "alipay-main",
            "day": "2026-01-15",
            "payments": 120,
            "refunds": 3,
            "differences": 0,
            "waiting": 1,
        } }),
        ENDPOINT_DISABLED => json!({ "endpoint": endpoint() }),
        _ => json!({ "payment": paid() }),
    }
}

pub(crate) fn endpoint() -> Value {
    json!({
        "id": "orders",
        "status": "disabled",
        "reason": "failing",
        "disabled_at": "2026-01-20T04:35:02.120Z",
        "failing_since": "2026-01-15T04:35:02.120Z",
    })
}
