//! `POST /v3/pay/transactions/native`: an order as a code to scan.

use std::net::IpAddr;
use std::time::Duration;

use paymux_channel::{BuildError, Call, Outcome, ParseError, Pay, Response, Step};
use paymux_core::payment::Action;
use paymux_core::{Currency, Money, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, UNEXPECTED};
use crate::request::notify_url;
use crate::settings::Account;
use crate::time;

const PATH: &str = "/v3/pay/transactions/native";
/// Characters of `description`.
const MAX_DESCRIPTION: usize = 127;
/// WeChat Pay's texts hold no character beyond three bytes of UTF-8.
const MAX_CHAR_BYTES: usize = 3;
const SHORTEST_LIFE: Duration = Duration::from_secs(60);
/// Unpaid orders close by themselves then.
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Longest `code_url`.
const MAX_CODE: usize = 512;

/// The same for every repeat, whatever the time: other parameters are a conflict.
#[derive(Serialize)]
struct Order<'a> {
    appid: &'a str,
    mchid: &'a str,
    description: &'a str,
    out_trade_no: String,
    time_expire: String,
    notify_url: &'a str,
    amount: Total,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_info: Option<Scene<'a>>,
}

#[derive(Serialize)]
struct Total {
    total: i64,
    currency: &'static str,
}

#[derive(Serialize)]
struct Scene<'a> {
    payer_client_ip: &'a str,
}

#[derive(Deserialize)]
struct Placed {
    code_url: String,
}

pub(crate) fn build(account: &Account, pay: &Pay, call: &Call) -> Result<Step, BuildError> {
    let order = Order {
        appid: &account.app_id,
        mchid: &account.mch_id,
        description: description(&pay.subject)?,
        out_trade_no: pay.attempt.to_string(),
        time_expire: expiry(pay, call)?,
        notify_url: notify_url(&call.notify_url)?,
        amount: Total { total: fen(pay.amount)?, currency: pay.amount.currency().code() },
        scene_info: pay.payer.client_ip.as_deref().map(scene).transpose()?,
    };
    account.post(PATH, call, &order)
}

pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let said = match Answer::verify(account, call, response)? {
        Answer::Said(said) => said,
        Answer::Done => return Err(UNEXPECTED),
        Answer::Failed(failure) => return Ok(failure.of_pay()),
    };
    let Placed { code_url } = said.read()?;
    let fits = (1..=MAX_CODE).contains(&code_url.len())
        && code_url.bytes().all(|it| it.is_ascii_graphic());
    if fits {
        Ok(Outcome::Accepted(Action::QrCode(code_url)))
    } else {
        Err(ParseError::Malformed("its code cannot be shown"))
    }
}

/// Whole fen, which is what a CNY amount is.
pub(crate) fn fen(amount: Money) -> Result<i64, BuildError> {
    if amount.currency() != Currency::Cny {
        return Err(BuildError::Unfit("currency"));
    }
    if amount.minor() >= 1 { Ok(amount.minor()) } else { Err(BuildError::Unfit("amount")) }
}

fn description(text: &str) -> Result<&str, BuildError> {
    let fits = !text.trim().is_empty()
        && text.chars().count() <= MAX_DESCRIPTION
        && text.chars().all(is_takable);
    if fits { Ok(text) } else { Err(BuildError::Unfit("subject")) }
}

pub(crate) fn is_takable(it: char) -> bool {
    !it.is_control() && it.len_utf8() <= MAX_CHAR_BYTES
}

/// A past time would be ignored there: the order would live on without one.
fn expiry(pay: &Pay, call: &Call) -> Result<String, BuildError> {
    let whole_seconds = Timestamp::from_secs(pay.expires_at.as_secs());
    let life = whole_seconds.since(call.now);
    if life < SHORTEST_LIFE || life > LONGEST_LIFE {
        return Err(BuildError::Unfit("expiry"));
    }
    time::write(whole_seconds).ok_or(BuildError::Unfit("expiry"))
}

fn scene(client_ip: &str) -> Result<Scene<'_>, BuildError> {
    client_ip.parse::<IpAddr>().map_err(|_| BuildError::Unfit("client IP"))?;
    Ok(Scene { payer_client_ip: client_ip })
}

#[cfg(test)]
mod tests;
