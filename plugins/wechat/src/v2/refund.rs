//! `POST /secapi/pay/refund`: once per `out_refund_no`, however often it is asked.

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, RefundCall, RefundOutcome, Response, Step,
};
use paymux_core::refund::RefundFact;

use super::answer::{Answer, about};
use super::codes::REFUND;
use super::settings::Account;
use crate::order::{AMOUNT, fen};
use crate::refund::reason;
use crate::request::notify_url;
use crate::transaction::is_id;

pub(crate) fn build(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
) -> Result<Step, BuildError> {
    refund.paid.checked_sub(refund.amount).map_err(|_| AMOUNT)?;
    let mut pairs = account.parties();
    pairs.extend([
        ("out_trade_no", refund.out_trade_no()),
        ("out_refund_no", refund.refund.out_refund_no()),
        ("total_fee", fen(refund.paid)?.to_string()),
        ("refund_fee", fen(refund.amount)?.to_string()),
        ("refund_fee_type", refund.amount.currency().code().to_owned()),
        ("notify_url", notify_url(&call.notify_url)?.to_owned()),
    ]);
    let reason = reason(refund.reason.as_deref().unwrap_or_default());
    if !reason.is_empty() {
        pairs.push(("refund_desc", reason));
    }
    account.post("/secapi/pay/refund", call, pairs)
}

/// Success is that it was taken on; what becomes of it is asked later.
pub(crate) fn parse(
    account: &Account,
    refund: &RefundCall,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let fields = match Answer::verify(account, response)? {
        Answer::Said(fields) => fields,
        Answer::Failed(failure) => return Ok(failure.of_refund(REFUND)),
    };
    about(&fields, "out_trade_no", &refund.out_trade_no())?;
    about(&fields, "out_refund_no", &refund.refund.out_refund_no())?;
    let channel_refund_no = fields.text("refund_id").filter(|it| is_id(it)).map(str::to_owned);
    let fact = RefundFact::Accepted { channel_refund_no };
    Ok(Outcome::Refund(RefundOutcome::Fact(fact)))
}

#[cfg(test)]
mod tests;
