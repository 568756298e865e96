//! `GET /v3/refund/domestic/refunds/{out_refund_no}`: what became of a refund.

use paymux_channel::{BuildError, Call, Outcome, ParseError, RefundCall, Response, Step};

use crate::answer::{Answer, UNEXPECTED};
use crate::refund::PATH;
use crate::refunded;
use crate::settings::Account;

pub(crate) fn build(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
) -> Result<Step, BuildError> {
    let query = account.sub.as_ref().map(|it| format!("?sub_mchid={}", it.mch_id));
    let query = query.unwrap_or_default();
    account.get(&format!("{PATH}/{}{query}", refund.refund.out_refund_no()), call)
}

pub(crate) fn parse(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match Answer::verify(account, call, response)? {
        Answer::Said(said) => refunded::outcome(&said, refund, call),
        Answer::Done => Err(UNEXPECTED),
        Answer::Failed(failure) => Ok(failure.of_refund_query()),
    }
}

#[cfg(test)]
mod tests;
