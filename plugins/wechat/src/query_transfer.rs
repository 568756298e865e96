//! `GET …/transfer-bills/out-bill-no/{out_bill_no}`: what became of a transfer.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step, TransferCall};

use crate::answer::{Answer, UNEXPECTED};
use crate::settings::Account;
use crate::transfer::PATH;
use crate::transferred;

pub(crate) fn build(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
) -> Result<Step, BuildError> {
    account.get(&format!("{PATH}/out-bill-no/{}", transfer.out_bill_no()), call)
}

pub(crate) fn parse(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match Answer::verify(account, call, response)? {
        Answer::Said(said) => transferred::outcome(&said, transfer, call),
        Answer::Done => Err(UNEXPECTED),
        Answer::Failed(failure) => Ok(failure.of_transfer_query()),
    }
}
