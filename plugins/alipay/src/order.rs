//! What an order of any product says, and what Alipay takes of it.

use std::net::IpAddr;
use std::time::Duration;

use paymux_channel::{BuildError, Call, Pay};
use paymux_core::{Currency, Money};
use serde::Serialize;

use crate::settings::Account;
use crate::settings::terms::{Counter, ExtendParams, Terms};
use crate::time;

/// 100,000,000 yuan, the most of one order.
const MAX_FEN: i64 = 10_000_000_000;
/// Characters of `subject`.
const MAX_SUBJECT: usize = 256;
/// Characters Alipay forbids in `subject`; the last two would also blur what is signed.
const FORBIDDEN: [char; 3] = ['/', '=', '&'];
const LONGEST_LIFE: Duration = Duration::from_secs(15 * 24 * 3600);

/// How long an order of a product is open at least, since Alipay would make it longer, and at most.
#[derive(Clone, Copy)]
pub(crate) struct Life(Duration, Duration, &'static str);

pub(crate) const A_MINUTE: Life =
    Life(Duration::from_secs(60), LONGEST_LIFE, "60 to 1296000 seconds (15 days)");
/// A code to scan is dead after two hours, however long its order lives.
pub(crate) const OF_A_CODE: Life = Life(
    Duration::from_secs(60),
    Duration::from_secs(7200),
    "60 to 7200 seconds (2 hours), for so long lives the code",
);
/// In the phone's browser and in apps.
pub(crate) const FIVE_MINUTES: Life =
    Life(Duration::from_secs(300), LONGEST_LIFE, "300 to 1296000 seconds (15 days)");

/// The same for every repeat, whatever the time.
#[derive(Serialize)]
pub(crate) struct Order<'a> {
    out_trade_no: String,
    product_code: &'a str,
    total_amount: String,
    subject: &'a str,
    /// Absolute, so that a repeat does not live longer than the first.
    time_expire: String,
    #[serde(flatten)]
    terms: &'a Terms,
    #[serde(skip_serializing_if = "Option::is_none")]
    extend_params: Option<ExtendParams<'a>>,
}

/// An order that the gateway itself places, for a payer whose address it knows.
#[derive(Serialize)]
pub(crate) struct Placed<'a> {
    #[serde(flatten)]
    order: Order<'a>,
    #[serde(flatten)]
    counter: &'a Counter,
    #[serde(skip_serializing_if = "Option::is_none")]
    business_params: Option<BusinessParams<'a>>,
}

#[derive(Serialize)]
struct BusinessParams<'a> {
    /// Some merchants' orders are refused without it.
    mc_create_trade_ip: &'a str,
}

/// Of the products of 当面付 and of 订单码: a refund in part takes its part of every share back by
/// itself (opendocs, refunds of shared orders), and no answer tells of it.
pub(crate) fn unshared(pay: &Pay) -> Result<(), BuildError> {
    let limit = "left out for qr and barcode, whose refunds take shares back by themselves";
    if pay.splittable { Err(BuildError::Limit { field: "splittable", limit }) } else { Ok(()) }
}

impl Account {
    pub(crate) fn order<'a>(
        &'a self,
        pay: &'a Pay,
        product_code: &'a str,
        life: Life,
        call: &Call,
    ) -> Result<Order<'a>, BuildError> {
        if pay.splittable && self.capabilities.splits.is_none() {
            let limit = "left out, for the account does not split";
            return Err(BuildError::Limit { field: "splittable", limit });
        }
        Ok(Order {
            out_trade_no: pay.attempt.to_string(),
            product_code,
            total_amount: amount(pay.amount)?,
            subject: self.subject(&pay.subject)?,
            time_expire: expiry(pay, life, call)?,
            terms: &self.terms,
            extend_params: self.terms.extended(pay.splittable),
        })
    }

    pub(crate) fn placed<'a>(
        &'a self,
        pay: &'a Pay,
        product_code: &'a str,
        life: Life,
        call: &Call,
    ) -> Result<Placed<'a>, BuildError> {
        let order = self.order(pay, product_code, life, call)?;
        let business_params = pay.payer.client_ip.as_deref().map(business_params).transpose()?;
        Ok(Placed { order, counter: &self.counter, business_params })
    }

    fn subject<'a>(&self, text: &'a str) -> Result<&'a str, BuildError> {
        let forbidden = |it: char| it.is_control() || FORBIDDEN.contains(&it);
        let fits = !text.trim().is_empty()
            && text.chars().count() <= MAX_SUBJECT
            && !text.contains(forbidden);
        let limit = "1 to 256 characters, none of them / = & or a control character";
        if !fits {
            return Err(BuildError::Limit { field: "subject", limit });
        }
        self.charset.takes("subject", text)
    }
}

pub(crate) fn amount(amount: Money) -> Result<String, BuildError> {
    let fits = amount.currency() == Currency::Cny && (1..=MAX_FEN).contains(&amount.minor());
    let limit = "0.01 to 100000000.00 CNY";
    fits.then(|| amount.to_decimal()).ok_or(BuildError::Limit { field: "amount", limit })
}

/// Rounded down, so that Alipay never waits longer than we do.
fn expiry(
    pay: &Pay,
    Life(shortest, longest, limit): Life,
    call: &Call,
) -> Result<String, BuildError> {
    let life = pay.expires_at.since(call.now);
    let fits = (shortest..=longest).contains(&life);
    let text = fits.then(|| time::write(pay.expires_at)).flatten();
    text.ok_or(BuildError::Limit { field: "expires_in", limit })
}

fn business_params(client_ip: &str) -> Result<BusinessParams<'_>, BuildError> {
    let limit = "an IPv4 or IPv6 address";
    let known = client_ip.parse::<IpAddr>();
    known.map_err(|_| BuildError::Limit { field: "payer.client_ip", limit })?;
    Ok(BusinessParams { mc_create_trade_ip: client_ip })
}

#[cfg(test)]
mod tests;
