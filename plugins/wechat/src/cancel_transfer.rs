//! `POST …/transfer-bills/out-bill-no/{out_bill_no}/cancel`: what its payee has not taken.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step, TransferCall};
use serde::Serialize;

use crate::answer::{Answer, UNEXPECTED};
use crate::settings::Account;
use crate::transfer::PATH;
use crate::transferred;

#[derive(Serialize)]
struct Nothing {}

pub(crate) fn build(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
) -> Result<Step, BuildError> {
    account.post(
        &format!("{PATH}/out-bill-no/{}/cancel", transfer.out_bill_no()),
        call,
        &Nothing {},
    )
}

/// Success is that it was taken on; a refusal may be of what its payee has taken just now.
pub(crate) fn parse(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match Answer::verify(account, call, response)? {
        Answer::Said(said) => transferred::outcome(&said, transfer, call),
        Answer::Done => Err(UNEXPECTED),
        Answer::Failed(failure) => Ok(failure.unknown()),
    }
}
