//! `alipay.fund.trans.common.query`: what became of a transfer.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step, TransferCall};
use serde::Serialize;

use crate::answer::Answer;
use crate::settings::Account;
use crate::transfer::{SCENE, Told, product};
use crate::wire::Api;

/// A number of ours is looked up with the product it was sent under.
#[derive(Serialize)]
struct Query {
    out_biz_no: String,
    product_code: &'static str,
    biz_scene: &'static str,
}

pub(crate) fn build(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
) -> Result<Step, BuildError> {
    let product_code = product(transfer);
    let biz = Query { out_biz_no: transfer.out_bill_no(), product_code, biz_scene: SCENE };
    account.post(Api::TransferQuery, call, &[], &biz)
}

pub(crate) fn parse(
    account: &Account,
    transfer: &TransferCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::open(account, Api::TransferQuery.name(), call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_transfer_query());
    }
    answer.read::<Told>()?.outcome(transfer, None, call.now)
}
