//! Money that merchants pay out: one transfer for each number, whatever is asked of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Books, Channel, Key, MAX_ORDERS};
use crate::money::Fen;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferStatus {
    /// WeChat Pay: the payee has to say yes in the wallet.
    Waiting,
    Processing,
    /// WeChat Pay: it is being taken back.
    Cancelling,
    Success,
    Failed,
    Cancelled,
    /// Alipay: the bank sent it back.
    Returned,
}

impl TransferStatus {
    /// What can become of it.
    fn may_become(self, next: Self) -> bool {
        match self {
            Self::Waiting => next != Self::Waiting && next != Self::Returned,
            Self::Processing => matches!(next, Self::Success | Self::Failed),
            Self::Cancelling => next == Self::Cancelled,
            Self::Success => next == Self::Returned,
            Self::Failed | Self::Cancelled | Self::Returned => false,
        }
    }

    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Waiting | Self::Processing | Self::Cancelling => false,
            Self::Success | Self::Failed | Self::Cancelled | Self::Returned => true,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Transfer {
    pub(crate) channel: Channel,
    /// The merchant's own number.
    pub(crate) number: String,
    /// The channel's.
    pub(crate) id: String,
    pub(crate) amount: Fen,
    /// As the request names the payee.
    pub(crate) payee: String,
    /// Whose wallet it goes to, where it goes to one.
    pub(crate) payer: Option<String>,
    pub(crate) title: String,
    /// Everything that was asked for: a repeat has to ask for the same.
    pub(crate) asked: String,
    /// Alipay's product, which a question has to name.
    pub(crate) product: String,
    pub(crate) notify_url: Option<String>,
    pub(crate) status: TransferStatus,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

impl Transfer {
    pub(crate) fn key(&self) -> Key {
        (self.channel, self.number.clone())
    }
}

/// A transfer for the control API and for tests.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TransferView {
    pub channel: Channel,
    pub number: String,
    pub id: String,
    pub amount_fen: i64,
    pub payee: String,
    pub title: String,
    pub status: TransferStatus,
    pub created_at: String,
    pub changed_at: String,
}

impl From<&Transfer> for TransferView {
    fn from(it: &Transfer) -> Self {
        Self {
            channel: it.channel,
            number: it.number.clone(),
            id: it.id.clone(),
            amount_fen: it.amount.0,
            payee: it.payee.clone(),
            title: it.title.clone(),
            status: it.status,
            created_at: it.created_at.to_string(),
            changed_at: it.changed_at.to_string(),
        }
    }
}

impl Books {
    pub(crate) fn transfer(&self, key: &Key) -> Option<&Transfer> {
        self.transfers.get(key)
    }

    pub(crate) fn transfer_of_id(&self, channel: Channel, id: &str) -> Option<&Transfer> {
        self.transfers.values().find(|it| it.channel == channel && it.id == id)
    }

    pub(crate) fn transfers(&self) -> impl Iterator<Item = &Transfer> {
        self.transfers.values()
    }

    /// Enters a new one, unless the books are full.
    pub(crate) fn add_transfer(&mut self, transfer: Transfer) -> bool {
        if self.transfers.len() >= MAX_ORDERS {
            return false;
        }
        self.pay_out(&transfer);
        self.transfers.insert(transfer.key(), transfer);
        true
    }

    /// It goes on, as far as it can; `None` when it cannot become that.
    pub(crate) fn change_transfer(
        &mut self,
        key: &Key,
        next: TransferStatus,
        now: Timestamp,
    ) -> Option<Transfer> {
        let transfer = self.transfers.get_mut(key).filter(|it| it.status.may_become(next))?;
        transfer.status = next;
        transfer.changed_at = now;
        let transfer = transfer.clone();
        self.pay_out(&transfer);
        Some(transfer)
    }

    fn pay_out(&mut self, it: &Transfer) {
        if let (TransferStatus::Success, Some(payer)) = (it.status, &it.payer) {
            self.payers.give(it.channel, payer, it.amount);
        }
    }
}
