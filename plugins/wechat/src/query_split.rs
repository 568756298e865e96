//! `GET /v3/profitsharing/orders/{out_order_no}` and, of a return, its own: what became of it.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, SplitCall, Step};
use paymux_core::split::Kind;

use crate::answer::{Answer, UNEXPECTED};
use crate::settings::Account;
use crate::shared;
use crate::split::PATH;

pub(crate) fn build(account: &Account, split: &SplitCall, call: &Call) -> Result<Step, BuildError> {
    let sub = account.sub.as_ref().map(|it| format!("&sub_mchid={}", it.mch_id));
    let (number, sub) = (split.out_order_no(), sub.unwrap_or_default());
    let path = match split.kind {
        Kind::Share { .. } | Kind::Finish => {
            format!("{PATH}/{number}?transaction_id={}{sub}", split.channel_trade_no)
        }
        Kind::Return { of, .. } => {
            format!("{}/{number}?out_order_no={}{sub}", shared::RETURNS, of.out_order_no())
        }
    };
    account.get(&path, call)
}

pub(crate) fn parse(
    account: &Account,
    split: &SplitCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match Answer::verify(account, call, response)? {
        Answer::Said(said) => shared::outcome(account, &said, split, call),
        Answer::Done => Err(UNEXPECTED),
        Answer::Failed(failure) => Ok(failure.of_split_query()),
    }
}
