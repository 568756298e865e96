//! An order as queries answer it and payment notifications carry it.

use paymux_core::Timestamp;
use paymux_core::payment::Receipt;
use serde::Deserialize;

use crate::party::Named;
use crate::time;
use crate::wire::{Amount, TradeState};

/// Longest `transaction_id`, with room.
const MAX_TRANSACTION_ID: usize = 64;

/// Everything is optional here: unpaid orders lack half of it, combined orders name themselves
/// otherwise.
#[derive(Debug, Deserialize)]
pub(crate) struct Transaction {
    #[serde(flatten)]
    pub(crate) named: Named,
    pub(crate) out_trade_no: Option<String>,
    trade_state: Option<String>,
    transaction_id: Option<String>,
    success_time: Option<String>,
    amount: Option<Amount>,
}

impl Transaction {
    pub(crate) fn state(&self) -> Option<TradeState> {
        self.trade_state.as_deref().map(TradeState::from)
    }

    /// The order's total, whatever of it coupons paid. Paid is paid, whether or not it says when;
    /// then it was not later than `told_at`.
    pub(crate) fn receipt(&self, told_at: Timestamp) -> Result<Receipt, &'static str> {
        let amount = self.amount.as_ref().and_then(Amount::total).ok_or("amount")?;
        let id = self.transaction_id.as_ref().filter(|it| is_id(it)).ok_or("transaction_id")?;
        let paid_at = match &self.success_time {
            Some(text) => time::read(text).ok_or("success_time")?,
            None => told_at,
        };
        Ok(Receipt { amount, channel_trade_no: id.clone(), paid_at })
    }
}

pub(crate) fn is_id(text: &str) -> bool {
    (1..=MAX_TRANSACTION_ID).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
