//! `POST /pay/refundquery`: what became of a refund, in a list whose names end in its index.

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, RefundCall, RefundOutcome, Response, Step,
};
use paymux_core::payment::Refusal;
use paymux_core::refund::RefundFact;

use super::answer::{Answer, about};
use super::codes::QUERY_REFUND;
use super::settings::Account;
use super::xml::Fields;
use super::{receipt, time};
use crate::codes::plain;
use crate::transaction::is_id;

/// An order has at most fifty.
const MAX_REFUNDS: usize = 50;

pub(crate) fn build(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
) -> Result<Step, BuildError> {
    let mut pairs = account.parties();
    pairs.push(("out_refund_no", refund.refund.out_refund_no()));
    account.post("/pay/refundquery", call, pairs)
}

pub(crate) fn parse(
    account: &Account,
    refund: &RefundCall,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let fields = match Answer::verify(account, response)? {
        Answer::Said(fields) => fields,
        Answer::Failed(failure) => return Ok(failure.of_refund(QUERY_REFUND)),
    };
    about(&fields, "out_trade_no", &refund.out_trade_no())?;
    let ours = refund.refund.out_refund_no();
    let named = |index: &usize| fields.text(&format!("out_refund_no_{index}")) == Some(&*ours);
    let index = (0..MAX_REFUNDS).find(named).ok_or(ParseError::Malformed("out_refund_no_$n"))?;
    fact(&Item { fields: &fields, index }, call).map_err(ParseError::Malformed)
}

/// One of the list.
struct Item<'a> {
    fields: &'a Fields,
    index: usize,
}

impl Item<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.fields.text(&format!("{name}_{}", self.index))
    }
}

fn fact(item: &Item<'_>, call: &Call) -> Result<Outcome, &'static str> {
    let channel_refund_no = item.text("refund_id").filter(|it| is_id(it)).map(str::to_owned);
    let fact = match item.text("refund_status").ok_or("refund_status_$n")? {
        "SUCCESS" => RefundFact::Succeeded {
            amount: receipt::money(item.fields, &format!("refund_fee_{}", item.index))?,
            channel_refund_no,
            at: match item.text("refund_success_time") {
                Some(text) => time::read_spaced(text).ok_or("refund_success_time_$n")?,
                None => call.now,
            },
        },
        "PROCESSING" => RefundFact::Accepted { channel_refund_no },
        "REFUNDCLOSE" => RefundFact::Closed(refusal("REFUNDCLOSE", "WeChat Pay closed the refund")),
        "CHANGE" => {
            let message = "the payer's account takes no money; act at the merchant platform";
            RefundFact::Abnormal(refusal("CHANGE", message))
        }
        word => return Ok(Outcome::Unknown { code: plain(word) }),
    };
    Ok(Outcome::Refund(RefundOutcome::Fact(fact)))
}

fn refusal(code: &str, message: &str) -> Refusal {
    Refusal { code: code.into(), message: message.into() }
}

#[cfg(test)]
mod tests;
