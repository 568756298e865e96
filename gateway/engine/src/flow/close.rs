//! A merchant closes a payment: recorded first, then asked of the channel.

use paymux_core::PaymentId;
use paymux_core::payment::{CloseReason, Event, Payment};
use paymux_store::Store;

use crate::gateway::Gateway;
use crate::problem::Problem;
use crate::record::Along;
use crate::snapshot::Merchant;

impl<S: Store> Gateway<S> {
    /// Closed on the channel's word alone; until then the payment says that it is closing.
    pub async fn close(&self, merchant: &Merchant, id: PaymentId) -> Result<Payment, Problem> {
        self.owned(merchant, id).await?;
        let close = |_: &Payment| vec![Event::CloseRequested { reason: CloseReason::Merchant }];
        let recorded = self
            .record(id, Along::default(), close)
            .await
            .map_err(|error| Problem::from(error).of_payment(id))?;
        let live = recorded.next.attempts.iter().filter(|it| it.standing.is_live());
        for attempt in live {
            self.resolve(attempt.id, None).await;
        }
        Ok(self.load(id).await?)
    }

    /// A merchant's own payment; another's looks like none at all.
    pub async fn owned(&self, merchant: &Merchant, id: PaymentId) -> Result<Payment, Problem> {
        let payment = self.load(id).await?;
        if payment.order.merchant == merchant.id {
            return Ok(payment);
        }
        Err(crate::record::RecordError::Missing.into())
    }
}
