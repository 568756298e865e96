//! What is known of a payment when it is routed: read by whoever asks, never here.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::draw::Draw;
use crate::id::{AccountId, MerchantId};
use crate::money::Money;
use crate::payment::Method;
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub merchant: &'a MerchantId,
    pub method: Method,
    /// The channel the merchant insists on.
    pub channel: Option<&'a str>,
    pub amount: Money,
    /// The payer's browser or wallet, in its own words.
    pub user_agent: Option<&'a str>,
    /// The first digits of the code the payer shows: they name the wallet, not the payer.
    pub code_prefix: Option<&'a str>,
    pub client_ip: Option<IpAddr>,
    pub metadata: &'a BTreeMap<String, String>,
    pub now: Timestamp,
    /// `now`, as the clock on the wall shows it where the rules are at home.
    pub local: LocalTime,
    pub draw: Draw,
    /// Accounts that were tried and provably never reached.
    pub tried: &'a [AccountId],
}

impl Facts<'_> {
    /// Of a payment that is made by showing a code.
    pub(super) fn shown_code(&self) -> Option<&str> {
        self.code_prefix.filter(|_| self.method == Method::Barcode)
    }
}

/// A moment of any week: minutes since Monday, 00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime(u16);

/// A date where the rules are at home: days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

pub(super) const DAY_MINUTES: u16 = 24 * 60;
pub(super) const WEEK_MINUTES: u16 = 7 * DAY_MINUTES;

impl LocalTime {
    /// `weekday` counts from Monday, which is zero.
    pub fn new(weekday: u8, hour: u8, minute: u8) -> Self {
        let minutes = u16::from(hour) * 60 + u16::from(minute);
        Self((u16::from(weekday) * DAY_MINUTES + minutes) % WEEK_MINUTES)
    }

    pub(super) const fn of_minute(minute: u16) -> Self {
        Self(minute % WEEK_MINUTES)
    }

    pub(super) const fn day_and_minute(self) -> (u16, u16) {
        (self.0 / DAY_MINUTES, self.0 % DAY_MINUTES)
    }
}
