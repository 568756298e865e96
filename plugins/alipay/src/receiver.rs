//! `alipay.trade.royalty.relation.bind` and `.unbind`: who may get shares.

use paymux_channel::{BuildError, Call, Outcome, ParseError, ReceiverCall, Response, Secret, Step};
use paymux_core::split::ReceiverKind;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::settings::Account;
use crate::split::identity_type;
use crate::wire::Api;

const MAX_ACCOUNT: usize = 64;
const MAX_NAME: usize = 64;

#[derive(Serialize)]
struct Relation<'a> {
    receiver_list: [Receiver<'a>; 1],
    out_request_no: String,
}

#[derive(Serialize)]
struct Receiver<'a> {
    r#type: &'static str,
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[derive(Deserialize)]
struct Related {
    result_code: Option<String>,
}

pub(crate) fn build(
    account: &Account,
    api: Api,
    receiver: &ReceiverCall,
    call: &Call,
) -> Result<Step, BuildError> {
    if account.capabilities.splits.is_none() {
        return Err(BuildError::Unsupported);
    }
    let it = &receiver.receiver;
    let fits = (1..=MAX_ACCOUNT).contains(&it.account.len());
    if !fits || !it.account.bytes().all(|it| it.is_ascii_graphic()) {
        let limit = "1 to 64 characters of ASCII";
        return Err(BuildError::Limit { field: "receiver", limit });
    }
    let named = api == Api::RoyaltyBind && it.kind == ReceiverKind::LoginName;
    let relation = Receiver {
        r#type: identity_type(it)?,
        account: &it.account,
        name: name(account, receiver.name.as_ref(), named)?,
    };
    let biz = Relation { receiver_list: [relation], out_request_no: call.nonce_text() };
    account.post(api, call, &[], &biz)
}

/// Compared with what Alipay knows, and asked for where a log-in is easily mistyped.
fn name<'a>(
    account: &Account,
    name: Option<&'a Secret>,
    needed: bool,
) -> Result<Option<&'a str>, BuildError> {
    let limit = "1 to 64 characters, and given for a log-in";
    match name.map(Secret::expose) {
        None if needed => Err(BuildError::Limit { field: "name", limit }),
        None => Ok(None),
        Some(it) if !(1..=MAX_NAME).contains(&it.chars().count()) => {
            Err(BuildError::Limit { field: "name", limit })
        }
        Some(it) => account.charset.takes("name", it).map(Some),
    }
}

pub(crate) fn parse(
    account: &Account,
    api: Api,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let answer = Answer::open(account, api.name(), call, response)?;
    if let Some(failure) = answer.failure() {
        return Ok(failure.of_receiver());
    }
    let related: Related = answer.read()?;
    Ok(match related.result_code.as_deref() {
        Some("SUCCESS") => Outcome::Bound,
        other => Outcome::Unknown { code: format!("result_code.{}", other.is_some()) },
    })
}
