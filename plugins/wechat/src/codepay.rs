//! `POST /v3/pay/transactions/codepay`: the code a payer shows is charged at once.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::{Action, AuthCode};
use serde::Serialize;

use crate::answer::{Answer, Said, UNEXPECTED};
use crate::codes::plain;
use crate::order::{Settle, Total, client_ip, description, settle};
use crate::party::Party;
use crate::settings::{Account, Store};
use crate::transaction::Transaction;
use crate::wire::TradeState;

const CODE_DIGITS: usize = 18;

const AUTH_CODE: BuildError = BuildError::Limit {
    field: "payer.auth_code",
    limit: "18 digits that begin with 10, 11, 12, 13, 14 or 15",
};

/// It ends by itself within the minute, and nobody is notified of it.
#[derive(Serialize)]
struct Charge<'a> {
    #[serde(flatten)]
    party: Party<'a>,
    description: &'a str,
    out_trade_no: String,
    payer: Payer<'a>,
    amount: Total,
    #[serde(skip_serializing_if = "Option::is_none")]
    settle_info: Option<Settle>,
    scene_info: Scene<'a>,
}

#[derive(Serialize)]
struct Payer<'a> {
    auth_code: &'a str,
}

#[derive(Serialize)]
struct Scene<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    device_ip: Option<&'a str>,
    store_info: &'a Store,
}

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let store_info = account.store.as_ref().ok_or(BuildError::Unsupported)?;
    let device_ip = pay.payer.client_ip.as_deref().map(client_ip).transpose()?;
    let charge = Charge {
        party: account.party(pay.method),
        description: description(&pay.subject)?,
        out_trade_no: pay.attempt.to_string(),
        payer: Payer { auth_code: auth_code(pay.payer.auth_code.as_ref())? },
        amount: Total::of(pay.amount)?,
        settle_info: settle(account, pay)?,
        scene_info: Scene { device_ip, store_info },
    };
    account.post(&format!("{}/codepay", account.orders()), call, &charge)
}

pub(crate) fn auth_code(code: Option<&AuthCode>) -> Result<&str, BuildError> {
    let code = code.map(AuthCode::expose).unwrap_or_default();
    let digits = code.len() == CODE_DIGITS && code.bytes().all(|it| it.is_ascii_digit());
    if digits && ("10".."16").contains(&&code[..2]) { Ok(code) } else { Err(AUTH_CODE) }
}

/// Money may have moved whatever is said here but `SUCCESS` and the table's definite failures.
pub(crate) fn parse(
    account: &Account,
    pay: &Pay,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let said = match Answer::verify(account, call, response)? {
        Answer::Said(said) => said,
        Answer::Done => return Err(UNEXPECTED),
        // The payer is still to confirm: told by the order, or by a code alone.
        Answer::Failed(failure) if failure.is_under_way() => Said::by(response),
        Answer::Failed(failure) => return Ok(failure.of_charge()),
    };
    let transaction: Transaction = said.read()?;
    if transaction.out_trade_no.as_deref() != Some(&*pay.attempt.to_string()) {
        return Err(ParseError::Malformed("it answers for another order"));
    }
    if transaction.named.answer_mismatch(account).is_some() {
        return Err(ParseError::Malformed("it answers for another account"));
    }
    match transaction.state().ok_or(ParseError::Malformed("trade_state"))? {
        TradeState::Success => {
            transaction.receipt(call.now).map(Outcome::Paid).map_err(ParseError::Malformed)
        }
        TradeState::UserPaying => Ok(Outcome::Accepted(Action::Confirm)),
        // None of them is the end of a charge that has just begun: a question decides.
        TradeState::Refund => Ok(unknown("REFUND")),
        TradeState::NotPay => Ok(unknown("NOTPAY")),
        TradeState::Closed => Ok(unknown("CLOSED")),
        TradeState::Revoked => Ok(unknown("REVOKED")),
        TradeState::PayError => Ok(unknown("PAYERROR")),
        TradeState::Accept => Ok(unknown("ACCEPT")),
        TradeState::Unrecognised(word) => Ok(unknown(&plain(&word))),
    }
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown { code: code.to_owned() }
}

#[cfg(test)]
mod tests;
