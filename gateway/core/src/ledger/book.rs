//! The books money can be in: a closed set, each with its side.

use std::fmt;
use std::str::FromStr;

use crate::id::{AccountId, IdError, MerchantId};

/// Where money is, or to whom it belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Book {
    /// What an account at a channel holds.
    Channel(AccountId),
    /// What the channel kept of it for itself, as its bills say.
    ChannelFees(AccountId),
    /// What a merchant can be settled, or can pay out.
    Owed(MerchantId),
    /// Money that should not have come and is on its way back.
    Surplus(MerchantId),
    /// Taken from what is owed for a payout, a split or a settlement whose end is not known.
    Reserved(MerchantId),
    /// Fees earned of a merchant.
    Fees(MerchantId),
    /// Paid to a merchant by the operator's bank, which nobody here sees.
    Outside(MerchantId),
    /// What people corrected, with a reason.
    Adjusted(MerchantId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Debit,
    Credit,
}

impl Book {
    /// The side on which it grows: what is held and what was spent are debits.
    pub const fn side(&self) -> Side {
        match self {
            Self::Channel(_) | Self::ChannelFees(_) => Side::Debit,
            Self::Owed(_)
            | Self::Surplus(_)
            | Self::Reserved(_)
            | Self::Fees(_)
            | Self::Outside(_)
            | Self::Adjusted(_) => Side::Credit,
        }
    }

    /// A closed set of words.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Channel(_) => "channel",
            Self::ChannelFees(_) => "channel_fees",
            Self::Owed(_) => "owed",
            Self::Surplus(_) => "surplus",
            Self::Reserved(_) => "reserved",
            Self::Fees(_) => "fees",
            Self::Outside(_) => "outside",
            Self::Adjusted(_) => "adjusted",
        }
    }

    pub const fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Channel(it) | Self::ChannelFees(it) => Some(it),
            Self::Owed(_)
            | Self::Surplus(_)
            | Self::Reserved(_)
            | Self::Fees(_)
            | Self::Outside(_)
            | Self::Adjusted(_) => None,
        }
    }

    pub const fn merchant(&self) -> Option<&MerchantId> {
        match self {
            Self::Channel(_) | Self::ChannelFees(_) => None,
            Self::Owed(it)
            | Self::Surplus(it)
            | Self::Reserved(it)
            | Self::Fees(it)
            | Self::Outside(it)
            | Self::Adjusted(it) => Some(it),
        }
    }

    /// All books of a merchant.
    pub fn of_merchant(merchant: &MerchantId) -> [Self; 6] {
        [Self::Owed, Self::Surplus, Self::Reserved, Self::Fees, Self::Outside, Self::Adjusted]
            .map(|book| book(merchant.clone()))
    }

    /// A balance, which counts credits, as it grows on the book's own side.
    pub const fn own(&self, balance: i64) -> i64 {
        match self.side() {
            Side::Debit => balance.saturating_neg(),
            Side::Credit => balance,
        }
    }
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account().map(AccountId::as_str);
        let whose = account.or(self.merchant().map(MerchantId::as_str));
        write!(f, "{}/{}", self.name(), whose.unwrap_or_default())
    }
}

impl FromStr for Book {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let unknown = IdError("book");
        let (name, whose) = text.split_once('/').ok_or(unknown)?;
        let account = || whose.parse().map_err(|_| unknown);
        let merchant = || whose.parse().map_err(|_| unknown);
        Ok(match name {
            "channel" => Self::Channel(account()?),
            "channel_fees" => Self::ChannelFees(account()?),
            "owed" => Self::Owed(merchant()?),
            "surplus" => Self::Surplus(merchant()?),
            "reserved" => Self::Reserved(merchant()?),
            "fees" => Self::Fees(merchant()?),
            "outside" => Self::Outside(merchant()?),
            "adjusted" => Self::Adjusted(merchant()?),
            _ => return Err(unknown),
        })
    }
}
