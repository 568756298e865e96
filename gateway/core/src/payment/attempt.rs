//! One try on one account.

use std::collections::BTreeMap;

use crate::id::{AccountId, AttemptId};
use crate::money::Money;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Also the channel's `out_trade_no`.
    pub id: AttemptId,
    pub account: AccountId,
    pub standing: Standing,
    pub dispatched_at: Timestamp,
    /// Sends begun under this number; only a first send can be proven unsent.
    pub sends: u16,
    /// What the payer's side needs; once here, assume that somebody saw it.
    pub action: Option<Action>,
    /// The money, if it came.
    pub receipt: Option<Receipt>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A request is about to leave, or left and its fate is unknown.
    InDoubt,
    /// The channel holds the order and waits for the payer.
    Pending,
    /// No byte of its request reached the channel.
    Unsent,
    /// Given up before its code was shown; being closed at the channel, and watched.
    Abandoned,
    /// The channel said no, in words that are definite.
    Refused(Refusal),
    /// The channel confirmed that it can no longer be paid.
    Closed,
    Paid,
}

impl Standing {
    /// Whether money can still be expected from it.
    pub fn is_live(&self) -> bool {
        match self {
            Self::InDoubt | Self::Pending | Self::Abandoned => true,
            Self::Unsent | Self::Refused(_) | Self::Closed | Self::Paid => false,
        }
    }
}

/// A definite no, in the channel's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

/// Proof of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub amount: Money,
    pub channel_trade_no: String,
    pub paid_at: Timestamp,
}

/// What the payer's side must do next.
#[derive(Clone, PartialEq, Eq)]
pub enum Action {
    /// Show this text as a QR code.
    QrCode(String),
    /// Send the payer's browser there.
    Redirect(String),
    /// Send the payer's browser there by POST, with these fields.
    Form { url: String, fields: BTreeMap<String, String> },
    /// Hand these to the wallet's client call, by the names it knows.
    Invoke(BTreeMap<String, String>),
    /// Nothing: the payer confirms on the own phone.
    Confirm,
}

impl std::fmt::Debug for Action {
    /// Whoever holds the text can open the order, so logs do not.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::QrCode(_) => "QrCode(***)",
            Self::Redirect(_) => "Redirect(***)",
            Self::Form { .. } => "Form(***)",
            Self::Invoke(_) => "Invoke(***)",
            Self::Confirm => "Confirm",
        })
    }
}
