//! One try on one account.

use std::collections::BTreeMap;
use std::time::Duration;

use super::order::Way;
use crate::fee::Fee;
use crate::id::{AccountId, AttemptId};
use crate::money::Money;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Also the channel's `out_trade_no`.
    pub id: AttemptId,
    pub account: AccountId,
    /// How it reaches its payer. A code that was shown is in it only while a repeat may need it.
    pub way: Way,
    /// Of a request that takes the money itself.
    pub till: Option<TillTimes>,
    pub standing: Standing,
    pub dispatched_at: Timestamp,
    /// Sends begun under this number that may have left.
    pub sends: u16,
    /// The merchant wants another attempt: this one is ended at its channel, and not the payment.
    pub superseded: bool,
    /// Money was reported of this charge, which has ended or will: undoing a charge returns what
    /// was paid, so the channel is asked afterwards whether it is still there.
    pub recheck: Option<Report>,
    /// What the payer's side needs; once here, assume that somebody saw it.
    pub action: Option<Action>,
    /// The money, if it came.
    pub receipt: Option<Receipt>,
    /// What the merchant pays for it: one for the whole or one for each part, or none at all.
    pub fees: Vec<Fee>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A request is about to leave, or left and its fate is unknown.
    InDoubt,
    /// The channel holds the order and waits for the payer.
    Pending,
    /// A charge that is being undone at its channel, paid or not: from here on nobody is told
    /// that it was paid.
    Reversing,
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
            Self::InDoubt | Self::Pending | Self::Reversing | Self::Abandoned => true,
            Self::Unsent | Self::Refused(_) | Self::Closed | Self::Paid => false,
        }
    }
}

impl Attempt {
    /// Whether money could come of it, or has, or is said to have.
    pub(super) fn may_be_paid(&self) -> bool {
        match self.standing {
            Standing::InDoubt => self.till.is_some(),
            Standing::Pending | Standing::Reversing | Standing::Paid => true,
            Standing::Closed | Standing::Refused(_) => self.recheck.is_some(),
            // An abandoned order moves no money by itself, and nobody saw its code.
            Standing::Unsent | Standing::Abandoned => false,
        }
    }

    /// Whether a question that began at this version of the payment knew of the last report.
    pub(super) fn rechecked(&self, asked_at: u64) -> bool {
        self.recheck.is_some_and(|it| it.version <= asked_at)
    }

    /// Nobody sends again what the channel has answered: the code has done its work.
    pub(super) fn forget_code(&mut self) {
        if self.standing != Standing::InDoubt {
            self.way.payer.auth_code = None;
        }
    }
}

/// The last report of money that may have been returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The payment's, with the report in it.
    pub version: u64,
    /// When the channel's word counts again: no request to undo the charge is on its way then.
    pub ask_at: Timestamp,
}

/// The channel's guidance for a charge whose payer stands at a till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TillTimes {
    /// Between two questions.
    pub query_every: Duration,
    /// A charge still undecided then is reversed.
    pub decide_after: Duration,
    /// The channel refuses to reverse a charge that is younger.
    pub reverse_after: Duration,
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
