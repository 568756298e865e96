//! A merchant has a refund that came to nothing tried again: the same refund, and never twice.

use paymux_core::RefundId;
use paymux_core::payment::{Event, Payment};
use paymux_store::Store;

use super::Replied;
use super::idempotency::{Keyed, Repeat};
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::record::{Along, RecordError};
use crate::snapshot::Merchant;

impl<S: Store> Gateway<S> {
    /// What is under way or has worked is answered as it is.
    pub async fn retry_refund(
        &self,
        merchant: &Merchant,
        id: RefundId,
        key: String,
    ) -> Result<Replied, Problem> {
        let payment = self.owned(merchant, id.payment).await?;
        if payment.refund(id).is_none() {
            return Err(Problem::new(problem::NOT_FOUND, "there is no such refund"));
        }
        let keyed = Keyed::new(&merchant.id, key, &format!("POST /v1/refunds/{id}/retry"));
        match self.repeat(&keyed).await? {
            Repeat::Replay(replied) => return Ok(replied),
            Repeat::Resume { .. } => {}
            Repeat::First => self.begin_retry(&keyed, &payment, id).await?,
        }
        self.walk_refund(id, None).await;
        self.answer_refund(&keyed, id, 200).await
    }

    async fn begin_retry(
        &self,
        keyed: &Keyed,
        payment: &Payment,
        id: RefundId,
    ) -> Result<(), Problem> {
        let (attempt, part) = payment.refund(id).map(|it| (it.attempt, it.part)).unzip();
        let apart = self.refunds_apart(payment, attempt, part.flatten());
        let begin = Some(self.begin(keyed, id.to_string()));
        let retried = |_: &Payment| vec![Event::RefundRetried { refund: id, apart }];
        match self.record(id.payment, Along { begin, ..Along::default() }, retried).await {
            Ok(_) => Ok(()),
            // The same request is being answered beside this one.
            Err(RecordError::Duplicate(_)) => self.repeat(keyed).await.map(|_| ()),
            Err(error) => Err(Problem::from(error).of_payment(id.payment)),
        }
    }
}
