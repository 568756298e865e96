//! Combined orders (合单): orders of several merchants, paid by one payer at once. Requests, answers
//! and notifications; nothing of the gateway asks for them yet.

mod close;
mod notify;
mod order;
mod query;

use std::collections::BTreeSet;

use paymux_channel::{BuildError, PlatformKey, Secret, Settings, SettingsError};
use paymux_core::{Money, Timestamp};

pub use query::{Combined, SubState};

use crate::settings::{self, Account};

const ORDERS: &str = "/v3/combine-transactions";
/// An order alone is no combined one; the pages of all four products say fifty.
const SUB_ORDERS: std::ops::RangeInclusive<usize> = 2..=50;
const MAX_NUMBER: usize = 32;

/// A merchant number that places combined orders, by the settings of an account.
#[derive(Debug)]
pub struct Combiner(Account);

impl Combiner {
    pub fn open(settings: &Settings, learned: &[PlatformKey]) -> Result<Self, Vec<SettingsError>> {
        settings::read(settings, learned).map(Self)
    }
}

/// One payment of the payer's.
#[derive(Clone, Debug)]
pub struct CombinedOrder {
    pub out_trade_no: String,
    pub product: Product,
    pub client_ip: Option<String>,
    pub expires_at: Timestamp,
    /// Who alone may pay, where WeChat Pay has granted the merchant to say so.
    pub identity: Option<Identity>,
    pub sub_orders: Vec<SubOrder>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Product {
    Native,
    App,
    H5,
    /// From a page inside the wallet: by the payer's `openid`.
    Jsapi(String),
    MiniProgram(String),
}

/// A person by a document, sealed on its way.
#[derive(Clone, Debug)]
pub struct Identity {
    /// `IDCARD`, `OVERSEA_PASSPORT` and the like.
    pub kind: &'static str,
    pub number: Secret,
    pub name: Secret,
}

/// One merchant's part: refunded, shared and billed by itself.
#[derive(Clone, Debug)]
pub struct SubOrder {
    pub mch_id: String,
    /// Of a service provider's merchant.
    pub sub_mch_id: Option<String>,
    pub out_trade_no: String,
    pub amount: Money,
    pub description: String,
    /// Comes back in answers and notifications; WeChat Pay wants one.
    pub attach: String,
    pub profit_sharing: bool,
}

const NUMBER: BuildError = BuildError::Limit {
    field: "out_trade_no",
    limit: "1 to 32 letters, digits, - and _, each but once",
};
const COUNT: BuildError = BuildError::Limit { field: "sub_orders", limit: "2 to 50" };

/// The same for every repeat; a close must name them all again.
fn check(out_trade_no: &str, sub_orders: &[SubOrder]) -> Result<(), BuildError> {
    if !SUB_ORDERS.contains(&sub_orders.len()) {
        return Err(COUNT);
    }
    let numbers: BTreeSet<_> = sub_orders.iter().map(|it| (&it.mch_id, &it.out_trade_no)).collect();
    let fits = numbers.len() == sub_orders.len()
        && is_number(out_trade_no)
        && numbers.iter().all(|it| is_number(it.1));
    if fits { Ok(()) } else { Err(NUMBER) }
}

/// Such as need no escape in a path; WeChat Pay takes some more.
fn is_number(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    (1..=MAX_NUMBER).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests;
