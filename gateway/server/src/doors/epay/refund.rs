//! `act=refund`: money back, of which the protocol gives no number.
//!
//! A shop that hears nothing asks again, and nothing would tell that from a second refund. So one
//! amount of one order goes back once, unless `out_refund_no` says that it is another one; and who
//! asks long afterwards is asked to say so. What the channel refused is tried again.

use std::time::Duration;

use paymux_core::payment::Door;
use paymux_core::refund::{Cause, Refund, RefundState};
use paymux_core::{Money, OrderNo, Timestamp};
use paymux_engine::flow::refund::NewRefund;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;
use serde_json::{Value, json};

use super::money;
use crate::doors::params::Params;
use crate::doors::{EPAY, Hall, name};

const REPEATS: Duration = Duration::from_secs(24 * 3600);
const PAST: &str = "this amount of the order was given back more than 24 hours ago: \
                    for another refund of it send out_refund_no, a number of your own";

pub(super) async fn answer<S: Store>(
    hall: &Hall<S>,
    merchant: &Merchant,
    params: &Params,
) -> Result<Value, Problem> {
    let payment = hall.found(merchant, EPAY, (params, "trade_no", "out_trade_no")).await?;
    let amount = money::read(params)?;
    let refund_no = match params.optional("out_refund_no") {
        Some(_) => params.order_no("out_refund_no")?,
        None => number(&payment.id.to_string(), amount)?,
    };
    let of = |it: &&Refund| it.cause == Cause::Merchant && it.refund_no == refund_no;
    let before = payment.refunds.iter().find(of).map(|it| &it.state);
    if params.optional("out_refund_no").is_none()
        && before.is_some_and(|it| is_past(it, hall.gateway.now()))
    {
        return Err(Problem::new(problem::REFUND_NO_TAKEN, PAST));
    }
    let refused = matches!(before, Some(RefundState::Failed(_)));
    let door = Door { name: name(EPAY), notify_url: None, words: [].into() };
    let new = NewRefund {
        refund_no: refund_no.clone(),
        amount,
        reason: None,
        part: None,
        door: Some(door),
    };
    let mut refund = hall.give_back(merchant, payment.id, EPAY, new).await?;
    if refused {
        refund = hall.give_back_again(merchant, &payment, refund.id).await?;
    }
    match refund.state {
        RefundState::Processing | RefundState::Succeeded { .. } => Ok(taken(&refund)),
        RefundState::InDoubt => {
            let detail = "it is not known yet whether the channel took it; ask again";
            Err(Problem::new(problem::CHANNEL_SILENT, detail))
        }
        RefundState::Failed(ref why) | RefundState::Abnormal(ref why) => {
            let msg = format!("the channel refused it: {} {}", why.code, why.message);
            Ok(json!({ "code": -1, "msg": msg, "problem": "refund-failed" }))
        }
    }
}

/// Whoever asks once more has known of the first for long, and means another one.
fn is_past(state: &RefundState, now: Timestamp) -> bool {
    matches!(state, RefundState::Succeeded { at } if now.since(*at) > REPEATS)
}

/// Here, and nowhere else in this protocol, 0 is success.
fn taken(refund: &Refund) -> Value {
    json!({
        "code": 0,
        "msg": "succ",
        "trade_no": refund.id.payment.to_string(),
        "out_refund_no": refund.refund_no.as_str(),
        "money": money::write(refund.amount, true),
    })
}

fn number(payment: &str, amount: Money) -> Result<OrderNo, Problem> {
    let number = format!("{payment}-{}", amount.minor());
    number.parse().map_err(|_| Problem::new(problem::INTERNAL, "no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_one_for_a_day() {
        let (done, day) = (RefundState::Succeeded { at: Timestamp(1000) }, 24 * 3600 * 1000);
        assert!(!is_past(&done, Timestamp(1000)) && !is_past(&done, Timestamp(1000 + day)));
        assert!(is_past(&done, Timestamp(1001 + day)));
        assert!(!is_past(&RefundState::Processing, Timestamp(1001 + day)), "it may still end");
    }

    #[test]
    fn one_amount_of_one_order_is_one_number() {
        let fen = |it| Money::new(it, paymux_core::Currency::Cny).unwrap();
        let of = |payment: &str, it| number(payment, fen(it)).unwrap();
        let (one, other) = ("pay_01JGFJJZ00GH00000000000007", "pay_01JGFJJZ00GH00000000000008");
        assert_eq!(of(one, 100), of(one, 100));
        assert_ne!(of(one, 100), of(one, 10));
        assert_ne!(of(one, 100), of(other, 100));
        assert!(number(one, fen(10_000_000_000)).is_ok(), "the longest fits");
    }
}
