//! What orders of all products have in common, and the limits they share.

use std::net::IpAddr;
use std::time::Duration;

use paymux_channel::{BuildError, Call, Pay};
use paymux_core::{Currency, Money, Timestamp};
use serde::Serialize;

use crate::party::Party;
use crate::request::notify_url;
use crate::settings::{Account, H5Info, OpenidOf};
use crate::time;

/// Characters of `description`: the pages of all products say characters, not bytes.
const MAX_DESCRIPTION: usize = 127;
/// WeChat Pay's texts hold no character beyond three bytes of UTF-8.
const MAX_CHAR_BYTES: usize = 3;
const MAX_OPENID: usize = 128;
const SHORTEST_LIFE: Duration = Duration::from_secs(60);
/// A code or a `prepay_id` is dead then, however long its order lives.
const LONGEST_LIFE: Duration = Duration::from_secs(2 * 3600);

const SUBJECT: BuildError = BuildError::Limit {
    field: "subject",
    limit: "1 to 127 characters of at most three bytes, without control characters",
};
pub(crate) const AMOUNT: BuildError =
    BuildError::Limit { field: "amount", limit: "at least 1 fen, in CNY" };
pub(crate) const EXPIRES_IN: BuildError =
    BuildError::Limit { field: "expires_in", limit: "1 minute to 2 hours" };
const CLIENT_IP: BuildError =
    BuildError::Limit { field: "payer.client_ip", limit: "an IPv4 or IPv6 address" };
pub(crate) const OPENID: BuildError =
    BuildError::Limit { field: "payer.openid", limit: "1 to 128 characters of ASCII" };

/// The same for every repeat, whatever the time: other parameters are a conflict.
#[derive(Serialize)]
pub(crate) struct Order<'a> {
    #[serde(flatten)]
    party: Party<'a>,
    description: &'a str,
    out_trade_no: String,
    time_expire: String,
    notify_url: &'a str,
    amount: Total,
    #[serde(skip_serializing_if = "Option::is_none")]
    settle_info: Option<Settle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payer: Option<Payer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scene_info: Option<Scene<'a>>,
}

/// The money is kept until it is shared.
#[derive(Serialize)]
pub(crate) struct Settle {
    profit_sharing: bool,
}

#[derive(Serialize)]
pub(crate) struct Total {
    total: i64,
    currency: &'static str,
}

/// Who pays, by the name of the application that opens the wallet.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payer<'a> {
    Openid(&'a str),
    SpOpenid(&'a str),
    SubOpenid(&'a str),
}

#[derive(Serialize)]
pub(crate) struct Scene<'a> {
    pub(crate) payer_client_ip: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) h5_info: Option<&'a H5Info>,
}

impl<'a> Order<'a> {
    pub(crate) fn new(
        account: &'a Account,
        pay: &'a Pay,
        call: &'a Call,
    ) -> Result<Self, BuildError> {
        let ip = pay.payer.client_ip.as_deref().map(client_ip).transpose()?;
        Ok(Self {
            party: account.party(pay.method),
            description: description(&pay.subject)?,
            out_trade_no: pay.attempt.to_string(),
            time_expire: time::write(expiry(pay, call)?).ok_or(EXPIRES_IN)?,
            notify_url: notify_url(&call.notify_url)?,
            amount: Total::of(pay.amount)?,
            settle_info: settle(account, pay)?,
            payer: None,
            scene_info: ip.map(|payer_client_ip| Scene { payer_client_ip, h5_info: None }),
        })
    }
}

impl<'a> Payer<'a> {
    pub(crate) fn of(account: &Account, openid: Option<&'a str>) -> Result<Self, BuildError> {
        let openid = openid.filter(|it| is_openid(it)).ok_or(OPENID)?;
        Ok(match account.sub.as_ref().map(|it| it.openid_of) {
            None => Self::Openid(openid),
            Some(OpenidOf::Sp) => Self::SpOpenid(openid),
            Some(OpenidOf::Sub) => Self::SubOpenid(openid),
        })
    }
}

impl Total {
    pub(crate) fn of(amount: Money) -> Result<Self, BuildError> {
        Ok(Self { total: fen(amount)?, currency: amount.currency().code() })
    }
}

pub(crate) fn settle(account: &Account, pay: &Pay) -> Result<Option<Settle>, BuildError> {
    let limit = "left out, for the account does not split";
    if pay.splittable && account.capabilities.splits.is_none() {
        return Err(BuildError::Limit { field: "splittable", limit });
    }
    Ok(pay.splittable.then_some(Settle { profit_sharing: true }))
}

/// Whole fen, which is what a CNY amount is.
pub(crate) fn fen(amount: Money) -> Result<i64, BuildError> {
    let fits = amount.currency() == Currency::Cny && amount.minor() >= 1;
    if fits { Ok(amount.minor()) } else { Err(AMOUNT) }
}

pub(crate) fn description(text: &str) -> Result<&str, BuildError> {
    let fits = !text.trim().is_empty()
        && text.chars().count() <= MAX_DESCRIPTION
        && text.chars().all(is_takable);
    if fits { Ok(text) } else { Err(SUBJECT) }
}

pub(crate) fn is_takable(it: char) -> bool {
    !it.is_control() && it.len_utf8() <= MAX_CHAR_BYTES
}

pub(crate) fn is_openid(text: &str) -> bool {
    (1..=MAX_OPENID).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic())
}

/// A past time would be ignored there: the order would live on without one.
pub(crate) fn expiry(pay: &Pay, call: &Call) -> Result<Timestamp, BuildError> {
    let whole_seconds = Timestamp::from_secs(pay.expires_at.as_secs());
    let life = whole_seconds.since(call.now);
    if life < SHORTEST_LIFE || life > LONGEST_LIFE {
        return Err(EXPIRES_IN);
    }
    Ok(whole_seconds)
}

pub(crate) fn client_ip(text: &str) -> Result<&str, BuildError> {
    text.parse::<IpAddr>().map(|_| text).map_err(|_| CLIENT_IP)
}

#[cfg(test)]
mod tests;
