//! Combined orders (合单): orders of several merchants, paid by one payer at once. Requests, answers
//! and notifications.

pub(crate) mod asked;
mod close;
pub(crate) mod notify;
mod order;
mod query;
mod whole;

use std::collections::BTreeSet;

use paymux_channel::{
    BuildError, Call, Outcome, ParseError, PlatformKey, Request, Response, Secret, Settings,
    SettingsError, Step, VerifyError,
};
use paymux_core::{Money, Timestamp};

pub use query::{Combined, SubState};

use crate::close as close_answer;
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

    pub fn build_order(&self, order: &CombinedOrder, call: &Call) -> Result<Step, BuildError> {
        self.0.build_order(order, call)
    }

    /// As the single order's answer.
    pub fn parse_order(
        &self,
        order: &CombinedOrder,
        call: &Call,
        response: &Response,
    ) -> Result<Outcome, ParseError> {
        self.0.parse_order(order, call, response)
    }

    pub fn build_query(&self, out_trade_no: &str, call: &Call) -> Result<Step, BuildError> {
        self.0.build_combined_query(out_trade_no, call)
    }

    /// `None` where there is no such order, or not yet.
    pub fn parse_query(
        &self,
        out_trade_no: &str,
        call: &Call,
        response: &Response,
    ) -> Result<Option<Combined>, ParseError> {
        match self.0.parse_combined_query(out_trade_no, call, response)? {
            Ok(combined) => Ok(Some(combined)),
            Err(failure) if failure.is_absent_order() => Ok(None),
            Err(_) => Err(ParseError::Malformed("it failed")),
        }
    }

    /// Names the very parts that the order was placed with.
    pub fn build_close(&self, order: &CombinedOrder, call: &Call) -> Result<Step, BuildError> {
        let method = order.product.method();
        self.0.build_close(&order.out_trade_no, method, &order.sub_orders, call)
    }

    pub fn parse_close(&self, call: &Call, response: &Response) -> Result<Outcome, ParseError> {
        close_answer::parse(&self.0, call, response)
    }

    pub fn verify(&self, request: &Request, now: Timestamp) -> Result<Combined, VerifyError> {
        self.0.verify_combined(request, now)
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
