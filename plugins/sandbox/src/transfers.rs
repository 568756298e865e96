//! What becomes of transfers, and how the control API and tests see them.

use std::sync::Arc;
use std::time::Duration;

use crate::books::{Channel, Key, Transfer, TransferStatus, TransferView};
use crate::clock;
use crate::notify;
use crate::sandbox::Sandbox;
use crate::shared::Shared;

impl Sandbox {
    #[must_use]
    pub fn transfer(&self, channel: Channel, number: &str) -> Option<TransferView> {
        self.shared.books().transfer(&(channel, number.to_owned())).map(TransferView::from)
    }

    #[must_use]
    pub fn transfers(&self) -> Vec<TransferView> {
        self.shared.books().transfers().map(TransferView::from).collect()
    }

    /// The payee says yes, or the bank; `None` when it cannot become that. Its end is told.
    #[must_use]
    pub fn change_transfer(
        &self,
        channel: Channel,
        number: &str,
        next: TransferStatus,
    ) -> Option<TransferView> {
        self.shared.change_transfer(&(channel, number.to_owned()), next)
    }

    /// Where Alipay tells the application of its transfers; nowhere until it is set.
    pub fn set_alipay_app_gateway(&self, url: &str) {
        self.shared.alipay.set_app_gateway(url);
    }
}

impl Shared {
    pub(crate) fn change_transfer(
        self: &Arc<Self>,
        key: &Key,
        next: TransferStatus,
    ) -> Option<TransferView> {
        let changed = self.books().change_transfer(key, next, clock::now())?;
        self.tell_of_transfer(&changed);
        Some(TransferView::from(&changed))
    }

    fn tell_of_transfer(self: &Arc<Self>, it: &Transfer) {
        if it.status.is_final() {
            notify::transferred(self, it);
        }
    }

    /// A card takes a while, and a payee who pays by himself says yes by himself.
    pub(crate) fn transferring(self: &Arc<Self>, new: &Transfer) {
        self.tell_of_transfer(new);
        let delay = match new.status {
            TransferStatus::Processing => Some(self.config.refund_delay),
            TransferStatus::Waiting => self.autopay().delay(new.channel),
            TransferStatus::Cancelling
            | TransferStatus::Success
            | TransferStatus::Failed
            | TransferStatus::Cancelled
            | TransferStatus::Returned => None,
        };
        if let Some(delay) = delay {
            self.change_later(new.key(), TransferStatus::Success, delay);
        }
    }

    pub(crate) fn change_later(self: &Arc<Self>, key: Key, next: TransferStatus, delay: Duration) {
        let shared = Arc::clone(self);
        self.background(async move {
            clock::sleep(delay).await;
            drop(shared.change_transfer(&key, next));
        });
    }
}
