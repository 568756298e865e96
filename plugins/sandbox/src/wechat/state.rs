//! What an order is called: its trade state and its trade type, the same in both versions.

use crate::books::{Order, OrderStatus, Product, RefundStatus};

pub(super) fn trade_state(order: &Order) -> (&'static str, &'static str) {
    if order.reversed {
        return ("REVOKED", "订单已撤销");
    }
    match order.status {
        OrderStatus::Offered | OrderStatus::Waiting if order.product == Product::Barcode => {
            at_the_till(order)
        }
        OrderStatus::Offered | OrderStatus::Waiting => ("NOTPAY", "订单未支付"),
        OrderStatus::Closed => ("CLOSED", "订单已关闭"),
        // Any refund that has not come to nothing, a partial one too.
        OrderStatus::Paid if order.refunds.iter().any(|r| r.status != RefundStatus::Closed) => {
            ("REFUND", "订单发生过退款，退款详情请查询退款单")
        }
        OrderStatus::Paid => ("SUCCESS", "支付成功"),
    }
}

fn at_the_till(order: &Order) -> (&'static str, &'static str) {
    if order.declined {
        ("PAYERROR", "支付失败，用户没有输入支付密码")
    } else {
        ("USERPAYING", "需要用户输入支付密码")
    }
}

pub(super) fn trade_type(order: &Order) -> &'static str {
    match order.product {
        Product::Qr | Product::Page => "NATIVE",
        Product::H5 => "MWEB",
        Product::App => "APP",
        Product::Jsapi | Product::MiniProgram => "JSAPI",
        Product::Barcode => "MICROPAY",
    }
}
