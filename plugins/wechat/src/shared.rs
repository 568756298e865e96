//! A split as answers describe it: shares and a finish in the same words, a return in its own.

use paymux_channel::{Call, Outcome, ParseError, SplitCall, SplitOutcome};
use paymux_core::payment::Refusal;
use paymux_core::split::{Fact, Kind, LineState, Receiver, ReceiverKind, Told};
use paymux_core::{Currency, Money, Timestamp};
use serde::Deserialize;

use crate::answer::Said;
use crate::codes::plain;
use crate::settings::Account;
use crate::time;
use crate::transaction::is_id;

pub(crate) const RETURNS: &str = "/v3/profitsharing/return-orders";

const ANOTHER: ParseError = ParseError::Malformed("it answers for another split");

#[derive(Deserialize)]
struct Shared {
    out_order_no: Option<String>,
    order_id: Option<String>,
    state: Option<String>,
    #[serde(default)]
    receivers: Vec<Share>,
}

#[derive(Deserialize)]
struct Share {
    r#type: Option<String>,
    account: Option<String>,
    amount: Option<i64>,
    result: Option<String>,
    fail_reason: Option<String>,
    finish_time: Option<String>,
}

#[derive(Deserialize)]
struct Returned {
    out_return_no: Option<String>,
    return_id: Option<String>,
    amount: Option<i64>,
    result: Option<String>,
    fail_reason: Option<String>,
    finish_time: Option<String>,
}

pub(crate) fn outcome(
    account: &Account,
    said: &Said<'_>,
    split: &SplitCall,
    call: &Call,
) -> Result<Outcome, ParseError> {
    let fact = match split.kind {
        Kind::Share { .. } | Kind::Finish => shares(account, said, split, call)?,
        Kind::Return { .. } => returned(said, split, call)?,
    };
    Ok(Outcome::Split(SplitOutcome::Fact(fact)))
}

/// Whose the payment and the rest of it are.
pub(crate) fn own(account: &Account) -> &str {
    account.sub.as_ref().map_or(&account.mch_id, |it| &it.mch_id)
}

/// "Finished" says of no share that it was paid: each says so itself.
fn shares(
    account: &Account,
    said: &Said<'_>,
    split: &SplitCall,
    call: &Call,
) -> Result<Fact, ParseError> {
    let shared: Shared = said.read()?;
    if shared.out_order_no.as_deref() != Some(&*split.out_order_no()) {
        return Err(ANOTHER);
    }
    // The rest that is set free stands there, too, under the merchant's own number.
    let own = own(account);
    let others = shared.receivers.iter().filter(|it| it.account.as_deref() != Some(own));
    let lines = others.map(|it| it.told(call.now)).collect::<Result<_, _>>();
    Ok(Fact::Progress {
        channel_split_no: shared.order_id.filter(|it| is_id(it)),
        done: shared.state.as_deref() == Some("FINISHED"),
        lines: lines.map_err(ParseError::Malformed)?,
    })
}

impl Share {
    fn told(&self, now: Timestamp) -> Result<Told, &'static str> {
        let kind = match self.r#type.as_deref() {
            Some("MERCHANT_ID") => ReceiverKind::Merchant,
            Some("PERSONAL_OPENID") => ReceiverKind::OpenId,
            Some("PERSONAL_SUB_OPENID") => ReceiverKind::SubOpenId,
            Some(_) | None => return Err("type"),
        };
        let account = self.account.clone().ok_or("account")?;
        let amount = fen(self.amount).ok_or("amount")?;
        let state = match self.result.as_deref() {
            Some("SUCCESS") => LineState::Succeeded { at: at(self.finish_time.as_ref(), now)? },
            Some("CLOSED") => LineState::Closed(refusal(self.fail_reason.as_ref(), "CLOSED")),
            // What is in no document is not final.
            Some(_) | None => LineState::Pending,
        };
        Ok(Told { receiver: Receiver { kind, account }, amount, state })
    }
}

fn returned(said: &Said<'_>, split: &SplitCall, call: &Call) -> Result<Fact, ParseError> {
    let returned: Returned = said.read()?;
    let line = split.lines.first().ok_or(ANOTHER)?;
    if returned.out_return_no.as_deref() != Some(&*split.out_order_no()) {
        return Err(ANOTHER);
    }
    let channel_split_no = returned.return_id.filter(|it| is_id(it));
    let state = match returned.result.as_deref() {
        Some("SUCCESS") => {
            let at = at(returned.finish_time.as_ref(), call.now).map_err(ParseError::Malformed)?;
            LineState::Succeeded { at }
        }
        Some("FAILED") => {
            return Ok(Fact::Closed(refusal(returned.fail_reason.as_ref(), "FAILED")));
        }
        Some(_) | None => return Ok(Fact::Accepted { channel_split_no }),
    };
    let amount = fen(returned.amount).ok_or(ParseError::Malformed("amount"))?;
    let told = Told { receiver: line.receiver.clone(), amount, state };
    Ok(Fact::Progress { channel_split_no, done: true, lines: vec![told] })
}

fn fen(minor: Option<i64>) -> Option<Money> {
    Money::new(minor?, Currency::Cny).ok()
}

fn at(text: Option<&String>, now: Timestamp) -> Result<Timestamp, &'static str> {
    text.map_or(Ok(now), |it| time::read(it).ok_or("finish_time"))
}

fn refusal(reason: Option<&String>, otherwise: &str) -> Refusal {
    let code = reason.map(|it| plain(it)).filter(|it| !it.is_empty());
    Refusal { code: code.unwrap_or_else(|| otherwise.to_owned()), message: String::new() }
}
