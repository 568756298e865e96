//! `GET /v3/pay/transactions/out-trade-no/{n}` and `…/id/{n}`; the payment's notification too.

use serde_json::{Value, json};

use crate::books::{Order, OrderStatus, RefundStatus};
use crate::clock;

/// What the channel says of an order; unpaid orders lack what does not exist yet.
pub(super) fn transaction(order: &Order, skew: i64) -> Value {
    let (state, description) = trade_state(order);
    let total = order.total.plus(skew).0;
    let mut said = json!({
        "appid": order.app_id,
        "mchid": Value::Null,
        "out_trade_no": order.out_trade_no,
        "promotion_detail": [],
        "trade_state": state,
        "trade_state_desc": description,
    });
    if let Some(attach) = &order.attach {
        said["attach"] = json!(attach);
    }
    if let Some(at) = order.paid_at {
        said["transaction_id"] = json!(order.trade_no);
        said["trade_type"] = json!("NATIVE");
        said["bank_type"] = json!("OTHERS");
        said["success_time"] = json!(clock::rfc3339(at));
        said["payer"] = json!({ "openid": order.buyer });
        said["amount"] = json!({
            "total": total, "payer_total": total, "currency": "CNY", "payer_currency": "CNY",
        });
    } else if order.status == OrderStatus::Waiting {
        said["amount"] = json!({ "total": total, "currency": "CNY" });
    }
    said
}

fn trade_state(order: &Order) -> (&'static str, &'static str) {
    match order.status {
        OrderStatus::Offered | OrderStatus::Waiting => ("NOTPAY", "订单未支付"),
        OrderStatus::Closed => ("CLOSED", "订单已关闭"),
        // Any refund that has not come to nothing, a partial one too.
        OrderStatus::Paid if order.refunds.iter().any(|r| r.status != RefundStatus::Closed) => {
            ("REFUND", "订单发生过退款，退款详情请查询退款单")
        }
        OrderStatus::Paid => ("SUCCESS", "支付成功"),
    }
}
