//! What the merchant asked for: the order is fixed at creation and a way at dispatch, so that a
//! repeat is always the same request.

use std::collections::BTreeMap;

use super::door::Door;
use super::part::Part;
use crate::id::{MerchantId, OrderNo, PlateId};
use crate::money::Money;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub merchant: MerchantId,
    pub order_no: OrderNo,
    pub amount: Money,
    pub subject: String,
    /// Where it is of several, which are paid at once.
    pub parts: Vec<Part>,
    pub metadata: BTreeMap<String, String>,
    pub return_url: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub policy: Policy,
    /// Offered on a page of ours, where the payer chooses the way.
    pub cashier: Option<Cashier>,
    /// Where it came through one for systems that speak another protocol.
    pub door: Option<Door>,
    /// Its channel keeps the money apart, for the merchant to split it.
    pub splittable: bool,
    /// Hash of the request, by which a repeat is told from a conflict.
    pub fingerprint: [u8; 32],
}

/// A page on which one payment is offered by several ways, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cashier {
    /// The one channel that the merchant allows, by its kind.
    pub channel: Option<String>,
    /// The code plate (码牌) at which the payer typed the amount.
    pub plate: Option<PlateId>,
}

/// How the payer meets the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// A code the payer scans.
    Qr,
    /// A page on the payer's computer.
    Page,
    /// A page in the browser of the payer's phone, which opens the wallet.
    H5,
    /// The merchant's own app, which opens the wallet.
    App,
    /// A page inside the wallet's own browser.
    Jsapi,
    /// A mini program inside the wallet.
    MiniProgram,
    /// A code the payer shows and the merchant scans (付款码): charges at once.
    Barcode,
}

impl Method {
    pub const ALL: [Self; 7] =
        [Self::Qr, Self::Page, Self::H5, Self::App, Self::Jsapi, Self::MiniProgram, Self::Barcode];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Page => "page",
            Self::H5 => "h5",
            Self::App => "app",
            Self::Jsapi => "jsapi",
            Self::MiniProgram => "mini_program",
            Self::Barcode => "barcode",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Whether the request itself takes the money, so that a lost answer may be a charge.
    pub const fn moves_money(self) -> bool {
        match self {
            Self::Qr | Self::Page | Self::H5 | Self::App | Self::Jsapi | Self::MiniProgram => false,
            Self::Barcode => true,
        }
    }
}

/// How one try is to reach its payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub method: Method,
    /// The channel the merchant insists on, by its kind.
    pub channel: Option<String>,
    pub payer: Payer,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payer {
    pub client_ip: Option<String>,
    /// The browser or wallet, in its own words: for routing alone.
    pub user_agent: Option<String>,
    /// Who pays, by the channel's own name for a person: an `openid`, or a `buyer_id`.
    pub openid: Option<String>,
    /// The code the payer shows.
    pub auth_code: Option<AuthCode>,
}

/// Digits that tell every wallet apart.
const CODE_PREFIX: usize = 6;

/// A code by which anyone could charge the payer for a minute: no log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthCode(String);

impl AuthCode {
    pub fn new(code: impl Into<String>) -> Self {
        Self(code.into())
    }

    /// The first digits: they name the wallet, and nobody can pay with them.
    pub fn prefix(&self) -> &str {
        self.0.get(..CODE_PREFIX).unwrap_or_default()
    }

    /// The one way to the text; grep for it to see every use.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AuthCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthCode(***)")
    }
}

/// What the merchant wants done with money that should not have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// A second success over another attempt.
    pub duplicate: Surplus,
    /// A success after `closed` or `failed` was told.
    pub late: Surplus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surplus {
    /// Return it, once, under a fixed number.
    Refund,
    /// Let the payment succeed after all (late money alone; a duplicate is flagged).
    Accept,
    /// Keep it and tell the merchant.
    Flag,
}

impl Default for Policy {
    fn default() -> Self {
        Self { duplicate: Surplus::Refund, late: Surplus::Refund }
    }
}
