//! `POST /v3/profitsharing/receivers/add` and `/delete`: who may get shares.

use paymux_channel::{BuildError, Call, Outcome, ParseError, ReceiverCall, Response, Secret, Step};
use paymux_core::split::ReceiverKind;
use serde::Serialize;

use crate::answer::{Answer, UNEXPECTED};
use crate::order::is_openid;
use crate::settings::Account;
use crate::shared::own;
use crate::split::kind;

const PATH: &str = "/v3/profitsharing/receivers";
/// Characters of a name, far below what one block of RSA takes.
const MAX_NAME: usize = 64;
const MAX_ACCOUNT: usize = 64;

#[derive(Serialize)]
struct Receiver<'a> {
    appid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_appid: Option<&'a str>,
    r#type: &'static str,
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relation_type: Option<String>,
}

pub(crate) fn add(
    account: &Account,
    receiver: &ReceiverCall,
    call: &Call,
) -> Result<Step, BuildError> {
    if receiver.receiver.account == own(account) {
        let limit = "another than the account's own number, whose the rest is anyway";
        return Err(BuildError::Limit { field: "receiver", limit });
    }
    let name = name(receiver)?;
    let sealer = name.map(|_| account.sealer(call.now)).transpose()?;
    let sealed = |it: &Secret| sealer.as_ref().ok_or(BuildError::Sign)?.seal(it);
    let body = Receiver {
        name: name.map(sealed).transpose()?,
        relation_type: Some(receiver.relation.name().to_ascii_uppercase()),
        ..known(account, receiver)?
    };
    let step = account.post(&format!("{PATH}/add"), call, &body)?;
    match sealer {
        Some(sealer) => sealer.name(step),
        None => Ok(step),
    }
}

pub(crate) fn delete(
    account: &Account,
    receiver: &ReceiverCall,
    call: &Call,
) -> Result<Step, BuildError> {
    account.post(&format!("{PATH}/delete"), call, &known(account, receiver)?)
}

fn known<'a>(account: &'a Account, it: &'a ReceiverCall) -> Result<Receiver<'a>, BuildError> {
    if account.capabilities.splits.is_none() {
        return Err(BuildError::Unsupported);
    }
    let id = &*it.receiver.account;
    if !is_openid(id) || id.len() > MAX_ACCOUNT {
        let limit = "1 to 64 characters of ASCII";
        return Err(BuildError::Limit { field: "receiver", limit });
    }
    Ok(Receiver {
        appid: &account.app_id,
        sub_mchid: account.sub.as_ref().map(|it| &*it.mch_id),
        sub_appid: account.sub.as_ref().and_then(|it| it.app_id.as_deref()),
        r#type: kind(account, it.receiver.kind)?,
        account: id,
        name: None,
        relation_type: None,
    })
}

/// A merchant's full name is compared; a person's, where it is given.
fn name(receiver: &ReceiverCall) -> Result<Option<&Secret>, BuildError> {
    let limit = "1 to 64 characters, and given for a merchant";
    let wrong = BuildError::Limit { field: "name", limit };
    match &receiver.name {
        None if receiver.receiver.kind == ReceiverKind::Merchant => Err(wrong),
        Some(it) if !(1..=MAX_NAME).contains(&it.expose().chars().count()) => Err(wrong),
        name => Ok(name.as_ref()),
    }
}

pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    match Answer::verify(account, call, response)? {
        Answer::Said(_) => Ok(Outcome::Bound),
        Answer::Done => Err(UNEXPECTED),
        Answer::Failed(failure) => Ok(failure.of_receiver()),
    }
}
