//! A part of a payment that is of several orders.

use paymux_core::payment::{PartNo, Payment};
use paymux_core::refund::RefundState;
use serde::Serialize;
use utoipa::ToSchema;

use super::shape;

/// One of the orders of several that are paid at once.
#[derive(Serialize, ToSchema)]
#[schema(as = Part)]
pub(super) struct PartView<'a> {
    /// 1 is the first.
    #[schema(example = 1)]
    part: u8,
    #[schema(example = "wx-tea")]
    account: &'a str,
    #[schema(schema_with = shape::amount)]
    amount: i64,
    amount_refunded: i64,
    /// Asked back, and not yet decided.
    amount_refunding: i64,
    #[schema(example = "Tea")]
    subject: &'a str,
    /// What the channel knows it by, of the attempt that is shown.
    #[schema(schema_with = shape::part_out_trade_no, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<String>,
}

pub(super) fn part(payment: &Payment, number: PartNo) -> Option<PartView<'_>> {
    let part = payment.order.part(number)?;
    let out = |done: bool| {
        let of_part = payment.refunds.iter().filter(|it| it.part == Some(number));
        let held = of_part.filter(|it| it.holds_money());
        let held = held.filter(|it| matches!(it.state, RefundState::Succeeded { .. }) == done);
        held.map(|it| it.amount.minor()).sum()
    };
    Some(PartView {
        part: number.number(),
        account: part.account.as_str(),
        amount: part.amount.minor(),
        amount_refunded: out(true),
        amount_refunding: out(false),
        subject: &part.subject,
        out_trade_no: payment.shown().map(|it| it.id.out_trade_no_of(number)),
    })
}
