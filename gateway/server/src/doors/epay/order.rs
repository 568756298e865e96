//! `act=order`: one order, as it is known now.

use jiff::tz::{Offset, TimeZone};
use paymux_core::Timestamp;
use paymux_core::payment::{Payment, State};
use paymux_engine::problem::Problem;
use paymux_engine::snapshot::{Merchant, Snapshot};
use paymux_store::Store;
use serde_json::{Value, json};

use super::{money, words};
use crate::doors::params::Params;
use crate::doors::{EPAY, Hall};

/// China's clock, by which these systems read times.
const CHINA_HOURS: i8 = 8;
pub(super) const PAID: u8 = 1;

pub(super) async fn answer<S: Store>(
    hall: &Hall<S>,
    merchant: &Merchant,
    params: &Params,
) -> Result<Value, Problem> {
    let payment = hall.found(merchant, EPAY, (params, "trade_no", "out_trade_no")).await?;
    let mut shown = shown(&payment, &hall.gateway.snapshot.load(), params.get("pid"));
    shown["code"] = 1.into();
    shown["msg"] = "succ".into();
    Ok(shown)
}

pub(super) fn shown(payment: &Payment, snapshot: &Snapshot, pid: &str) -> Value {
    let order = &payment.order;
    let receipt = payment.shown().and_then(|it| it.receipt.as_ref());
    let paid_at = match payment.state() {
        State::Succeeded { paid_at, .. } => Some(paid_at),
        State::Created
        | State::InDoubt { .. }
        | State::Pending { .. }
        | State::Failed { .. }
        | State::Closed => None,
    };
    json!({
        "trade_no": payment.id.to_string(),
        "out_trade_no": order.order_no.as_str(),
        "api_trade_no": receipt.map_or("", |it| &it.channel_trade_no),
        "type": words::kind(payment, snapshot),
        "pid": pid,
        "addtime": time(order.created_at),
        "endtime": paid_at.map(time),
        "name": order.subject,
        "money": money::write(order.amount, true),
        "param": order.door.as_ref().map_or("", |it| it.word("param")),
        "buyer": "",
        "status": status(payment),
    })
}

/// 0 unpaid, 1 paid, 2 paid and all of it given back.
pub(super) fn status(payment: &Payment) -> u8 {
    let State::Succeeded { .. } = payment.state() else { return 0 };
    let refunded = payment.totals().is_ok_and(|it| it.refunded == payment.order.amount);
    if refunded { 2 } else { PAID }
}

fn time(at: Timestamp) -> String {
    let zone = TimeZone::fixed(Offset::constant(CHINA_HOURS));
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    instant.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_china() {
        assert_eq!(time(Timestamp(1_622_016_572_190)), "2021-05-26 16:09:32");
    }
}
