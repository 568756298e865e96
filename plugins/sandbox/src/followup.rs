//! What happens after an effect: the payer who pays by himself, the refund that arrives, the news.

use std::sync::Arc;

use crate::books::{
    Channel, Key, Order, OrderView, PayRefusal, Refund, RefundStatus, Timing, Transfer,
    TransferStatus,
};
use crate::clock;
use crate::notify;
use crate::shared::Shared;
use crate::wechat;

pub(crate) enum FollowUp {
    /// A new order can be paid.
    Opened(Key),
    /// An Alipay refund is done.
    Refunded(Box<(Order, Refund)>),
    /// A new transfer, done or not.
    Transferring(Box<Transfer>),
    /// A transfer that is being taken back.
    Cancelling(Key),
    /// A WeChat Pay refund will end so.
    Refunding { key: Key, out_refund_no: String, outcome: RefundStatus },
}

impl Shared {
    pub(crate) fn follow(self: &Arc<Self>, followup: FollowUp) {
        match followup {
            FollowUp::Opened(key) => self.pay_by_itself(key),
            FollowUp::Refunded(done) => {
                if self.config.alipay_refund_notifies {
                    notify::refunded(self, &done.0, &done.1);
                }
            }
            FollowUp::Transferring(new) => self.transferring(&new),
            FollowUp::Cancelling(key) => {
                self.change_later(key, TransferStatus::Cancelled, self.config.refund_delay);
            }
            FollowUp::Refunding { key, out_refund_no, outcome } => {
                let (shared, delay) = (Arc::clone(self), self.config.refund_delay);
                self.background(async move {
                    clock::sleep(delay).await;
                    shared.finish_refund(&key, &out_refund_no, outcome);
                });
            }
        }
    }

    pub(crate) fn pay(
        self: &Arc<Self>,
        key: &Key,
        timing: Timing,
    ) -> Result<OrderView, PayRefusal> {
        let order = self.books().pay(key, timing, clock::now())?;
        notify::paid(self, &order);
        wechat::paid_together(self, &order);
        Ok(OrderView::from(&order))
    }

    /// Ends a WeChat Pay refund now; false when none was in process.
    pub(crate) fn finish_refund(
        self: &Arc<Self>,
        key: &Key,
        out_refund_no: &str,
        outcome: RefundStatus,
    ) -> bool {
        let ended = self.books().finish_refund(key, out_refund_no, outcome, clock::now());
        if let Some((order, refund)) = &ended {
            notify::refunded(self, order, refund);
        }
        ended.is_some()
    }

    pub(crate) fn finish_refund_by_number(
        self: &Arc<Self>,
        out_refund_no: &str,
        outcome: RefundStatus,
    ) -> bool {
        let key = self.books().key_of_refund(Channel::Wechat, out_refund_no);
        key.is_some_and(|key| self.finish_refund(&key, out_refund_no, outcome))
    }

    pub(crate) fn order(&self, key: &Key) -> Option<OrderView> {
        self.books().order(key, clock::now()).map(|order| OrderView::from(&*order))
    }

    pub(crate) fn scan(&self, key: &Key) -> Result<OrderView, PayRefusal> {
        self.books().scan(key, clock::now()).map(OrderView::from)
    }

    pub(crate) fn cancel(&self, key: &Key) -> Result<OrderView, PayRefusal> {
        self.books().cancel(key, clock::now())?;
        self.order(key).ok_or(PayRefusal::UnknownOrder)
    }

    pub(crate) fn expire(&self, key: &Key) -> Result<OrderView, PayRefusal> {
        self.books().expire(key, clock::now())?;
        self.order(key).ok_or(PayRefusal::UnknownOrder)
    }

    /// The payer does not confirm a till's charge.
    pub(crate) fn decline(&self, key: &Key) -> Result<OrderView, PayRefusal> {
        self.books().decline(key, clock::now())?;
        self.order(key).ok_or(PayRefusal::UnknownOrder)
    }

    /// The time for refunds ends.
    pub(crate) fn finish(&self, key: &Key) -> Result<OrderView, PayRefusal> {
        self.books().finish(key, clock::now())?;
        self.order(key).ok_or(PayRefusal::UnknownOrder)
    }

    fn pay_by_itself(self: &Arc<Self>, key: Key) {
        let Some(delay) = self.autopay().delay(key.0) else { return };
        let shared = Arc::clone(self);
        self.background(async move {
            clock::sleep(delay).await;
            if let Err(refusal) = shared.pay(&key, Timing::InTime) {
                tracing::debug!(out_trade_no = %key.1, %refusal, "autopay was refused");
            }
        });
    }
}
