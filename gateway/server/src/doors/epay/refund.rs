//! `act=refund`: money back, of which the protocol gives no number.
//!
//! A shop that hears nothing asks again, and nothing would tell that from a second refund. So one
//! amount of one order goes back once, unless `out_refund_no` says that it is another one.

use paymux_core::payment::Door;
use paymux_core::refund::{Refund, RefundState};
use paymux_core::{Money, OrderNo};
use paymux_engine::flow::refund::NewRefund;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;
use serde_json::{Value, json};

use super::money;
use crate::doors::params::Params;
use crate::doors::{EPAY, Hall, name};

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
    let door = Door { name: name(EPAY), notify_url: None, words: [].into() };
    let new = NewRefund {
        refund_no: refund_no.clone(),
        amount,
        reason: None,
        part: None,
        door: Some(door),
    };
    let refund = hall.give_back(merchant, payment.id, EPAY, new).await?;
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
