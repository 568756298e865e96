//! WeChat Pay's own words: states, statuses, amounts.

use paymux_core::{Currency, Money};
use serde::Deserialize;

/// `trade_state` of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TradeState {
    Success,
    /// Paid; and refunded, in part or in full.
    Refund,
    NotPay,
    Closed,
    /// Reversed (barcode).
    Revoked,
    /// The payer is typing the password (barcode).
    UserPaying,
    /// A try to pay failed. Not the end: the order must be closed before it is over.
    PayError,
    /// Taken, to be charged later (deductions).
    Accept,
    Unrecognised(String),
}

impl From<&str> for TradeState {
    fn from(word: &str) -> Self {
        match word {
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "NOTPAY" => Self::NotPay,
            "CLOSED" => Self::Closed,
            "REVOKED" => Self::Revoked,
            "USERPAYING" => Self::UserPaying,
            "PAYERROR" => Self::PayError,
            "ACCEPT" => Self::Accept,
            _ => Self::Unrecognised(word.to_owned()),
        }
    }
}

/// `status` of a refund in answers, `refund_status` in notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefundStatus {
    Processing,
    Success,
    Closed,
    /// The payer's account takes no money; a person at the merchant must act.
    Abnormal,
    Unrecognised(String),
}

impl From<&str> for RefundStatus {
    fn from(word: &str) -> Self {
        match word {
            "PROCESSING" => Self::Processing,
            "SUCCESS" => Self::Success,
            "CLOSED" => Self::Closed,
            "ABNORMAL" => Self::Abnormal,
            _ => Self::Unrecognised(word.to_owned()),
        }
    }
}

/// `state` of a transfer's bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BillState {
    Accepted,
    Processing,
    WaitUserConfirm,
    /// Spelt so.
    Transfering,
    Success,
    Fail,
    Canceling,
    Cancelled,
    Unrecognised(String),
}

impl From<&str> for BillState {
    fn from(word: &str) -> Self {
        match word {
            "ACCEPTED" => Self::Accepted,
            "PROCESSING" => Self::Processing,
            "WAIT_USER_CONFIRM" => Self::WaitUserConfirm,
            "TRANSFERING" => Self::Transfering,
            "SUCCESS" => Self::Success,
            "FAIL" => Self::Fail,
            "CANCELING" => Self::Canceling,
            "CANCELLED" => Self::Cancelled,
            _ => Self::Unrecognised(word.to_owned()),
        }
    }
}

/// What a notification is about, by `event_type` and `original_type` together: profit sharing
/// comes under the event of payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Paid,
    Refund(RefundStatus),
    Transfer,
    /// Genuine, and of no concern to payments.
    Unrecognised,
}

impl Event {
    pub(crate) fn of(event_type: &str, original_type: &str) -> Self {
        match (event_type, original_type) {
            ("TRANSACTION.SUCCESS", "transaction") => Self::Paid,
            ("REFUND.SUCCESS", "refund") => Self::Refund(RefundStatus::Success),
            ("REFUND.CLOSED", "refund") => Self::Refund(RefundStatus::Closed),
            ("REFUND.ABNORMAL", "refund") => Self::Refund(RefundStatus::Abnormal),
            ("MCHTRANSFER.BILL.FINISHED", "mch_payment") => Self::Transfer,
            _ => Self::Unrecognised,
        }
    }
}

/// Amounts in fen, of which the payer's own share (`payer_…`) never matters here.
#[derive(Debug, Deserialize)]
pub(crate) struct Amount {
    pub(crate) total: Option<i64>,
    pub(crate) refund: Option<i64>,
    pub(crate) currency: Option<String>,
}

impl Amount {
    /// The order's total. Domestic orders need not name their currency: there is but one.
    pub(crate) fn total(&self) -> Option<Money> {
        money(self.total?, self.currency_or(Some(Currency::Cny))?)
    }

    /// What went back. Notifications of domestic refunds name no currency: there is but one.
    pub(crate) fn refund(&self, unnamed: Option<Currency>) -> Option<Money> {
        money(self.refund?, self.currency_or(unnamed)?)
    }

    fn currency_or(&self, unnamed: Option<Currency>) -> Option<Currency> {
        self.currency.as_ref().map_or(unnamed, |it| it.parse().ok())
    }
}

fn money(minor: i64, currency: Currency) -> Option<Money> {
    Money::new(minor, currency).ok()
}

#[cfg(test)]
mod tests;
